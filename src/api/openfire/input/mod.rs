//! Reading entities: each names its fields once (`FromFields`), and the rules of the format do the rest
//! (REST API plugin, §5.2, §6.2, with quirks 5, 9, 11, 12, 13 and 70).
//!
//! What the original reads is read the same here; what it refuses although deployed clients send it is read as
//! they mean it. Whether a value makes sense is not decided here.

use super::negotiate::Format;

mod date;
mod fields;
mod json;
#[cfg(test)]
mod tests;
mod xml;

pub use fields::Fields;
pub(super) use xml::for_each_event;

/// XML elements or JSON values inside one another; no entity has more than a few.
const DEEPEST: usize = 64;

/// An entity that can be read from a request.
pub trait FromFields: Sized {
    /// The XML root elements.
    const ROOTS: &'static [&'static str];

    /// Names under which some clients put the whole entity in JSON.
    const WRAPPERS: &'static [&'static str] = Self::ROOTS;

    /// JSON keys that mean nothing and that deployed clients send all the same.
    const IGNORED_KEYS: &'static [&'static str] = &[];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError>;

    /// A JSON body that is a list of texts where the original wants an object. Refused unless a client sends it.
    fn from_texts(_texts: Vec<String>) -> Option<Self> {
        None
    }

    /// A JSON body that is a text where the original wants an object. Refused unless a client sends it.
    fn from_text(_text: String) -> Option<Self> {
        None
    }
}

/// How unknown JSON is treated (`openfire.strict_json`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// Known habits of clients pass: their extra keys, keys in other letter case, one wrapper around the entity.
    #[default]
    Generous,
    Strict,
}

/// Why a body is not the entity that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// Answered with a bare 400; the reason is for the log.
    #[error("not the expected XML document: {0}")]
    Xml(String),
    /// Answered with 400 and the message as `text/plain`.
    #[error("{0}")]
    Json(String),
    /// Answered with a service error, 400.
    #[error("`{field}` {reason}")]
    Value { field: &'static str, reason: &'static str },
}

/// Reads an entity. `None`: the body holds none, which only JSON can say (nothing at all, or `null`).
pub fn read<T: FromFields>(format: Format, body: &[u8], strictness: Strictness) -> Result<Option<T>, BindError> {
    match format {
        Format::Xml | Format::XmlInAscii => read_xml(body).map(Some),
        Format::Json | Format::LegacyJson => json::read(body, strictness),
    }
}

fn read_xml<T: FromFields>(body: &[u8]) -> Result<T, BindError> {
    let root = xml::parse(body)?;
    if !T::ROOTS.contains(&root.name()) {
        return Err(BindError::Xml(format!("unexpected root element `{}`", root.name())));
    }
    T::from_fields(&mut Fields::from_xml(&root))
}
