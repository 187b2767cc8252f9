//! The XML form of entities (REST API plugin, §5.1): no white space between elements, no namespaces, the
//! escapes of the original. Characters that XML forbids are dropped (quirk 60).

use std::borrow::Cow;
use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::writer::Writer;

use super::super::negotiate::Format;
use super::super::surrogate;
use super::{Entity, FieldWriter, ListNames};

pub(super) const DECLARATION: &[u8] = br#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// Writes the element of an entity, without a declaration.
pub(super) fn write<E: Entity>(format: Format, entity: &E, out: &mut Vec<u8>) {
    let mut output = Output {
        writer: Writer::new(out),
        charset: if format == Format::XmlInAscii {
            Charset::Ascii
        } else {
            Charset::Unicode
        },
        tag: String::with_capacity(64),
        value: String::new(),
    };
    output.entity(entity);
}

/// The document under construction and two pieces of memory that all its fields share.
struct Output<'o> {
    writer: Writer<&'o mut Vec<u8>>,
    charset: Charset,
    /// The start tag that has not been written yet.
    tag: String,
    value: String,
}

impl Output<'_> {
    #[expect(clippy::expect_used, reason = "a Vec takes every write")]
    fn event(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("writing to memory");
    }

    fn start(&mut self, name: &str) {
        self.event(Event::Start(BytesStart::new(name)));
    }

    fn end(&mut self, name: &str) {
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn element(&mut self, name: &str, text: &str) {
        self.start(name);
        self.event(Event::Text(BytesText::from_escaped(escape(
            text,
            Place::Text,
            self.charset,
        ))));
        self.end(name);
    }

    fn entity<E: Entity>(&mut self, entity: &E) {
        let root = entity.root();
        self.tag.clear();
        self.tag.push_str(root);
        let mut fields = Fields {
            output: self,
            root,
            is_open: false,
            starts: E::ALPHABETICAL.then(Vec::new),
        };
        entity.fields(&mut fields);
        fields.finish();
    }
}

/// The fields of one element. Its start tag is written with the first child, so that attributes can be added to it
/// and an element without children closes itself.
struct Fields<'f, 'o> {
    output: &'f mut Output<'o>,
    root: &'static str,
    is_open: bool,
    /// For alphabetical order: where the element of each field begins.
    starts: Option<Vec<(&'static str, usize)>>,
}

impl Fields<'_, '_> {
    fn begin(&mut self, name: &'static str) {
        if !self.is_open {
            let tag = std::mem::take(&mut self.output.tag);
            self.output
                .event(Event::Start(BytesStart::from_content(tag.as_str(), self.root.len())));
            self.output.tag = tag;
            self.is_open = true;
        }
        if let Some(starts) = &mut self.starts {
            starts.push((name, self.output.writer.get_mut().len()));
        }
    }

    fn finish(mut self) {
        if !self.is_open {
            let tag = std::mem::take(&mut self.output.tag);
            self.output
                .event(Event::Empty(BytesStart::from_content(tag.as_str(), self.root.len())));
            self.output.tag = tag;
            return;
        }
        if let Some(starts) = self.starts.take() {
            sort_elements(self.output.writer.get_mut(), starts);
        }
        self.output.end(self.root);
    }

    fn value(&mut self, name: &'static str, value: std::fmt::Arguments<'_>) {
        self.begin(name);
        let mut text = std::mem::take(&mut self.output.value);
        text.clear();
        // a String takes every write
        text.write_fmt(value).ok();
        self.output.element(name, &text);
        self.output.value = text;
    }
}

impl FieldWriter for Fields<'_, '_> {
    fn text(&mut self, name: &'static str, value: &str) {
        self.begin(name);
        self.output.element(name, value);
    }

    fn integer(&mut self, name: &'static str, value: i64) {
        self.value(name, format_args!("{value}"));
    }

    fn boolean(&mut self, name: &'static str, value: bool) {
        self.text(name, if value { "true" } else { "false" });
    }

    fn date(&mut self, name: &'static str, value: Timestamp) {
        self.value(name, format_args!("{}", DateText(value)));
    }

    fn attribute(&mut self, name: &'static str, value: &str) {
        debug_assert!(!self.is_open, "attributes come first");
        let charset = self.output.charset;
        let tag = &mut self.output.tag;
        tag.push(' ');
        tag.push_str(name);
        tag.push_str("=\"");
        tag.push_str(&escape(value, Place::Attribute, charset));
        tag.push('"');
    }

    fn texts<T: AsRef<str>>(&mut self, names: ListNames, values: &[T]) {
        self.list(names, values, |output, value| {
            output.element(names.item, value.as_ref());
        });
    }

    fn entities<E: Entity>(&mut self, names: ListNames, values: &[E]) {
        self.list(names, values, Output::entity);
    }
}

impl<'o> Fields<'_, 'o> {
    fn list<T>(&mut self, names: ListNames, values: &[T], write: impl Fn(&mut Output<'o>, &T)) {
        let Some(wrapper) = names.wrapper else {
            for value in values {
                self.begin(names.item);
                write(self.output, value);
            }
            return;
        };
        self.begin(wrapper);
        if values.is_empty() {
            self.output.event(Event::Empty(BytesStart::new(wrapper)));
            return;
        }
        self.output.start(wrapper);
        for value in values {
            write(self.output, value);
        }
        self.output.end(wrapper);
    }
}

/// Brings the elements that begin at `starts`, the last of which ends the buffer, into alphabetical order.
fn sort_elements(out: &mut Vec<u8>, mut starts: Vec<(&'static str, usize)>) {
    let Some(&(_, first)) = starts.first() else {
        return;
    };
    let unsorted = out.split_off(first);
    let ends: Vec<usize> = starts
        .iter()
        .skip(1)
        .map(|(_, start)| *start)
        .chain([first + unsorted.len()])
        .collect();
    let mut elements: Vec<_> = starts.drain(..).zip(ends).collect();
    elements.sort_by_key(|((name, _), _)| *name);
    for ((_, start), end) in elements {
        out.extend_from_slice(&unsorted[start - first..end - first]);
    }
}

/// Date and time as Java writes them in XML: in UTC, with exactly three digits of milliseconds or none.
pub(super) struct DateText(pub Timestamp);

impl std::fmt::Display for DateText {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = self.0.to_zoned(TimeZone::UTC).datetime();
        write!(
            out,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )?;
        if at.millisecond() != 0 {
            write!(out, ".{:03}", at.millisecond())?;
        }
        out.write_str("Z")
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Charset {
    Unicode,
    /// Everything else is a reference.
    Ascii,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Text,
    Attribute,
}

/// Escapes the text of an element.
pub(in crate::api::openfire) fn escape_text(text: &str) -> Cow<'_, str> {
    escape(text, Place::Text, Charset::Unicode)
}

/// Escapes the value of an attribute in double quotes.
pub(in crate::api::openfire) fn escape_attribute(text: &str) -> Cow<'_, str> {
    escape(text, Place::Attribute, Charset::Unicode)
}

/// Escapes as the original does; quick-xml's own functions escape apostrophes and quotes in text too.
fn escape(text: &str, place: Place, charset: Charset) -> Cow<'_, str> {
    let is_plain = |byte: u8| match byte {
        // the last two lead the bytes of U+FFFE and U+FFFF, and of the mark of a lone surrogate
        b'&' | b'<' | b'>' | b'"' | 0xEF | 0xF4 => false,
        _ => byte >= b' ' || byte == b'\t',
    };
    if text.bytes().all(is_plain) && (charset == Charset::Unicode || text.is_ascii()) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' if place == Place::Attribute => escaped.push_str("&quot;"),
            '\n' if place == Place::Attribute => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' => escaped.push(character),
            '\0'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => {}
            _ if surrogate::half_kept_in(character, characters.peek().copied()).is_some() => {
                characters.next();
            }
            // a String takes every write
            _ if charset == Charset::Ascii && !character.is_ascii() => {
                write!(escaped, "&#{};", u32::from(character)).ok();
            }
            _ => escaped.push(character),
        }
    }
    Cow::Owned(escaped)
}
