//! The JSON form of entities (REST API plugin, §6.1): compact, characters above U+FFFF as two escapes.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use super::super::surrogate;
use super::{Entity, FieldWriter, ListNames};

pub(super) fn write<E: Entity>(entity: &E, out: &mut Vec<u8>) {
    out.push(b'{');
    let mut fields = Fields { out, is_first: true };
    entity.fields(&mut fields);
    fields.out.push(b'}');
}

/// Writes any value by the rules of the original.
#[expect(
    clippy::expect_used,
    reason = "a Vec takes every write, and no entity has keys that are not text"
)]
pub(super) fn write_value<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    let mut serializer = serde_json::Serializer::with_formatter(out, JacksonFormatter);
    value.serialize(&mut serializer).expect("writing to memory");
}

/// The fields of one object. Their names are ours and need no escapes.
struct Fields<'o> {
    out: &'o mut Vec<u8>,
    is_first: bool,
}

impl Fields<'_> {
    fn name(&mut self, name: &'static str) {
        if !self.is_first {
            self.out.push(b',');
        }
        self.is_first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    fn put<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        self.name(name);
        write_value(value, self.out);
    }

    fn array<T>(&mut self, name: &'static str, values: &[T], write: impl Fn(&T, &mut Vec<u8>)) {
        self.name(name);
        self.out.push(b'[');
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.out.push(b',');
            }
            write(value, self.out);
        }
        self.out.push(b']');
    }
}

impl FieldWriter for Fields<'_> {
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
        self.array(names.key, values, |value, out| write_value(value.as_ref(), out));
    }

    fn entities<E: Entity>(&mut self, names: ListNames, values: &[E]) {
        self.array(names.key, values, write);
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
        if fragment.is_ascii() || !fragment.bytes().any(|byte| byte >= 0xF0) {
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
