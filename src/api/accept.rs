//! The `Accept` and `Content-Type` headers, read as leniently and as strictly as Jersey 2 reads them
//! (Openfire REST API plugin 1.12, §4), which is neither what RFC 9110 says nor what the usual crates do.
//!
//! Not here: which types an operation offers, and the rules for the type of an error.

use std::borrow::Cow;
use std::fmt;

use headers::{Error, Header, HeaderName, HeaderValue};
use http::header::{ACCEPT, CONTENT_TYPE};

mod parse;

/// A media type with its parameters, in the letters of the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    kind: Cow<'static, str>,
    subtype: Cow<'static, str>,
    /// Names in lower case, sorted; a quality value is not among them.
    parameters: Vec<(String, String)>,
}

impl MediaType {
    const fn plain(kind: &'static str, subtype: &'static str) -> Self {
        Self {
            kind: Cow::Borrowed(kind),
            subtype: Cow::Borrowed(subtype),
            parameters: Vec::new(),
        }
    }

    /// Whether this is `kind/subtype`, whatever the letter case and the parameters.
    pub fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind) && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// Whether this is written `kind/subtype`, to the letter and without parameters.
    pub fn is_exactly(&self, kind: &str, subtype: &str) -> bool {
        self.kind == kind && self.subtype == subtype && self.parameters.is_empty()
    }

    /// Whether `*` stands in either place.
    pub fn is_wildcard(&self) -> bool {
        self.wildcards() > 0
    }

    /// Whether the major type is `*`.
    pub fn is_any_kind(&self) -> bool {
        self.kind == "*"
    }

    /// Whether the subtype ends in `+suffix`, such as `problem+json`.
    pub fn has_suffix(&self, suffix: &str) -> bool {
        self.subtype
            .rsplit_once('+')
            .is_some_and(|(_, end)| end.eq_ignore_ascii_case(suffix))
    }

    /// The value of a parameter; `name` in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(key, _)| key == name)?;
        Some(&found.1)
    }

    /// Whether no other parameter than that one is there.
    pub fn has_only_parameter(&self, name: &str) -> bool {
        self.parameters.iter().all(|(key, _)| key == name)
    }

    /// This type as a header value. `None` when a quoted parameter holds what no header may carry.
    pub fn to_header_value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&self.to_string()).ok()
    }

    fn wildcards(&self) -> u8 {
        u8::from(self.kind == "*") + u8::from(self.subtype == "*")
    }

    fn covers(&self, offered: &str) -> bool {
        let Some((kind, subtype)) = offered.split_once('/') else {
            return false;
        };
        // Nearly all write them in lower case, and equal texts are compared faster.
        let names = |written: &str, name: &str| written == name || written == "*" || written.eq_ignore_ascii_case(name);
        names(&self.subtype, subtype) && names(&self.kind, kind)
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.kind, self.subtype)?;
        for (name, value) in &self.parameters {
            if !value.is_empty() && value.bytes().all(parse::is_token_byte) {
                write!(out, ";{name}={value}")?;
            } else {
                let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
                write!(out, ";{name}=\"{escaped}\"")?;
            }
        }
        Ok(())
    }
}

/// One entry of an `Accept` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRange {
    pub media_type: MediaType,
    /// Thousandths, 0 to 1000. Zero is no refusal here, only the least preferred.
    quality: u16,
}

/// The `Accept` headers of a request as one list; the default accepts everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accept {
    ranges: Cow<'static, [MediaRange]>,
}

/// What most requests carry, which need not be read again each time.
static USUAL: [(&str, [MediaRange; 1]); 3] = [
    ("application/json", [MediaRange::plain("application", "json")]),
    ("application/xml", [MediaRange::plain("application", "xml")]),
    ("*/*", [MediaRange::ANY]),
];

impl Default for Accept {
    fn default() -> Self {
        static ANY: [MediaRange; 1] = [MediaRange::ANY];
        Self {
            ranges: Cow::Borrowed(&ANY),
        }
    }
}

/// What [`Accept::choose`] found: an offered type and the entry that accepted it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chosen<'a> {
    /// The index in the list of offered types.
    pub index: usize,
    pub accepted: &'a MediaType,
}

impl Accept {
    /// The best of `offered`, which stand in order of our preference. `None`: nothing is acceptable.
    ///
    /// Quality decides; at equal quality a concrete entry comes before a wildcard, then the order in the header.
    pub fn choose(&self, offered: &[&str]) -> Option<Chosen<'_>> {
        let mut best: Option<(&MediaRange, usize)> = None;
        for range in self.ranges.iter() {
            let Some(index) = offered.iter().position(|one| range.media_type.covers(one)) else {
                continue;
            };
            if best.is_none_or(|(held, _)| range.rank() > held.rank()) {
                best = Some((range, index));
            }
        }
        best.map(|(range, index)| Chosen {
            index,
            accepted: &range.media_type,
        })
    }

    /// The only entry, when there is exactly one.
    pub fn single(&self) -> Option<&MediaType> {
        match &*self.ranges {
            [one] => Some(&one.media_type),
            _ => None,
        }
    }

    /// The entries from the best to the least; equal ones in the order of the header.
    pub fn by_preference(&self) -> Vec<&MediaType> {
        let mut sorted: Vec<&MediaRange> = self.ranges.iter().collect();
        sorted.sort_by_key(|range| std::cmp::Reverse(range.rank()));
        sorted.into_iter().map(|range| &range.media_type).collect()
    }
}

impl MediaRange {
    const ANY: Self = Self::plain("*", "*");

    const fn plain(kind: &'static str, subtype: &'static str) -> Self {
        Self {
            media_type: MediaType::plain(kind, subtype),
            quality: 1000,
        }
    }

    fn rank(&self) -> (u16, u8) {
        (self.quality, 2 - self.media_type.wildcards())
    }
}

impl Header for Accept {
    fn name() -> &'static HeaderName {
        &ACCEPT
    }

    /// # Errors
    /// When an entry cannot be read; the request is then answered 400.
    fn decode<'i, I: Iterator<Item = &'i HeaderValue>>(values: &mut I) -> Result<Self, Error> {
        let mut text = Cow::Borrowed("");
        for value in values {
            let value = value.to_str().map_err(|_| Error::invalid())?;
            if text.is_empty() {
                text = Cow::Borrowed(value);
            } else {
                text.to_mut().extend([",", value]);
            }
        }
        if let Some((_, ranges)) = USUAL.iter().find(|(usual, _)| *usual == text) {
            return Ok(Self {
                ranges: Cow::Borrowed(ranges),
            });
        }
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let ranges = parse::accept(&text).ok_or_else(Error::invalid)?;
        Ok(Self {
            ranges: Cow::Owned(ranges),
        })
    }

    fn encode<E: Extend<HeaderValue>>(&self, values: &mut E) {
        let types = self.ranges.iter().map(|range| {
            let quality = range.quality;
            match quality {
                1000 => range.media_type.to_string(),
                _ => format!("{};q=0.{quality:03}", range.media_type),
            }
        });
        let text = types.collect::<Vec<_>>().join(",");
        values.extend(HeaderValue::from_str(&text));
    }
}

/// The `Content-Type` of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentType(pub MediaType);

impl Header for ContentType {
    fn name() -> &'static HeaderName {
        &CONTENT_TYPE
    }

    /// # Errors
    /// When the value cannot be read or there are two of them; the request is then answered 400, before anything else.
    fn decode<'i, I: Iterator<Item = &'i HeaderValue>>(values: &mut I) -> Result<Self, Error> {
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(Error::invalid());
        };
        let text = value.to_str().map_err(|_| Error::invalid())?;
        parse::content_type(text).map(Self).ok_or_else(Error::invalid)
    }

    fn encode<E: Extend<HeaderValue>>(&self, values: &mut E) {
        values.extend(self.0.to_header_value());
    }
}

#[cfg(test)]
mod tests;
