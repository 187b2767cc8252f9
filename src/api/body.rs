//! Request bodies: taken whole within a limit, and turned into text as XML and JSON readers of the Java world do it:
//! the document says its encoding, never the `charset` parameter (Openfire REST API plugin 1.12, §5.2, §6.2).

use std::borrow::Cow;

use axum::body::{Body, Bytes, HttpBody};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// All of a body of at most `most` bytes. The error is the status to answer.
pub async fn whole(body: Body, most: usize) -> Result<Bytes, StatusCode> {
    // What is announced as too long is not waited for.
    if body.size_hint().lower() > most as u64 {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    match Limited::new(body, most).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(cause) if cause.is::<LengthLimitError>() => Err(StatusCode::PAYLOAD_TOO_LARGE),
        // The client stalled or broke off.
        Err(_) => Err(StatusCode::BAD_REQUEST),
    }
}

/// Why a body is not text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    #[error("the bytes are not {0}")]
    Malformed(&'static str),
    #[error("the encoding `{0}` is not known")]
    UnknownEncoding(String),
    #[error("the declared encoding `{0}` is not that of the bytes")]
    WrongEncoding(String),
    #[error("XML version `{0}` is neither 1.0 nor 1.1")]
    UnknownVersion(String),
}

/// The text of a JSON document: UTF-8, UTF-16 or UTF-32, told apart by byte order mark or by where the zeros are.
pub fn json_text(body: &[u8]) -> Result<Cow<'_, str>, TextError> {
    match *body {
        [0xFF, 0xFE, 0, 0, ref rest @ ..] => utf32(rest, u32::from_le_bytes),
        [0, 0, 0xFE, 0xFF, ref rest @ ..] => utf32(rest, u32::from_be_bytes),
        [0, 0, 0, _, ..] => utf32(body, u32::from_be_bytes),
        [_, 0, 0, 0, ..] => utf32(body, u32::from_le_bytes),
        _ => match Encoding::for_bom(body) {
            Some((encoding, length)) => decode(encoding, &body[length..]),
            None => match *body {
                [0, _, ..] => decode(UTF_16BE, body),
                [_, 0, ..] => decode(UTF_16LE, body),
                _ => decode(UTF_8, body),
            },
        },
    }
}

/// The text of an XML document. Its byte order mark decides, else its declaration, else it is UTF-8.
pub fn xml_text(body: &[u8]) -> Result<Cow<'_, str>, TextError> {
    let (encoding, content) = match (Encoding::for_bom(body), body) {
        (Some((encoding, length)), _) => (Some(encoding), &body[length..]),
        (None, [0, b'<', 0, b'?', ..]) => (Some(UTF_16BE), body),
        (None, [b'<', 0, b'?', 0, ..]) => (Some(UTF_16LE), body),
        _ => (None, body),
    };
    if let Some(encoding) = encoding {
        let text = decode(encoding, content)?;
        let is_wide = encoding != UTF_8;
        let declared = declared_encoding(&text)?.filter(|name| names_utf_16(name) != is_wide);
        return match declared {
            Some(name) => Err(TextError::WrongEncoding(name.to_owned())),
            None => Ok(text),
        };
    }
    // a declaration is ASCII in every encoding that is left
    let head = &body[..body.len().min(LONGEST_DECLARATION)];
    let head: String = head.iter().copied().take_while(u8::is_ascii).map(char::from).collect();
    match declared_encoding(&head)? {
        None => decode(UTF_8, body),
        Some(name) => decode_as(name, body),
    }
}

/// Bytes in which an XML declaration must have ended.
const LONGEST_DECLARATION: usize = 512;

fn decode<'b>(encoding: &'static Encoding, body: &'b [u8]) -> Result<Cow<'b, str>, TextError> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(body);
    text.ok_or(TextError::Malformed(encoding.name()))
}

fn decode_as<'b>(name: &str, body: &'b [u8]) -> Result<Cow<'b, str>, TextError> {
    let label = name.to_ascii_lowercase();
    match label.as_str() {
        // encoding_rs follows browsers, for which these two are other names of windows-1252
        "iso-8859-1" | "iso8859-1" | "iso8859_1" | "iso_8859-1" | "latin1" | "l1" => {
            Ok(body.iter().copied().map(char::from).collect::<String>().into())
        }
        "us-ascii" | "ascii" if !body.is_ascii() => Err(TextError::Malformed("US-ASCII")),
        _ if names_utf_16(name) => Err(TextError::WrongEncoding(name.to_owned())),
        _ => {
            let encoding = Encoding::for_label(label.as_bytes());
            decode(
                encoding.ok_or_else(|| TextError::UnknownEncoding(name.to_owned()))?,
                body,
            )
        }
    }
}

fn names_utf_16(name: &str) -> bool {
    name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("utf-16"))
}

/// The encoding that an XML declaration at the start names. The declaration itself is checked by the XML reader.
fn declared_encoding(text: &str) -> Result<Option<&str>, TextError> {
    let Some(declaration) = text
        .strip_prefix("<?xml")
        .filter(|rest| rest.starts_with([' ', '\t', '\r', '\n']))
    else {
        return Ok(None);
    };
    let declaration = declaration.split("?>").next().unwrap_or_default();
    match quoted_value(declaration, "version") {
        None | Some("1.0" | "1.1") => Ok(quoted_value(declaration, "encoding")),
        Some(other) => Err(TextError::UnknownVersion(other.to_owned())),
    }
}

fn quoted_value<'d>(declaration: &'d str, name: &str) -> Option<&'d str> {
    let (_, rest) = declaration.split_once(name)?;
    let rest = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''))?;
    rest[1..].split(quote).next()
}

fn utf32(body: &[u8], unit: fn([u8; 4]) -> u32) -> Result<Cow<'static, str>, TextError> {
    let malformed = TextError::Malformed("UTF-32");
    let (units, rest) = body.as_chunks::<4>();
    if !rest.is_empty() {
        return Err(malformed);
    }
    let characters = units.iter().map(|bytes| char::from_u32(unit(*bytes)));
    let text: Option<String> = characters.collect();
    text.map(Cow::Owned).ok_or(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn json_is_recognised_by_its_bytes() {
        let text = r#"{"k":"é"}"#;
        let utf32_le: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let utf32_be: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
        let bodies = [
            text.as_bytes().to_vec(),
            [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
            utf16(text, u16::to_le_bytes),
            utf16(text, u16::to_be_bytes),
            [b"\xFF\xFE".to_vec(), utf16(text, u16::to_le_bytes)].concat(),
            [b"\xFF\xFE\0\0".to_vec(), utf32_le.clone()].concat(),
            utf32_le,
            utf32_be,
        ];
        for body in bodies {
            assert_eq!(json_text(&body).as_deref(), Ok(text), "{body:?}");
        }
        assert!(json_text(b"{\"k\":\"\xE9\"}").is_err());
        assert_eq!(json_text(b"").as_deref(), Ok(""));
        assert_eq!(json_text(b"1").as_deref(), Ok("1"));
    }

    #[test]
    fn xml_says_its_encoding_itself() {
        let declared = |name: &str, byte: &[u8]| {
            [
                format!("<?xml version='1.0' encoding=\"{name}\"?><a>").as_bytes(),
                byte,
                b"</a>",
            ]
            .concat()
        };
        let value = |body: &[u8]| {
            let text = xml_text(body)?.into_owned();
            Ok::<_, TextError>(text.rsplit_once("<a>").unwrap().1.trim_end_matches("</a>").to_owned())
        };
        assert_eq!(value("<a>é</a>".as_bytes()).as_deref(), Ok("é"));
        assert_eq!(value(&declared("ISO-8859-1", b"\xE9\x80")).as_deref(), Ok("é\u{80}"));
        assert_eq!(value(&declared("windows-1252", b"\xE9\x80")).as_deref(), Ok("é€"));
        assert_eq!(value(&declared("US-ASCII", b"e")).as_deref(), Ok("e"));
        assert_eq!(value(&declared("utf-8", "é".as_bytes())).as_deref(), Ok("é"));
        assert_eq!(
            value(&[b"\xEF\xBB\xBF", "<a>é</a>".as_bytes()].concat()).as_deref(),
            Ok("é")
        );
        let wide = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>é</a>";
        assert_eq!(
            value(&[b"\xFF\xFE".to_vec(), utf16(wide, u16::to_le_bytes)].concat()).as_deref(),
            Ok("é")
        );
        assert_eq!(value(&utf16(wide, u16::to_be_bytes)).as_deref(), Ok("é"));

        let refused = [
            b"<a>\xE9</a>".to_vec(),
            declared("US-ASCII", b"\xE9"),
            declared("nonsense", b"e"),
            declared("UTF-16", b"e"),
            b"<?xml version=\"2.0\"?><a/>".to_vec(),
            b"<?xml version=\"1.2\"?><a/>".to_vec(),
            [
                b"\xFF\xFE".to_vec(),
                utf16("<?xml version=\"1.0\" encoding=\"UTF-8\"?><a/>", u16::to_le_bytes),
            ]
            .concat(),
        ];
        for body in refused {
            assert!(xml_text(&body).is_err(), "{body:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_text_or_refused(body in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = json_text(&body);
            let _ = xml_text(&body);
        }
    }
}
