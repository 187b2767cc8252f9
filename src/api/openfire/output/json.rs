//! The JSON form of entities (REST API plugin, §6.1): compact, characters above U+FFFF as two escapes.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use super::super::surrogate;
use super::{Entity, FieldWriter, ListNames};

pub(super) fn write<E: Entity>(entity: &E, out: &mut Vec<u8>) {
    write_value(&AsJson(entity), out);
}

/// Writes any value by the rules of the original.
#[expect(
    clippy::expect_used,
    reason = "a Vec takes every write, and no entity has keys that are not text"
)]
pub(super) fn write_value<T: Serialize>(value: &T, out: &mut Vec<u8>) {
    let mut serializer = serde_json::Serializer::with_formatter(out, JacksonFormatter);
    value.serialize(&mut serializer).expect("writing to memory");
}

struct AsJson<'e, E>(&'e E);

impl<E: Entity> Serialize for AsJson<'_, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = Fields {
            map: serializer.serialize_map(None)?,
            failure: None,
        };
        self.0.fields(&mut fields);
        match fields.failure {
            Some(failure) => Err(failure),
            None => fields.map.end(),
        }
    }
}

struct Fields<M: SerializeMap> {
    map: M,
    failure: Option<M::Error>,
}

impl<M: SerializeMap> Fields<M> {
    fn put<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) {
        if self.failure.is_none() {
            self.failure = self.map.serialize_entry(name, value).err();
        }
    }
}

impl<M: SerializeMap> FieldWriter for Fields<M> {
    fn text(&mut self, name: &'static str, value: &str) {
        self.put(name, value);
    }

    fn integer(&mut self, name: &'static str, value: i64) {
        self.put(name, &value);
    }

    fn boolean(&mut self, name: &'static str, value: bool) {
        self.put(name, &value);
    }

    fn date(&mut self, name: &'static str, value: Timestamp) {
        self.put(name, &value.as_millisecond());
    }

    fn attribute(&mut self, name: &'static str, value: &str) {
        self.put(name, value);
    }

    fn texts<T: AsRef<str>>(&mut self, names: ListNames, values: &[T]) {
        self.put(names.key, &Texts(values));
    }

    fn entities<E: Entity>(&mut self, names: ListNames, values: &[E]) {
        self.put(names.key, &Entities(values));
    }
}

struct Texts<'v, T>(&'v [T]);

impl<T: AsRef<str>> Serialize for Texts<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(AsRef::as_ref))
    }
}

struct Entities<'v, E>(&'v [E]);

impl<E: Entity> Serialize for Entities<'_, E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(AsJson))
    }
}

/// Compact, with the escapes of the original's library where they differ from those of serde_json.
struct JacksonFormatter;

impl Formatter for JacksonFormatter {
    fn write_char_escape<W: ?Sized + Write>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        match escape {
            CharEscape::AsciiControl(byte) => write!(writer, "\\u{byte:04X}"),
            other => CompactFormatter.write_char_escape(writer, other),
        }
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // only characters above U+FFFF have lead bytes from F0 on
        if !fragment.bytes().any(|byte| byte >= 0xF0) {
            return writer.write_all(fragment.as_bytes());
        }
        let mut characters = fragment.chars().peekable();
        while let Some(character) = characters.next() {
            if character <= '\u{FFFF}' {
                writer.write_all(character.encode_utf8(&mut [0; 4]).as_bytes())?;
            } else if let Some(half) = surrogate::half_kept_in(character, characters.peek().copied()) {
                characters.next();
                write!(writer, "\\u{half:04X}")?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04X}")?;
                }
            }
        }
        Ok(())
    }
}
