//! Writing stanzas. The start tag is written for each recipient, the content once for all.

use super::{Kind, Stanza};
use crate::domain::address::FullAddress;
use crate::engine::xml::{Node, Scope, escape_attribute, escape_text, write_element};

impl Stanza {
    /// The stanza as it goes out, to `to` instead of what it names where that is given.
    pub fn write(&self, to: Option<&FullAddress>, out: &mut Vec<u8>) {
        let (name, type_) = match self.kind {
            Kind::Message(kind) => ("message", kind.name()),
            Kind::Presence(kind) => ("presence", kind.name()),
            Kind::Iq(kind) => ("iq", Some(kind.name())),
        };
        out.push(b'<');
        out.extend_from_slice(name.as_bytes());
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
