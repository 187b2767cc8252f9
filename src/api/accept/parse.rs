//! The grammar of media types as Jersey reads it: a missing subtype is `*` in `Accept` only, empty parameters
//! (`;;`) and one trailing comma are passed over, an empty entry elsewhere and a quality above 1 are errors.

use super::{MediaRange, MediaType};

/// Reads an `Accept` list. `None`: malformed.
pub(super) fn accept(text: &str) -> Option<Vec<MediaRange>> {
    let mut rest = Cursor(text.trim_start());
    let mut ranges = Vec::new();
    while !rest.0.is_empty() {
        let kind = rest.token()?;
        let subtype = if rest.take('/') { rest.token()? } else { "*" };
        let (parameters, quality) = rest.parameters()?;
        let quality = match quality {
            Some(text) => thousandths(&text)?,
            None => 1000,
        };
        ranges.push(MediaRange {
            media_type: MediaType {
                kind: kind.to_owned().into(),
                subtype: subtype.to_owned().into(),
                parameters,
            },
            quality,
        });
        rest.skip_space();
        if !rest.0.is_empty() && !rest.take(',') {
            return None;
        }
        rest.skip_space();
    }
    Some(ranges)
}

/// Reads one `Content-Type`. `None`: malformed.
pub(super) fn content_type(text: &str) -> Option<MediaType> {
    let mut rest = Cursor(text.trim());
    let kind = rest.token()?.to_owned();
    if !rest.take('/') {
        return None;
    }
    let subtype = rest.token()?.to_owned();
    let (parameters, _) = rest.parameters()?;
    let media_type = MediaType {
        kind: kind.into(),
        subtype: subtype.into(),
        parameters,
    };
    rest.0.is_empty().then_some(media_type)
}

/// The characters of a token (RFC 9110, §5.6.2), with the few more that Jersey lets pass.
pub(super) fn is_token_byte(byte: u8) -> bool {
    let is_separator = matches!(byte, b'(' | b')' | b'<' | b'>' | b'@' | b',' | b'/' | b'"' | b'\\')
        || matches!(byte, b':' | b';' | b'[' | b']' | b'{' | b'}' | b'?' | b'=');
    byte.is_ascii_graphic() && !is_separator
}

type Parameters = (Vec<(String, String)>, Option<String>);

struct Cursor<'a>(&'a str);

impl<'a> Cursor<'a> {
    fn skip_space(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t', '\r', '\n']);
    }

    fn take(&mut self, wanted: char) -> bool {
        match self.0.strip_prefix(wanted) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    fn take_semicolons(&mut self) -> bool {
        self.skip_space();
        let found = self.0.starts_with(';');
        self.0 = self.0.trim_start_matches([' ', '\t', '\r', '\n', ';']);
        found
    }

    fn token(&mut self) -> Option<&'a str> {
        let end = self.0.bytes().take_while(|byte| is_token_byte(*byte));
        let (token, rest) = self.0.split_at(end.count());
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    fn quoted(&mut self) -> Option<String> {
        let mut value = String::new();
        let mut characters = self.0.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return Some(value);
                }
                '\\' => value.push(characters.next()?.1),
                _ => value.push(character),
            }
        }
        None
    }

    /// Parameters up to a comma or the end, sorted by name, the last of equal names; the quality value apart.
    fn parameters(&mut self) -> Option<Parameters> {
        let mut parameters: Vec<(String, String)> = Vec::new();
        let mut quality = None;
        loop {
            if !self.take_semicolons() {
                break;
            }
            if self.0.is_empty() || self.0.starts_with(',') {
                break;
            }
            let name = self.token()?.to_ascii_lowercase();
            self.skip_space();
            if !self.take('=') {
                return None;
            }
            self.skip_space();
            let value = if self.take('"') {
                self.quoted()?
            } else {
                self.token()?.to_owned()
            };
            if name == "q" {
                quality = Some(value);
                continue;
            }
            match parameters.binary_search_by(|(held, _)| held.as_str().cmp(&name)) {
                Ok(at) => parameters[at].1 = value,
                Err(at) => parameters.insert(at, (name, value)),
            }
        }
        Some((parameters, quality))
    }
}

/// A quality value in thousandths: at most five characters, a digit 0 or 1 (or none), a point, digits; at most 1.
fn thousandths(text: &str) -> Option<u16> {
    if text.len() > 5 {
        return None;
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = match whole {
        "0" => 0,
        "" if !fraction.is_empty() => 0,
        "1" => 1000,
        _ => return None,
    };
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let digits: u16 = format!("{fraction:0<3}").parse().ok()?;
    let value = whole + digits;
    (value <= 1000).then_some(value)
}
