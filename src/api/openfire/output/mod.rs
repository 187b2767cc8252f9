//! Writing entities: each describes its fields once (`Entity`), three writers make XML, JSON or legacy JSON of it
//! (REST API plugin, §5.1, §6.1, §13.2).
//!
//! Nothing here knows what an entity means; the shapes are in `wire`.

use jiff::Timestamp;

use super::negotiate::Format;

mod json;
mod legacy;
mod list;
#[cfg(test)]
pub(super) mod tests;
mod xml;

pub use list::{EntityList, ListWriter};
pub(super) use xml::{escape_attribute, escape_text};

/// A wire entity, told field by field in the order of its JSON form. Fields without a value are not told.
pub trait Entity {
    /// Whether the XML form has its elements in alphabetical order instead (§5.1).
    const ALPHABETICAL: bool = false;

    /// The name of the XML element.
    fn root(&self) -> &'static str;

    fn fields<W: FieldWriter>(&self, out: &mut W);

    /// Whether the entity is nothing but a list, and empty: legacy JSON has null for it.
    fn is_empty_list(&self) -> bool {
        false
    }
}

/// The names of a list inside an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListNames {
    /// The JSON key.
    pub key: &'static str,
    /// The XML element around the items, if there is one.
    pub wrapper: Option<&'static str>,
    /// The XML element of an item; also the legacy JSON key.
    pub item: &'static str,
}

impl ListNames {
    /// A list with an XML wrapper, which has the name of the JSON key.
    pub const fn wrapped(key: &'static str, item: &'static str) -> Self {
        let wrapper = Some(key);
        Self { key, wrapper, item }
    }

    /// A list whose XML items stand directly in the parent.
    pub const fn bare(key: &'static str, item: &'static str) -> Self {
        let wrapper = None;
        Self { key, wrapper, item }
    }
}

/// Where an entity tells its fields.
pub trait FieldWriter {
    fn text(&mut self, name: &'static str, value: &str);
    fn integer(&mut self, name: &'static str, value: i64);
    fn boolean(&mut self, name: &'static str, value: bool);
    /// XML: date and time in UTC, milliseconds only where there are any. JSON: milliseconds since 1970.
    fn date(&mut self, name: &'static str, value: Timestamp);
    /// An XML attribute; in JSON a text like any other. Attributes come before all other fields.
    fn attribute(&mut self, name: &'static str, value: &str);
    fn texts<T: AsRef<str>>(&mut self, names: ListNames, values: &[T]);
    fn entities<E: Entity>(&mut self, names: ListNames, values: &[E]);

    fn optional_text(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    fn optional_date(&mut self, name: &'static str, value: Option<Timestamp>) {
        if let Some(value) = value {
            self.date(name, value);
        }
    }

    fn optional_attribute(&mut self, name: &'static str, value: Option<&str>) {
        if let Some(value) = value {
            self.attribute(name, value);
        }
    }
}

/// Writes a whole document with one entity to the end of `out`.
pub fn write_entity<E: Entity>(format: Format, entity: &E, out: &mut Vec<u8>) {
    match format {
        Format::Xml | Format::XmlInAscii => {
            out.extend_from_slice(xml::DECLARATION);
            xml::write(format, entity, out);
        }
        Format::Json => json::write(entity, out),
        Format::LegacyJson => legacy::write(entity, out),
    }
}
