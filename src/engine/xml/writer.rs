//! Writes elements. Every namespace is declared anew, whatever prefixes it arrived with; characters that XML 1.0 does
//! not allow are replaced by U+FFFD, so that no text can break a stream.

use std::fmt;

use super::element::{Attribute, Element, Node};
use super::ns;

/// What is declared around the place where an element is written.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    default: &'a str,
    stream_prefix: bool,
}

impl<'a> Scope<'a> {
    /// A document of its own, as in a WebSocket message (RFC 7395).
    pub const NONE: Scope<'static> = Scope {
        default: "",
        stream_prefix: false,
    };
    /// Below the header of a client's stream.
    pub const CLIENT: Scope<'static> = Scope::stream(ns::JABBER_CLIENT);
    /// Below the header of a server's stream.
    pub const SERVER: Scope<'static> = Scope::stream(ns::JABBER_SERVER);

    /// Below a stream header that declares `content` as the default and `stream` as the prefix of streams.
    pub const fn stream(content: &'a str) -> Self {
        Self {
            default: content,
            stream_prefix: true,
        }
    }

    /// The same place below a start tag that declares `default`.
    pub const fn with_default(self, default: &'a str) -> Self {
        Self { default, ..self }
    }

    fn has_prefix_for(self, namespace: &str) -> bool {
        self.stream_prefix && namespace == ns::STREAM && self.default != ns::STREAM
    }
}

/// The element as a document of its own.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        write_element(self, Scope::NONE, &mut bytes);
        f.write_str(&String::from_utf8_lossy(&bytes))
    }
}

/// Appends the element to `out`.
pub fn write_element(element: &Element, scope: Scope<'_>, out: &mut Vec<u8>) {
    let namespace = element.ns();
    let prefix: &[u8] = if scope.has_prefix_for(namespace) {
        b"stream:"
    } else {
        b""
    };
    let name = element.name().as_bytes();
    out.push(b'<');
    out.extend_from_slice(prefix);
    out.extend_from_slice(name);
    let inner = if prefix.is_empty() && namespace != scope.default {
        out.extend_from_slice(b" xmlns='");
        escape_attribute(namespace, out);
        out.push(b'\'');
        scope.with_default(namespace)
    } else {
        scope
    };
    write_attributes(element.attributes(), out);
    if element.nodes().is_empty() {
        out.extend_from_slice(b"/>");
        return;
    }
    out.push(b'>');
    write_content(element, inner, out);
    out.extend_from_slice(b"</");
    out.extend_from_slice(prefix);
    out.extend_from_slice(name);
    out.push(b'>');
}

/// Appends what is between the tags of the element, for a start tag that was written by hand and is part of `scope`.
pub fn write_content(element: &Element, scope: Scope<'_>, out: &mut Vec<u8>) {
    for node in element.nodes() {
        match node {
            Node::Element(child) => write_element(child, scope, out),
            Node::Text(text) => escape_text(text, out),
        }
    }
}

fn write_attributes(attributes: &[Attribute], out: &mut Vec<u8>) {
    for (at, attribute) in attributes.iter().enumerate() {
        out.push(b' ');
        match attribute.ns.as_str() {
            "" => {}
            ns::XML => out.extend_from_slice(b"xml:"),
            namespace => {
                let same = |earlier: &Attribute| earlier.ns == attribute.ns;
                let first = attributes[..at].iter().position(same).unwrap_or(at);
                let prefix = format!("ns{first}");
                if first == at {
                    out.extend_from_slice(b"xmlns:");
                    out.extend_from_slice(prefix.as_bytes());
                    out.extend_from_slice(b"='");
                    escape_attribute(namespace, out);
                    out.extend_from_slice(b"' ");
                }
                out.extend_from_slice(prefix.as_bytes());
                out.push(b':');
            }
        }
        out.extend_from_slice(attribute.name.as_str().as_bytes());
        out.extend_from_slice(b"='");
        escape_attribute(&attribute.value, out);
        out.push(b'\'');
    }
}

/// Appends the text as it stands between tags.
pub fn escape_text(text: &str, out: &mut Vec<u8>) {
    escape(text, out, |byte| match byte {
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'&' => Some("&amp;"),
        b'\r' => Some("&#13;"),
        _ => None,
    });
}

/// Appends the value as it stands between quotes of either kind.
pub fn escape_attribute(value: &str, out: &mut Vec<u8>) {
    escape(value, out, |byte| match byte {
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'&' => Some("&amp;"),
        b'\'' => Some("&apos;"),
        b'"' => Some("&quot;"),
        b'\t' => Some("&#9;"),
        b'\n' => Some("&#10;"),
        b'\r' => Some("&#13;"),
        _ => None,
    });
}

#[inline]
fn escape(text: &str, out: &mut Vec<u8>, reference: impl Fn(u8) -> Option<&'static str>) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len());
    let mut written = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        let (replacement, length) = match byte {
            b'\t' | b'\n' | b'\r' | b'"' | b'&' | b'\'' | b'<' | b'>' => (reference(byte), 1),
            0..0x20 => (Some("\u{FFFD}"), 1),
            // U+FFFE and U+FFFF; surrogates, the other characters that are none of XML, are not in a string.
            0xEF if matches!(bytes.get(at + 1..at + 3), Some([0xBF, 0xBE | 0xBF])) => (Some("\u{FFFD}"), 3),
            _ => continue,
        };
        if let Some(replacement) = replacement {
            out.extend_from_slice(&bytes[written..at]);
            out.extend_from_slice(replacement.as_bytes());
            written = at + length;
        }
    }
    out.extend_from_slice(&bytes[written..]);
}
