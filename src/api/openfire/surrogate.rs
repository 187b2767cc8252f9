//! Lone surrogates: JSON input may hold an escape such as `\ud800` that is half of a character (REST API plugin,
//! §6.2), and the original gives it back as it came. Our text is Unicode, so such a half is kept as a
//! noncharacter, which Unicode reserves for internal use, followed by a private one that says which half.

use std::borrow::Cow;

const MARK: char = '\u{10FFFF}';
const FIRST_HALF: u32 = 0xD800;
const LAST_HALF: u32 = 0xDFFF;
const FIRST_PRIVATE: u32 = 0xE000;

/// Rewrites the escapes of lone surrogates in a JSON document to escapes that every reader takes.
pub(super) fn keep_in_json(document: &str) -> Cow<'_, str> {
    let mut mended = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = document[at..].find('\\') {
        at += found;
        let Some(half) = escaped_unit(document, at).filter(|unit| (FIRST_HALF..=LAST_HALF).contains(unit)) else {
            // the escaped character may be a backslash itself; it is one byte where it is valid
            at = next_boundary(document, at + 2);
            continue;
        };
        let is_pair =
            half < 0xDC00 && escaped_unit(document, at + 6).is_some_and(|low| (0xDC00..=LAST_HALF).contains(&low));
        if is_pair {
            at += 12;
            continue;
        }
        mended.push_str(&document[copied..at]);
        mended.push(MARK);
        mended.extend(char::from_u32(half - FIRST_HALF + FIRST_PRIVATE));
        at += 6;
        copied = at;
    }
    if copied == 0 {
        return Cow::Borrowed(document);
    }
    mended.push_str(&document[copied..]);
    Cow::Owned(mended)
}

/// The half that `mark` and the character after it stand for.
pub(super) fn half_kept_in(mark: char, next: Option<char>) -> Option<u32> {
    let private = u32::from(next?);
    let half = private.checked_sub(FIRST_PRIVATE)? + FIRST_HALF;
    (mark == MARK && half <= LAST_HALF).then_some(half)
}

/// The value of `\uXXXX` at `at`.
fn escaped_unit(document: &str, at: usize) -> Option<u32> {
    let digits = document.get(at..at + 6)?.strip_prefix("\\u")?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

fn next_boundary(document: &str, mut at: usize) -> usize {
    while at < document.len() && !document.is_char_boundary(at) {
        at += 1;
    }
    at.min(document.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_halves_without_their_other_half_are_rewritten() {
        for same in [
            r#""a\\ud800""#,
            r#""\ud83d\ude00""#,
            r#""\u0041""#,
            r#""\uD8""#,
            "\"\\é\\\"\"",
            r"\",
        ] {
            assert!(matches!(keep_in_json(same), Cow::Borrowed(_)), "{same}");
        }
        assert_eq!(
            keep_in_json(r#"["\ud800","\uDFFF\ud83d"]"#),
            "[\"\u{10FFFF}\u{E000}\",\"\u{10FFFF}\u{E7FF}\u{10FFFF}\u{E03D}\"]"
        );
        assert_eq!(half_kept_in('\u{10FFFF}', Some('\u{E7FF}')), Some(0xDFFF));
        assert_eq!(half_kept_in('\u{10FFFF}', Some('\u{E800}')), None);
        assert_eq!(half_kept_in('\u{10FFFE}', Some('\u{E000}')), None);
    }
}
