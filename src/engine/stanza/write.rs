//! Writing stanzas. The start tag is written for each recipient, the content once for all.

use super::{Kind, Stanza};
use crate::domain::address::FullAddress;
use crate::engine::xml::{Element, Node, Scope, escape_attribute, escape_text, ns, write_element};

impl Stanza {
    /// The stanza as it goes out, to `to` instead of what it names where that is given.
    pub fn write(&self, to: Option<&FullAddress>, out: &mut Vec<u8>) {
        self.write_in(b"", to, out);
    }

    /// The same as a document of its own, which declares what the header of a stream declares.
    pub fn write_alone(&self, to: Option<&FullAddress>, out: &mut Vec<u8>) {
        let declared = format!(" xmlns='{}' xmlns:stream='{}'", ns::JABBER_CLIENT, ns::STREAM);
        self.write_in(declared.as_bytes(), to, out);
    }

    fn write_in(&self, declared: &[u8], to: Option<&FullAddress>, out: &mut Vec<u8>) {
        let (name, type_) = self.name();
        out.push(b'<');
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(declared);
        write_address(" from='", self.from.as_ref(), out);
        write_address(" to='", to.or(self.to.as_ref()), out);
        write_attribute(" type='", type_, out);
        write_attribute(" id='", self.id.as_deref(), out);
        write_attribute(" xml:lang='", self.lang.as_deref(), out);
        let content = self.content_bytes();
        if content.is_empty() {
            out.extend_from_slice(b"/>");
            return;
        }
        out.push(b'>');
        out.extend_from_slice(content);
        out.extend_from_slice(b"</");
        out.extend_from_slice(name.as_bytes());
        out.push(b'>');
    }

    /// The stanza as an element, to be put into another.
    pub fn to_element(&self) -> Element {
        let (name, type_) = self.name();
        let mut element = Element::new(name, ns::JABBER_CLIENT)
            .with_optional_attr("from", self.from.as_ref())
            .with_optional_attr("to", self.to.as_ref())
            .with_optional_attr("type", type_)
            .with_optional_attr("id", self.id.as_deref());
        if let Some(lang) = &self.lang {
            element = element.with_lang(lang);
        }
        for node in &self.content {
            match node {
                Node::Element(child) => element.push(child.clone()),
                Node::Text(text) => element.push_text(text.as_str()),
            }
        }
        element
    }

    /// The stanza as a document of its own, to be stored.
    pub fn to_text(&self) -> String {
        let mut out = Vec::new();
        write_element(&self.to_element(), Scope::NONE, &mut out);
        String::from_utf8(out).unwrap_or_default()
    }

    /// The content, written at the first use.
    pub fn content_bytes(&self) -> &[u8] {
        self.bytes.get_or_init(|| {
            let mut out = Vec::new();
            for node in &self.content {
                match node {
                    Node::Element(element) => write_element(element, Scope::CLIENT, &mut out),
                    Node::Text(text) => escape_text(text, &mut out),
                }
            }
            out.into_boxed_slice()
        })
    }

    fn name(&self) -> (&'static str, Option<&'static str>) {
        match self.kind {
            Kind::Message(kind) => ("message", kind.name()),
            Kind::Presence(kind) => ("presence", kind.name()),
            Kind::Iq(kind) => ("iq", Some(kind.name())),
        }
    }

    /// Bytes that it takes in a queue, about.
    pub fn weight(&self) -> usize {
        const HEAD: usize = 200;
        HEAD + self.content_bytes().len()
    }
}

fn write_attribute(start: &str, value: Option<&str>, out: &mut Vec<u8>) {
    if let Some(value) = value {
        out.extend_from_slice(start.as_bytes());
        escape_attribute(value, out);
        out.push(b'\'');
    }
}

fn write_address(start: &str, address: Option<&FullAddress>, out: &mut Vec<u8>) {
    let Some(address) = address else { return };
    out.extend_from_slice(start.as_bytes());
    escape_attribute(address.bare.as_str(), out);
    if let Some(resource) = &address.resource {
        out.push(b'/');
        escape_attribute(resource, out);
    }
    out.push(b'\'');
}
