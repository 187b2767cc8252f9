//! JSON documents, read value by value from their text: so a number keeps the text it was written with, which
//! counts where a text is wanted, and nothing recurses into what nobody reads.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::super::surrogate;
use super::{BindError, DEEPEST, Fields, FromFields, Strictness};
use crate::api::body;

/// Reads a document. `None`: nothing at all, or null.
pub(super) fn read<T: FromFields>(document: &[u8], strictness: Strictness) -> Result<Option<T>, BindError> {
    let text = body::json_text(document).map_err(|error| BindError::Json(error.to_string()))?;
    if text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
        return Ok(None);
    }
    if is_too_deep(&text) {
        return Err(BindError::Json(format!("Nested more than {DEEPEST} levels deep")));
    }
    let text = surrogate::keep_in_json(&text);
    let root: &RawValue = serde_json::from_str(&text).map_err(|error| BindError::Json(error.to_string()))?;
    let root = Value(root);
    let entity = match root.kind() {
        Kind::Null => return Ok(None),
        Kind::Object => return read_object(root, strictness).map(Some),
        Kind::Text => T::from_text(root.to_text("")?),
        Kind::List => match root.to_items()?.into_iter().map(|item| item.to_text("")).collect() {
            Ok(texts) => T::from_texts(texts),
            Err(_) => None,
        },
        Kind::Number | Kind::Boolean => None,
    };
    entity
        .map(Some)
        .ok_or_else(|| BindError::Json(format!("Expected an object, found {}", root.kind().name())))
}

/// Counts brackets outside texts, so it is right for every document that is JSON at all.
fn is_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut is_text = false;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' if is_text => drop(bytes.next()),
            b'"' => is_text = !is_text,
            b'[' | b'{' if !is_text => depth += 1,
            b']' | b'}' if !is_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

/// Reads an object, without the wrapper that some clients put around it.
fn read_object<T: FromFields>(root: Value<'_>, strictness: Strictness) -> Result<T, BindError> {
    let object = Object::read(root, strictness)?;
    if let [only] = object.entries.as_slice()
        && strictness == Strictness::Generous
        && only.value.kind() == Kind::Object
        && T::WRAPPERS.iter().any(|name| name.eq_ignore_ascii_case(&only.key))
    {
        return read_fields(Object::read(only.value, strictness)?);
    }
    read_fields(object)
}

/// Reads an entity inside another one.
pub(super) fn read_item<T: FromFields>(value: Value<'_>, strictness: Strictness) -> Result<T, BindError> {
    read_fields(Object::read(value, strictness)?)
}

fn read_fields<T: FromFields>(object: Object<'_>) -> Result<T, BindError> {
    let mut fields = Fields::from_json(object);
    let entity = T::from_fields(&mut fields)?;
    fields.finish(T::IGNORED_KEYS)?;
    Ok(entity)
}

/// A value in its original text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value<'a>(&'a RawValue);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Null,
    Boolean,
    Number,
    Text,
    List,
    Object,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Object => "an object",
        }
    }
}

impl<'a> Value<'a> {
    pub(super) fn kind(self) -> Kind {
        match self.0.get().as_bytes().first() {
            Some(b'"') => Kind::Text,
            Some(b'[') => Kind::List,
            Some(b'{') => Kind::Object,
            Some(b't' | b'f') => Kind::Boolean,
            Some(b'n') => Kind::Null,
            _ => Kind::Number,
        }
    }

    /// The value as it was written.
    pub(super) fn written(self) -> &'a str {
        self.0.get()
    }

    /// A text, or the text of a number or boolean.
    pub(super) fn to_text(self, name: &str) -> Result<String, BindError> {
        match self.kind() {
            Kind::Text => parse(self.0.get()),
            Kind::Number | Kind::Boolean => Ok(self.0.get().to_owned()),
            other => Err(unexpected(name, "a text", other)),
        }
    }

    pub(super) fn to_items(self) -> Result<Vec<Value<'a>>, BindError> {
        let items: Vec<&RawValue> = parse(self.0.get())?;
        Ok(items.into_iter().map(Value).collect())
    }

    /// The value under `name`, where the object has nothing else.
    pub(super) fn only_member(self, name: &str) -> Option<Value<'a>> {
        let members: Members<'a> = parse(self.0.get()).ok()?;
        match members.0.as_slice() {
            [(key, value)] if key.eq_ignore_ascii_case(name) => Some(Value(value)),
            _ => None,
        }
    }
}

pub(super) fn unexpected(name: &str, wanted: &str, found: Kind) -> BindError {
    BindError::Json(format!(
        "Cannot read field \"{name}\": expected {wanted}, found {}",
        found.name()
    ))
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, BindError> {
    serde_json::from_str(text).map_err(|error| BindError::Json(error.to_string()))
}

/// The members of an object in their order, also those with equal names.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// An object being read: each field takes its member, and what is left over in the end is unknown.
pub(super) struct Object<'a> {
    entries: Vec<Entry<'a>>,
    known: Vec<&'static str>,
    strictness: Strictness,
}

struct Entry<'a> {
    key: String,
    value: Value<'a>,
    is_known: bool,
}

impl<'a> Object<'a> {
    fn read(value: Value<'a>, strictness: Strictness) -> Result<Self, BindError> {
        if value.kind() != Kind::Object {
            return Err(BindError::Json(format!(
                "Expected an object, found {}",
                value.kind().name()
            )));
        }
        let members: Members<'a> = parse(value.written())?;
        let entry = |(key, value)| Entry {
            key,
            value: Value(value),
            is_known: false,
        };
        let entries = members.0.into_iter().map(entry).collect();
        Ok(Self {
            entries,
            known: Vec::new(),
            strictness,
        })
    }

    pub(super) fn strictness(&self) -> Strictness {
        self.strictness
    }

    /// The last member with that name. `None`: there is none, or it is null.
    pub(super) fn take(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.known.push(name);
        self.take_also(name)
    }

    /// As `take`, for another spelling of a name.
    pub(super) fn take_also(&mut self, name: &str) -> Option<Value<'a>> {
        let mut last = None;
        for entry in &mut self.entries {
            let is_same = match self.strictness {
                Strictness::Generous => entry.key.eq_ignore_ascii_case(name),
                Strictness::Strict => entry.key == name,
            };
            if is_same {
                entry.is_known = true;
                last = Some(entry.value);
            }
        }
        last.filter(|value| value.kind() != Kind::Null)
    }

    pub(super) fn finish(self, ignored: &[&str]) -> Result<(), BindError> {
        let is_ignored = |key: &str| {
            self.strictness == Strictness::Generous && ignored.iter().any(|name| name.eq_ignore_ascii_case(key))
        };
        let Some(unknown) = self
            .entries
            .iter()
            .find(|entry| !entry.is_known && !is_ignored(&entry.key))
        else {
            return Ok(());
        };
        let known = self
            .known
            .iter()
            .map(|name| format!("\"{name}\""))
            .collect::<Vec<_>>()
            .join(", ");
        Err(BindError::Json(format!(
            "Unrecognized field \"{}\" (known: {known})",
            unknown.key
        )))
    }
}
