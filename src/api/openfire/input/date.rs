//! Dates as the original's XML and JSON libraries read them (REST API plugin, §5.2, §6.2). Times without an offset
//! are UTC.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Span, Timestamp};

/// XML Schema dateTime, date, year and month, or year; each with or without an offset.
pub(super) fn from_xml(text: &str) -> Option<Timestamp> {
    let mut rest = Scanner(text.trim_matches([' ', '\t', '\r', '\n']));
    let year = rest.year()?;
    let mut month = 1;
    let mut day = 1;
    let mut time = Time::midnight();
    let mut is_end_of_day = false;
    if let Some(found) = rest.after('-', Scanner::two_digits) {
        month = found;
        if let Some(found) = rest.after('-', Scanner::two_digits) {
            day = found;
            if rest.take('T') {
                is_end_of_day = rest.take_end_of_day();
                if !is_end_of_day {
                    time = rest.time()?;
                }
            }
        }
    }
    let offset = rest.xml_offset()?;
    let at = rest
        .0
        .is_empty()
        .then_some(DateTime::from_parts(Date::new(year, month, day).ok()?, time))?;
    let at = at
        .checked_add(SignedDuration::from_hours(if is_end_of_day { 24 } else { 0 }))
        .ok()?;
    to_timestamp(at, offset)
}

/// Milliseconds since 1970 as text, ISO 8601 with an optional time, or the date format of mail and HTTP.
pub(super) fn from_json(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return from_milliseconds(text);
    }
    iso_8601(text).or_else(|| mail_date(text))
}

/// The date format of mail and HTTP, always with the day of the week.
fn mail_date(text: &str) -> Option<Timestamp> {
    let (weekday, _) = text.split_once(',')?;
    let is_weekday = weekday.len() == 3 && weekday.bytes().all(|byte| byte.is_ascii_alphabetic());
    let at = jiff::fmt::rfc2822::parse(text).ok().filter(|_| is_weekday)?;
    Some(at.timestamp())
}

/// An integer as it stands in JSON.
pub(super) fn from_milliseconds(text: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(text.parse().ok()?).ok()
}

/// Numbers that no calendar has are carried: 30 February is 1 or 2 March, and hour 24 is midnight of the next day.
fn iso_8601(text: &str) -> Option<Timestamp> {
    let mut rest = Scanner(text);
    let year = i16::try_from(rest.digits(4)?).ok()?;
    let month = rest.after('-', Scanner::two_digits)?;
    let day = rest.after('-', Scanner::two_digits)?;
    let months = Span::new().months(i64::from(month) - 1);
    let days = Span::new().days(i64::from(day) - 1);
    let first = Date::new(year, 1, 1).ok()?.checked_add(months).ok()?;
    let midnight = first.checked_add(days).ok()?.at(0, 0, 0, 0);
    if rest.0.is_empty() {
        return to_timestamp(midnight, Offset::UTC);
    }
    if !rest.take('T') {
        return None;
    }
    let since_midnight = rest.carried_time()?;
    let offset = rest.json_offset()?;
    let at = midnight.checked_add(since_midnight).ok()?;
    rest.0.is_empty().then(|| to_timestamp(at, offset))?
}

fn to_timestamp(at: DateTime, offset: Offset) -> Option<Timestamp> {
    Some(at.to_zoned(TimeZone::fixed(offset)).ok()?.timestamp())
}

struct Scanner<'a>(&'a str);

impl Scanner<'_> {
    fn take(&mut self, wanted: char) -> bool {
        let rest = self.0.strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// What stands behind `separator`; nothing is consumed when it is not there.
    fn after<T>(&mut self, separator: char, read: impl Fn(&mut Self) -> Option<T>) -> Option<T> {
        let mut ahead = Scanner(self.0);
        if !ahead.take(separator) {
            return None;
        }
        let found = read(&mut ahead)?;
        self.0 = &self.0[self.0.len() - ahead.0.len()..];
        Some(found)
    }

    /// Exactly `count` digits.
    fn digits(&mut self, count: usize) -> Option<u32> {
        let digits = self
            .0
            .get(..count)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        self.0 = &self.0[count..];
        digits.parse().ok()
    }

    fn two_digits(&mut self) -> Option<i8> {
        i8::try_from(self.digits(2)?).ok()
    }

    /// Four digits or more, with or without a minus sign. Years that no calendar has are refused with the date.
    fn year(&mut self) -> Option<i16> {
        let is_negative = self.take('-');
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        if count < 4 {
            return None;
        }
        let year = i16::try_from(self.digits(count)?).ok()?;
        Some(if is_negative { -year } else { year })
    }

    fn take_end_of_day(&mut self) -> bool {
        let Some(rest) = self.0.strip_prefix("24:00:00") else {
            return false;
        };
        let fraction = rest
            .strip_prefix('.')
            .map_or(rest, |zeros| zeros.trim_start_matches('0'));
        self.0 = fraction;
        true
    }

    /// What has passed since midnight, in milliseconds; the seconds may be left out.
    fn carried_time(&mut self) -> Option<SignedDuration> {
        let hours = i64::from(self.two_digits()?);
        let minutes = i64::from(self.after(':', Scanner::two_digits)?);
        let seconds = i64::from(self.after(':', Scanner::two_digits).unwrap_or(0));
        let nanoseconds = self.after('.', Scanner::at_most_nanoseconds).unwrap_or(0);
        let milliseconds = nanoseconds / 1_000_000;
        Some(SignedDuration::new(
            (hours * 60 + minutes) * 60 + seconds,
            milliseconds * 1_000_000,
        ))
    }

    fn time(&mut self) -> Option<Time> {
        let hour = self.two_digits()?;
        let minute = self.after(':', Scanner::two_digits)?;
        let second = self.after(':', Scanner::two_digits)?;
        let nanosecond = self.after('.', Scanner::nanoseconds).unwrap_or(0);
        Time::new(hour, minute, second, nanosecond).ok()
    }

    /// A fraction of any length, cut to nine digits.
    fn nanoseconds(&mut self) -> Option<i32> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        format!("{:0<9}", digits.get(..9).unwrap_or(digits))
            .parse()
            .ok()
            .filter(|_| count > 0)
    }

    /// A fraction of nine digits at most.
    fn at_most_nanoseconds(&mut self) -> Option<i32> {
        let count = self.0.bytes().take_while(u8::is_ascii_digit).count();
        (count <= 9).then(|| self.nanoseconds())?
    }

    fn xml_offset(&mut self) -> Option<Offset> {
        if self.0.is_empty() || self.take('Z') {
            return Some(Offset::UTC);
        }
        self.signed_offset(|rest| rest.after(':', Scanner::two_digits))
    }

    fn json_offset(&mut self) -> Option<Offset> {
        if self.0.is_empty() || self.take('Z') {
            return Some(Offset::UTC);
        }
        self.signed_offset(|rest| {
            if rest.0.is_empty() {
                return Some(0);
            }
            rest.take(':');
            rest.two_digits()
        })
    }

    fn signed_offset(&mut self, minutes: impl Fn(&mut Self) -> Option<i8>) -> Option<Offset> {
        let sign = if self.take('-') { -1 } else { i32::from(self.take('+')) };
        let hours = i32::from(self.two_digits()?);
        let minutes = i32::from(minutes(self)?);
        let in_range = sign != 0 && minutes < 60 && hours * 60 + minutes <= 14 * 60;
        in_range.then(|| Offset::from_seconds(sign * (hours * 60 + minutes) * 60).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn xml_dates_are_those_of_xml_schema() {
        let rows = [
            ("2012-10-18T16:55:12.803+02:00", "2012-10-18T14:55:12.803Z"),
            (" 2012-10-18T16:55:12Z ", "2012-10-18T16:55:12Z"),
            ("2012-10-18T16:55:12", "2012-10-18T16:55:12Z"),
            ("2012-10-18T24:00:00Z", "2012-10-19T00:00:00Z"),
            ("2012-10-18", "2012-10-18T00:00:00Z"),
            ("2012-10-18Z", "2012-10-18T00:00:00Z"),
            ("2012-10", "2012-10-01T00:00:00Z"),
            ("2012", "2012-01-01T00:00:00Z"),
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
        ];
        for (text, expected) in rows {
            assert_eq!(from_xml(text), Some(expected.parse().unwrap()), "{text}");
        }
        for none in [
            "",
            "yesterday",
            "2012-10-18T16:55Z",
            "2012-02-30",
            "1350572112803",
            "12-10-18",
            "2012-10-18 16:55:12",
            "2012-10-18T16:55:12+15:00",
        ] {
            assert_eq!(from_xml(none), None, "{none}");
        }
    }

    #[test]
    fn json_dates_are_those_of_the_original_library() {
        let rows = [
            ("1350572112803", "2012-10-18T14:55:12.803Z"),
            ("-1", "1969-12-31T23:59:59.999Z"),
            ("2012-10-18T16:55:12.803+02:00", "2012-10-18T14:55:12.803Z"),
            ("2012-10-18T16:55:12.803+0200", "2012-10-18T14:55:12.803Z"),
            ("2012-10-18T16:55:12+02", "2012-10-18T14:55:12Z"),
            ("2012-10-18T16:55:12Z", "2012-10-18T16:55:12Z"),
            ("2012-10-18T16:55:12", "2012-10-18T16:55:12Z"),
            ("2012-10-18T16:55Z", "2012-10-18T16:55:00Z"),
            ("2012-10-18", "2012-10-18T00:00:00Z"),
            ("Thu, 18 Oct 2012 14:55:12 GMT", "2012-10-18T14:55:12Z"),
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00Z"),
            ("2012-02-30", "2012-03-01T00:00:00Z"),
            ("2011-02-29T12:00Z", "2011-03-01T12:00:00Z"),
            ("2012-13-00", "2012-12-31T00:00:00Z"),
            ("2012-12-31T24:59:60Z", "2013-01-01T01:00:00Z"),
            ("2012-10-18T16:55:12.123456789Z", "2012-10-18T16:55:12.123Z"),
        ];
        for (text, expected) in rows {
            assert_eq!(from_json(text), Some(expected.parse().unwrap()), "{text}");
        }
        for none in [
            "",
            "yesterday",
            "2012-10-18 16:55:12",
            "2012-10",
            "2012-10-18T",
            "99999999999999999999",
            "1350572112803.7",
            "2012-10-18T16:55:12.1234567890Z",
            "2012-1-8",
            "18 Oct 2012 14:55:12 GMT",
        ] {
            assert_eq!(from_json(none), None, "{none}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_date_or_none(text in any::<String>(), dated in "-?[0-9]{0,6}[-T:.Z+0-9 ]{0,30}") {
            for text in [text, dated] {
                from_xml(&text);
                from_json(&text);
            }
        }
    }
}
