//! Reads a document piece by piece: a host, a person, each thing that belongs to the person.

use std::io::BufRead;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::bounded::Bounded;
use super::part::{Part, PartKind};
use super::{PRIVATE, SERVER_DATA};
use crate::domain::account::Password;
use crate::engine::xml::Limits;

/// What comes next.
#[derive(Debug)]
pub enum Item {
    /// The people behind it are of this host.
    Host(String),
    User {
        name: String,
        password: Option<Password>,
    },
    /// Something that belongs to the last user.
    Part(Part),
}

/// What is wrong with a document, and where.
#[derive(Debug, thiserror::Error)]
#[error("byte {position}: {reason}")]
pub struct ReaderError {
    pub position: u64,
    pub reason: String,
}

/// Bytes of a text, a comment or a tag.
const LONGEST: usize = Limits::OWN_TEXT.stanza_bytes;

/// A document that is being read.
pub struct Reader<R> {
    pub(super) xml: NsReader<Bounded<R>>,
    pub(super) buffer: Vec<u8>,
    /// The elements that are open around the next item.
    open: Vec<Place>,
    is_complete: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    ServerData,
    Host,
    User,
    Container(PartKind),
}

impl<R: BufRead> Reader<R> {
    pub fn new(input: R) -> Self {
        Self {
            xml: NsReader::from_reader(Bounded::new(input, LONGEST)),
            buffer: Vec::new(),
            open: Vec::new(),
            is_complete: false,
        }
    }

    /// Bytes that were read so far.
    pub fn position(&self) -> u64 {
        self.xml.buffer_position()
    }

    /// The next item; `None` at the end of the document.
    pub fn read(&mut self) -> Result<Option<Item>, ReaderError> {
        loop {
            let (start, is_empty) = match self.event()? {
                Event::Start(start) => (start, false),
                Event::Empty(start) => (start, true),
                Event::End(_) => {
                    self.open.pop();
                    self.is_complete = self.open.is_empty();
                    continue;
                }
                Event::Eof if self.is_complete => return Ok(None),
                Event::Eof => return Err(self.wrong("the document ends in the middle")),
                Event::DocType(_) => return Err(self.wrong("a document type is not accepted")),
                Event::Text(text) if text.chars().all(|character| character.is_ascii_whitespace()) => continue,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(self.wrong("there is text where none belongs"));
                }
            };
            if let Some(item) = self.enter(&start, is_empty)? {
                return Ok(Some(item));
            }
        }
    }

    /// Enters an element, or takes it whole as a part.
    fn enter(&mut self, start: &BytesStart<'_>, is_empty: bool) -> Result<Option<Item>, ReaderError> {
        let (namespace, name) = self.name_of(start);
        let is = |expected: &str| name == expected && namespace == SERVER_DATA;
        let (place, item) = match self.open.last() {
            None if is("server-data") && !self.is_complete => (Place::ServerData, None),
            None => return Err(self.wrong("this is no document of XEP-0227")),
            Some(Place::ServerData) if is("host") => (Place::Host, Some(Item::Host(self.required(start, "jid")?))),
            Some(Place::Host) if is("user") => (Place::User, Some(self.user(start)?)),
            Some(_) if namespace == "http://www.w3.org/2001/XInclude" => {
                return Err(self.wrong("documents that include others are not read: put them into one"));
            }
            Some(Place::User) => match container(&namespace, &name) {
                Some(kind) => (Place::Container(kind), None),
                None => return self.part(PartKind::Own, start, is_empty).map(Some),
            },
            Some(&Place::Container(kind)) => return self.part(kind, start, is_empty).map(Some),
            Some(Place::ServerData | Place::Host) => return self.part(PartKind::Unread, start, is_empty).map(Some),
        };
        if is_empty {
            self.is_complete = self.open.is_empty();
        } else {
            self.open.push(place);
        }
        Ok(item)
    }

    fn user(&self, start: &BytesStart<'_>) -> Result<Item, ReaderError> {
        let password = self.attribute(start, "password")?.map(Password::new).transpose();
        Ok(Item::User {
            name: self.required(start, "name")?,
            password: password.map_err(|error| self.wrong(error.to_string()))?,
        })
    }

    pub(super) fn event(&mut self) -> Result<Event<'static>, ReaderError> {
        self.buffer.clear();
        self.xml.get_mut().renew();
        match self.xml.read_event_into(&mut self.buffer) {
            Ok(event) => Ok(event.into_owned()),
            Err(cause) => Err(self.wrong(cause.to_string())),
        }
    }

    pub(super) fn wrong(&self, reason: impl Into<String>) -> ReaderError {
        ReaderError {
            position: self.xml.buffer_position(),
            reason: reason.into(),
        }
    }

    fn name_of(&self, start: &BytesStart<'_>) -> (String, String) {
        let (namespace, name) = self.xml.resolver().resolve_element(start.name());
        let namespace = match namespace {
            ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
            _ => String::new(),
        };
        (namespace, name.into_inner().to_owned())
    }

    fn required(&self, start: &BytesStart<'_>, name: &str) -> Result<String, ReaderError> {
        self.attribute(start, name)?
            .ok_or_else(|| self.wrong(format!("an element has no {name}")))
    }

    fn attribute(&self, start: &BytesStart<'_>, name: &str) -> Result<Option<String>, ReaderError> {
        let found = start
            .try_get_attribute(name)
            .map_err(|cause| self.wrong(cause.to_string()))?;
        let value = found
            .map(|attribute| attribute.normalized_value(XmlVersion::Implicit1_0))
            .transpose();
        let value = value.map_err(|cause| self.wrong(cause.to_string()))?;
        Ok(value.map(std::borrow::Cow::into_owned))
    }
}

/// A container whose content is taken part by part.
fn container(namespace: &str, name: &str) -> Option<PartKind> {
    match (namespace, name) {
        (SERVER_DATA, "offline-messages") => Some(PartKind::Offline),
        (PRIVATE, "query") => Some(PartKind::Private),
        ("http://jabber.org/protocol/pubsub" | "http://jabber.org/protocol/pubsub#owner", "pubsub") => {
            Some(PartKind::Published)
        }
        ("urn:xmpp:pie:0#mam", "archive") => Some(PartKind::Unread),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(document: &str) -> Result<Vec<String>, ReaderError> {
        let mut reader = Reader::new(document.as_bytes());
        let mut items = Vec::new();
        while let Some(item) = reader.read()? {
            items.push(match item {
                Item::Host(host) => host,
                Item::User { name, password } => format!("{name} {}", password.is_some()),
                Item::Part(part) => format!("{:?} {}", part.kind, part.text),
            });
        }
        Ok(items)
    }

    #[test]
    fn a_document_is_read_piece_by_piece() {
        let document = "<?xml version='1.0' encoding='UTF-8'?><!-- c -->\n\
            <p:server-data xmlns:p='urn:xmpp:pie:0' xmlns:v='vcard-temp'><p:host jid='example.org'>\n\
            <p:user name='kim' password='a &lt; b'><v:vCard><v:FN>K &amp; co</v:FN><!-- c --></v:vCard>\
            <q xmlns='u'><r a=\"1\"/><![CDATA[<x>]]></q><p:offline-messages><message xmlns='jabber:client'/></p:offline-messages>\
            <query xmlns='jabber:iq:private'><a xmlns='u:a'/><b xmlns='u:b'>1</b></query>\
            <archive xmlns='urn:xmpp:pie:0#mam'><result>x</result></archive></p:user><p:user name='lee'/>\
            </p:host><p:host jid='example.net'/></p:server-data>";
        let expected = [
            "example.org",
            "kim true",
            "Own <v:vCard xmlns:p='urn:xmpp:pie:0' xmlns:v='vcard-temp'><v:FN>K &amp; co</v:FN></v:vCard>",
            "Own <q xmlns='u' xmlns:p='urn:xmpp:pie:0' xmlns:v='vcard-temp'><r a=\"1\"/><![CDATA[<x>]]></q>",
            "Offline <message xmlns='jabber:client' xmlns:p='urn:xmpp:pie:0' xmlns:v='vcard-temp'/>",
            "Private <a xmlns='u:a' xmlns:p='urn:xmpp:pie:0' xmlns:v='vcard-temp'/>",
            "Private <b xmlns='u:b' xmlns:p='urn:xmpp:pie:0' xmlns:v='vcard-temp'>1</b>",
            "Unread ",
            "lee false",
            "example.net",
        ];
        assert_eq!(items(document).unwrap(), expected);
    }

    #[test]
    fn a_part_that_needs_nothing_from_around_it_stays_as_it_is() {
        let part = "<vCard xmlns=\"vcard-temp\"><FN>K</FN><N a = \"'\" /></vCard>";
        let document = format!(
            "<server-data xmlns='urn:xmpp:pie:0'><host jid='h'><user name='k'>{part}</user></host></server-data>"
        );
        assert_eq!(items(&document).unwrap()[2], format!("Own {part}"));
    }

    #[test]
    fn what_never_ends_is_not_kept_in_memory() {
        let endless = |begin: &'static str, rest: &'static [u8]| {
            let rest = std::iter::repeat_n(rest, 2 * LONGEST / rest.len())
                .flatten()
                .copied()
                .collect::<Vec<u8>>();
            let mut reader = Reader::new(std::io::Cursor::new([begin.as_bytes(), &rest].concat()));
            loop {
                match reader.read() {
                    Ok(Some(_)) => {}
                    other => return other.unwrap_err().reason,
                }
            }
        };
        for (begin, rest) in [
            ("<!-- ", &b"x"[..]),
            ("<server-data xmlns='urn:xmpp:pie:0'>", b" "),
            ("<server-data xmlns='urn:xmpp:pie:0' a='", b"x"),
            (
                "<server-data xmlns='urn:xmpp:pie:0'><host jid='h'><user name='k'><a>",
                b"x",
            ),
        ] {
            let reason = endless(begin, rest);
            assert!(reason.contains("is longer than"), "{begin}: {reason}");
        }
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let inside = |content: &str| format!("<server-data xmlns='urn:xmpp:pie:0'>{content}</server-data>");
        let user = |content: &str| inside(&format!("<host jid='h'><user name='k'>{content}</user></host>"));
        for (document, part) in [
            (String::new(), "in the middle"),
            ("text".to_owned(), "text"),
            ("<server-data/>".to_owned(), "XEP-0227"),
            (inside("") + "<again/>", "XEP-0227"),
            (inside("<host/>"), "jid"),
            (inside("<host jid='h'><user/></host>"), "name"),
            (inside("<host jid='h'><user name='k' password=''/></host>"), "password"),
            (inside("text"), "text"),
            ("<!DOCTYPE x><x/>".to_owned(), "document type"),
            (
                inside("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude'/>"),
                "include",
            ),
            (user("<a>&unknown;</a>"), ""),
            (user("<a><b></a></b>"), ""),
            (user("<a x='1' x='2'/>"), ""),
            (user("<a:b/>"), ""),
            (user("<a>\u{1}</a>"), ""),
            (
                "<server-data xmlns='urn:xmpp:pie:0'><host jid='h'>".to_owned(),
                "in the middle",
            ),
        ] {
            let error = items(&document).unwrap_err();
            assert!(error.reason.contains(part), "{document}: {error}");
        }
    }
}
