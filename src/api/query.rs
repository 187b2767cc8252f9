//! Query parameters as a Java servlet container and its REST framework read them: `&` alone separates,
//! the first of several counts, a parameter without a value is empty, a malformed escape is plain text.
//! Rules: Openfire REST API plugin 1.12, §2.3 and §2.5.

use std::borrow::Cow;
use std::str::FromStr;

use percent_encoding::percent_decode;

/// The raw query of one request. Nothing is decoded before a value is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a>(&'a str);

/// A numeric parameter whose value is no decimal integer of its range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("query parameter is not an integer in range")]
pub struct NotANumber;

impl<'a> Query<'a> {
    /// Takes the part of the request target behind the first `?`, still encoded.
    pub fn new(raw: Option<&'a str>) -> Self {
        Self(raw.unwrap_or_default())
    }

    /// The decoded value of the first parameter of exactly this name.
    pub fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.find(|candidate| candidate == name)
    }

    /// Like [`Query::text`], for the one name that clients write in several letter cases.
    pub fn text_in_any_case(&self, name: &str) -> Option<Cow<'a, str>> {
        self.find(|candidate| candidate.eq_ignore_ascii_case(name))
    }

    /// `true` in any letter case is true, every other text is false; `None` when absent.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.text(name).map(|value| is_true(&value))
    }

    /// Like [`Query::boolean`], by a name in any letter case.
    pub fn boolean_in_any_case(&self, name: &str) -> Option<bool> {
        self.text_in_any_case(name).map(|value| is_true(&value))
    }

    /// A signed 32-bit or 64-bit integer: optional sign, decimal digits of any script, no blanks.
    /// Absent, empty and blank are all `None`.
    pub fn integer<N: FromStr>(&self, name: &str) -> Result<Option<N>, NotANumber> {
        match self.text(name) {
            None => Ok(None),
            Some(value) if value.chars().all(|c| c <= ' ') => Ok(None),
            Some(value) => integer(&value).map(Some),
        }
    }

    fn find(&self, matches: impl Fn(&str) -> bool) -> Option<Cow<'a, str>> {
        self.0
            .split('&')
            .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")))
            .find(|(name, _)| matches(&decode(name)))
            .map(|(_, value)| decode(value))
    }
}

fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

/// Decodes `+` and percent-escapes; bytes that are not UTF-8 become U+FFFD, malformed escapes stay.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains(['+', '%']) {
        return Cow::Borrowed(text);
    }
    let blanks = text.replace('+', " ");
    Cow::Owned(percent_decode(blanks.as_bytes()).decode_utf8_lossy().into_owned())
}

fn integer<N: FromStr>(text: &str) -> Result<N, NotANumber> {
    let ascii = if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.chars().map(|c| digit_value(c).unwrap_or(c)).collect())
    };
    ascii.parse().map_err(|_| NotANumber)
}

/// The first digits (zeros) of the decimal digit ranges of the Basic Multilingual Plane.
const ZEROS: [u32; 36] = [
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50,
    0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
];

/// The ASCII digit that a decimal digit of another script stands for.
fn digit_value(c: char) -> Option<char> {
    let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= u32::from(c))].last()?;
    char::from_digit(u32::from(c) - zero, 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(query: &str, name: &str) -> Option<String> {
        Query::new(Some(query)).text(name).map(Cow::into_owned)
    }

    #[test]
    fn values_are_found_and_decoded() {
        for (query, expected) in [
            ("search=jan", Some("jan")),
            ("Search=jan", None),
            ("search=jan&search=joh", Some("jan")),
            ("search=", Some("")),
            ("search", Some("")),
            ("", None),
            ("&&search=jan&&", Some("jan")),
            ("=x", None),
            ("search=jan%65", Some("jane")),
            ("search=j+n", Some("j n")),
            ("search=j%2Bn", Some("j+n")),
            ("search=%zz", Some("%zz")),
            ("search=%", Some("%")),
            ("search=%4", Some("%4")),
            ("search=%FF", Some("\u{FFFD}")),
            ("search=%C3%A9", Some("é")),
            ("search=é", Some("é")),
            ("search=jan;x=y", Some("jan;x=y")),
            ("search=jan%26x", Some("jan&x")),
            ("search==jan", Some("=jan")),
            ("search=jan=", Some("jan=")),
            ("%73earch=jan", Some("jan")),
            ("search[]=jan", None),
            ("search=a/b?c", Some("a/b?c")),
        ] {
            assert_eq!(text(query, "search").as_deref(), expected, "{query}");
        }
        assert!(Query::new(None).text("search").is_none());
    }

    #[test]
    fn one_name_may_be_written_in_any_case() {
        let query = Query::new(Some("sendinvitations=TRUE"));
        assert_eq!(query.boolean("sendInvitations"), None);
        assert_eq!(query.boolean_in_any_case("sendInvitations"), Some(true));
    }

    #[test]
    fn a_boolean_is_true_only_for_the_word() {
        for (query, expected) in [
            ("b=true", Some(true)),
            ("b=True", Some(true)),
            ("b=1", Some(false)),
            ("b=", Some(false)),
            ("b", Some(false)),
            ("b=true%20", Some(false)),
            ("a=true", None),
        ] {
            assert_eq!(Query::new(Some(query)).boolean("b"), expected, "{query}");
        }
    }

    #[test]
    fn integers_are_signed_decimal_and_in_range() {
        for (query, expected) in [
            ("n=5", Ok(Some(5))),
            ("n=", Ok(None)),
            ("n", Ok(None)),
            ("n=%20", Ok(None)),
            ("n=+%09%0A", Ok(None)),
            ("n=%C2%A0", Err(NotANumber)),
            ("m=5", Ok(None)),
            ("n=%2B5", Ok(Some(5))),
            ("n=-1", Ok(Some(-1))),
            ("n=007", Ok(Some(7))),
            ("n=2147483647", Ok(Some(i32::MAX))),
            ("n=-2147483648", Ok(Some(i32::MIN))),
            ("n=%D9%A1%D9%A2", Ok(Some(12))),
            ("n=-%EF%BC%93", Ok(Some(-3))),
            ("n=5&n=x", Ok(Some(5))),
            ("n=x&n=5", Err(NotANumber)),
            ("n=+5", Err(NotANumber)),
            ("n=5%20", Err(NotANumber)),
            ("n=-", Err(NotANumber)),
            ("n=%2B", Err(NotANumber)),
            ("n=5.0", Err(NotANumber)),
            ("n=0x10", Err(NotANumber)),
            ("n=2147483648", Err(NotANumber)),
            ("n=99999999999999999999", Err(NotANumber)),
            ("n=null", Err(NotANumber)),
            ("n=%C2%B2", Err(NotANumber)),
            ("n=%F0%9D%9F%8E", Err(NotANumber)),
        ] {
            assert_eq!(Query::new(Some(query)).integer::<i32>("n"), expected, "{query}");
        }
        let long = Query::new(Some("t=9223372036854775807&u=9223372036854775808"));
        assert_eq!(long.integer::<i64>("t"), Ok(Some(i64::MAX)));
        assert_eq!(long.integer::<i64>("u"), Err(NotANumber));
    }

    proptest! {
        #[test]
        fn no_query_is_too_odd(query in "\\PC*", name in "\\PC*") {
            let query = Query::new(Some(&query));
            let _ = (query.text(&name), query.boolean(&name), query.integer::<i64>(&name));
        }

        #[test]
        fn an_encoded_value_comes_back(value in "\\PC*") {
            let encoded = percent_encoding::utf8_percent_encode(&value, percent_encoding::NON_ALPHANUMERIC).to_string();
            prop_assert_eq!(text(&format!("a=1&v={encoded}&b"), "v"), Some(value));
        }
    }
}
