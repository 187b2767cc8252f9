//! The part of a file that a request wants (RFC 9110 §14.2). Of several parts none is made: the whole file is an answer too.

use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    Part(Range<u64>),
    /// There is nothing of it.
    Nothing,
}

impl Wanted {
    /// Reads the header `Range` for a file of `bytes`.
    pub fn read(header: Option<&str>, bytes: u64) -> Self {
        let Some(range) = header.and_then(|header| header.strip_prefix("bytes=")) else {
            return Self::Whole;
        };
        let Some((first, last)) = range.trim().split_once('-') else {
            return Self::Whole;
        };
        let number = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| text.parse::<u64>().ok())
        };
        match (first, last, number(first).flatten(), number(last).flatten()) {
            ("", _, _, Some(0)) => Self::Nothing,
            ("", _, _, Some(length)) => Self::Part(bytes.saturating_sub(length)..bytes),
            (_, "", Some(first), _) if first < bytes => Self::Part(first..bytes),
            (_, _, Some(first), Some(last)) if first <= last && first < bytes => {
                Self::Part(first..last.saturating_add(1).min(bytes))
            }
            (_, "", Some(_), _) => Self::Nothing,
            (_, _, Some(first), Some(last)) if first <= last => Self::Nothing,
            _ => Self::Whole,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_the_part_that_it_names() {
        for (header, expected) in [
            ("bytes=0-3", Wanted::Part(0..4)),
            ("bytes=2-", Wanted::Part(2..10)),
            ("bytes=-3", Wanted::Part(7..10)),
            ("bytes=-30", Wanted::Part(0..10)),
            ("bytes=5-99", Wanted::Part(5..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-12", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=4-2", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("items=0-1", Wanted::Whole),
            ("bytes=99999999999999999999-", Wanted::Whole),
        ] {
            assert_eq!(Wanted::read(Some(header), 10), expected, "{header}");
        }
        assert_eq!(Wanted::read(None, 10), Wanted::Whole);
    }
}
