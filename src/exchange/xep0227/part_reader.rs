//! Reading one part as a whole.

use std::io::BufRead;

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::PrefixDeclaration;

use super::part::{Part, PartKind};
use super::reader::{Item, Reader, ReaderError};
use crate::engine::xml::{Element, Limits, escape_attribute, parse_element};

/// The most bytes of one part.
const LONGEST: usize = Limits::OWN_TEXT.stanza_bytes;

impl<R: BufRead> Reader<R> {
    /// Reads the whole element that begins with `start`.
    pub(super) fn part(&mut self, kind: PartKind, start: &BytesStart<'_>, is_empty: bool) -> Result<Item, ReaderError> {
        let mut text = self.start_tag(start, is_empty);
        let mut depth = usize::from(!is_empty);
        while depth > 0 {
            match self.event()? {
                Event::Start(start) => {
                    depth += 1;
                    text.push_str(&format!("<{}>", &*start));
                }
                Event::End(end) => {
                    depth -= 1;
                    text.push_str(&format!("</{}>", &*end));
                }
                Event::Empty(start) => text.push_str(&format!("<{}/>", &*start)),
                Event::Text(content) => text.push_str(&content),
                Event::GeneralRef(name) => text.push_str(&format!("&{};", &*name)),
                Event::CData(content) => text.push_str(&format!("<![CDATA[{}]]>", &*content)),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Decl(_) | Event::DocType(_) => return Err(self.wrong("there is a declaration in the middle")),
                Event::Eof => return Err(self.wrong("the document ends in the middle")),
            }
            if kind == PartKind::Unread {
                text.clear();
            } else if text.len() > LONGEST {
                return Err(self.wrong(format!("an element is longer than {LONGEST} bytes")));
            }
        }
        if kind == PartKind::Unread {
            text.clear();
        }
        let element = match kind {
            PartKind::Unread => Ok(Element::new("unread", "")),
            _ => parse_element(&text, Limits::OWN_TEXT),
        };
        let element = element.map_err(|fault| self.wrong(fault.to_string()))?;
        Ok(Item::Part(Part { kind, element, text }))
    }

    /// The tag with the declarations of namespaces around it that it does not make itself.
    fn start_tag(&self, start: &BytesStart<'_>, is_empty: bool) -> String {
        let mut tag = format!("<{}", start.trim_end());
        let own: Vec<_> = start
            .attributes()
            .filter_map(Result::ok)
            .filter_map(|attribute| attribute.key.as_namespace_binding())
            .collect();
        for (prefix, namespace) in self.xml.resolver().bindings() {
            let namespace = namespace.into_inner();
            let key = match prefix {
                _ if own.contains(&prefix) => continue,
                PrefixDeclaration::Default if namespace.is_empty() => continue,
                PrefixDeclaration::Default => "xmlns".to_owned(),
                PrefixDeclaration::Named(prefix) => format!("xmlns:{prefix}"),
            };
            let mut value = Vec::new();
            escape_attribute(namespace, &mut value);
            tag.push_str(&format!(" {key}='{}'", String::from_utf8_lossy(&value)));
        }
        tag.push_str(if is_empty { "/>" } else { ">" });
        tag
    }
}
