//! One field of an entity: its name on the wire, what it holds, an example, and how it looks as a schema.

use super::tree::{Tree, list, map};

/// What a field holds, with an example.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Text(&'static str),
    /// A text that is only sent, never answered.
    Secret(&'static str),
    Integer(i64, Int),
    Boolean(bool),
    /// JSON: milliseconds since 1970; XML: date and time.
    Date,
    /// Texts; the name of an XML item.
    Texts(&'static str, &'static [&'static str]),
    /// Entities.
    Entities(&'static str),
}

/// How large an integer can be.
#[derive(Clone, Copy, Debug)]
pub enum Int {
    Usual,
    Long,
}

#[derive(Clone, Copy, Debug)]
pub struct Field {
    pub name: &'static str,
    pub kind: Kind,
    /// An attribute, or a list with an element around it, in XML.
    pub apart: bool,
    /// Whether an answer always has it.
    pub always: bool,
    about: Option<&'static str>,
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field {
        name,
        kind,
        apart: false,
        always: false,
        about: None,
    }
}

pub const fn text(name: &'static str, example: &'static str) -> Field {
    field(name, Kind::Text(example))
}

pub const fn secret(name: &'static str, example: &'static str) -> Field {
    field(name, Kind::Secret(example))
}

pub const fn integer(name: &'static str, example: i64) -> Field {
    whole(name, example, Int::Usual)
}

pub const fn whole(name: &'static str, example: i64, int: Int) -> Field {
    field(name, Kind::Integer(example, int))
}

pub const fn boolean(name: &'static str, example: bool) -> Field {
    field(name, Kind::Boolean(example))
}

pub const fn date(name: &'static str) -> Field {
    field(name, Kind::Date)
}

pub const fn attribute(name: &'static str, example: &'static str) -> Field {
    text(name, example).apart()
}

/// Texts directly in their parent.
pub const fn nested(name: &'static str, item: &'static str, example: &'static [&'static str]) -> Field {
    field(name, Kind::Texts(item, example))
}

/// Texts with an XML element around them.
pub const fn texts(name: &'static str, item: &'static str, example: &'static [&'static str]) -> Field {
    nested(name, item, example).apart()
}

/// Entities directly in their parent.
pub const fn entities(name: &'static str, item: &'static str) -> Field {
    field(name, Kind::Entities(item))
}

/// Entities with an XML element around them.
pub const fn wrapped(name: &'static str, item: &'static str) -> Field {
    entities(name, item).apart()
}

impl Field {
    const fn apart(mut self) -> Self {
        self.apart = true;
        self
    }

    pub const fn always(mut self) -> Self {
        self.always = true;
        self
    }

    pub const fn about(mut self, text: &'static str) -> Self {
        self.about = Some(text);
        self
    }

    pub fn schema(&self) -> Tree {
        let kind = |name: &str| ("type", Tree::from(name));
        let mut entries = match self.kind {
            Kind::Text(_) => vec![kind("string")],
            Kind::Secret(_) => vec![kind("string"), ("writeOnly", Tree::Flag(true))],
            Kind::Integer(_, Int::Usual) => vec![kind("integer"), ("format", "int32".into())],
            Kind::Integer(_, Int::Long) => vec![kind("integer"), ("format", "int64".into())],
            Kind::Boolean(_) => vec![kind("boolean")],
            Kind::Date => vec![("type", list(["integer".into(), "string".into()]))],
            Kind::Texts(item, _) => {
                let item = map([kind("string"), ("xml", map([("name", item.into())]))]);
                vec![kind("array"), ("items", item)]
            }
            Kind::Entities(item) => vec![kind("array"), ("items", reference(item))],
        };
        let about = match self.kind {
            Kind::Date => Some("JSON: milliseconds since 1970-01-01T00:00:00Z; XML: date and time"),
            _ => self.about,
        };
        entries.extend(about.map(|about| ("description", about.into())));
        if self.apart {
            let how = if matches!(self.kind, Kind::Text(_)) {
                "attribute"
            } else {
                "wrapped"
            };
            entries.push(("xml", map([(how, Tree::Flag(true))])));
        }
        map(entries)
    }
}

/// A reference to the schema of an entity.
pub fn reference(name: &str) -> Tree {
    map([("$ref", format!("#/components/schemas/{name}").into())])
}
