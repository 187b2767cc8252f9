//! XML documents as small trees. The parser is the crate `xml`, since quick-xml does not check that a document is
//! well-formed. No DOCTYPE, so no entities but the five; depth and namespaces in scope are bounded; no recursion.

use xml::namespace::Namespace;
use xml::reader::{EventReader, ParserConfig, XmlEvent};

use super::{BindError, DEEPEST};
use crate::api::body;

/// Namespace prefixes in scope, and bytes of them with their names; the parser copies all of it for every element.
const MOST_PREFIXES: usize = 16;
const LONGEST_NAMESPACES: usize = 2048;

/// An element without namespace. Elements in a namespace are not kept: no entity has any.
#[derive(Debug, Default)]
pub(in crate::api::openfire) struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name)?;
        Some(&found.1)
    }

    /// The text behind the last child element, as the original reads it.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn children<'e>(&'e self, name: &'e str) -> impl DoubleEndedIterator<Item = &'e Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// Reads a document whose root has no namespace.
pub(super) fn parse(body: &[u8]) -> Result<Element, BindError> {
    let config = ParserConfig::new()
        .cdata_to_characters(true)
        .whitespace_to_characters(true);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    for_each_event(body, config, |event| match event {
        XmlEvent::StartElement { name, attributes, .. } => {
            if let Some(parent) = open.last_mut() {
                parent.text.clear();
            }
            let plain = attributes
                .into_iter()
                .filter(|attribute| attribute.name.namespace.is_none());
            let attributes = plain
                .map(|attribute| (attribute.name.local_name, attribute.value))
                .collect();
            // no field has an empty name
            let name = if name.namespace.is_some() {
                String::new()
            } else {
                name.local_name
            };
            open.push(Element {
                name,
                attributes,
                ..Element::default()
            });
        }
        XmlEvent::EndElement { .. } => {
            let element = open.pop();
            match open.last_mut() {
                Some(parent) => parent.children.extend(element.filter(|child| !child.name.is_empty())),
                None => root = element,
            }
        }
        XmlEvent::Characters(text) => {
            if let Some(element) = open.last_mut() {
                element.text.push_str(&text);
            }
        }
        _ => {}
    })?;
    root.ok_or_else(|| BindError::Xml("no root element".to_owned()))
}

/// Reads a well-formed document, event by event.
pub(in crate::api::openfire) fn for_each_event(
    body: &[u8],
    config: ParserConfig,
    mut handle: impl FnMut(XmlEvent),
) -> Result<(), BindError> {
    let text = body::xml_text(body).map_err(|error| BindError::Xml(error.to_string()))?;
    // the parser leaves line ends as they come
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    if has_bracket_in_attribute(&text) {
        return Err(BindError::Xml("`<` in the value of an attribute".to_owned()));
    }
    // the text is UTF-8 by now, whatever its declaration says
    let mut config = config
        .ignore_invalid_encoding_declarations(true)
        .allow_multiple_root_elements(false);
    config.override_encoding = Some(xml::Encoding::Utf8);
    let mut depth = 0_usize;
    for event in EventReader::new_with_config(text.as_bytes(), config) {
        let event = event.map_err(|error| BindError::Xml(error.to_string()))?;
        match &event {
            XmlEvent::Doctype { .. } => return Err(BindError::Xml("a DOCTYPE is not accepted".to_owned())),
            XmlEvent::StartElement { namespace, .. } => {
                depth += 1;
                if depth > DEEPEST || is_too_much(namespace) {
                    return Err(BindError::Xml("nested too deep, or too many namespaces".to_owned()));
                }
            }
            XmlEvent::EndElement { .. } => depth -= 1,
            _ => {}
        }
        handle(event);
    }
    Ok(())
}

fn is_too_much(namespaces: &Namespace) -> bool {
    let bytes: usize = namespaces.0.iter().map(|(prefix, uri)| prefix.len() + uri.len()).sum();
    namespaces.0.len() > MOST_PREFIXES || bytes > LONGEST_NAMESPACES
}

/// Whether a `<` stands in the value of an attribute, which the parser lets pass in front of `/` and `!`.
fn has_bracket_in_attribute(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, markup)) = rest.split_once('<') {
        let skipped = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")];
        let skipped = skipped
            .into_iter()
            .find_map(|(open, close)| Some((markup.strip_prefix(open)?, close)));
        if let Some((content, close)) = skipped {
            rest = content.split_once(close).map_or("", |(_, behind)| behind);
            continue;
        }
        rest = markup;
        // the tag up to its end, value by value; what has no end is refused by the parser
        loop {
            let Some(found) = rest.find(['"', '\'', '>']) else {
                return false;
            };
            let (mark, behind) = rest[found..].split_at(1);
            rest = behind;
            if mark == ">" {
                break;
            }
            let (value, behind) = rest.split_once(mark).unwrap_or((rest, ""));
            if value.contains('<') {
                return true;
            }
            rest = behind;
        }
    }
    false
}
