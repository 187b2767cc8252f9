//! A vCard: any well-formed XML document, kept as the element it has (§10.5, with quirk 82: no DOCTYPE).

use quick_xml::events::{BytesCData, BytesEnd, BytesPI, BytesStart, BytesText, Event};
use quick_xml::writer::Writer;
use xml::attribute::OwnedAttribute;
use xml::name::OwnedName;
use xml::namespace::Namespace;
use xml::reader::{ParserConfig, XmlEvent};

use crate::api::openfire::input::{self, BindError};
use crate::api::openfire::output::{escape_attribute, escape_text};

/// The form in which a vCard is stored and given back: its root element with white space, prefixes, attributes,
/// CDATA sections and comments, references resolved; empty elements closed at once, except the root.
///
/// # Errors
/// When the body is no well-formed document, or has a DOCTYPE.
pub fn stored_form(body: &[u8]) -> Result<String, BindError> {
    let config = ParserConfig::new()
        .ignore_comments(false)
        .whitespace_to_characters(true);
    let mut card = Card {
        writer: Writer::new(Vec::new()),
        scopes: Vec::new(),
        pending: None,
    };
    input::for_each_event(body, config, |event| card.event(event))?;
    // every event was text
    String::from_utf8(card.writer.into_inner()).map_err(|error| BindError::Xml(error.to_string()))
}

struct Card {
    writer: Writer<Vec<u8>>,
    /// The namespaces in scope of every open element.
    scopes: Vec<Namespace>,
    /// The last start tag, until it is known whether anything is inside: name, and name with attributes.
    pending: Option<(String, String)>,
}

impl Card {
    fn event(&mut self, event: XmlEvent) {
        match event {
            XmlEvent::StartElement {
                name,
                attributes,
                namespace,
            } => {
                self.flush();
                self.pending = Some((qualified(&name), self.start_tag(&name, attributes, &namespace)));
                self.scopes.push(namespace);
            }
            XmlEvent::EndElement { name } => {
                self.scopes.pop();
                self.end(&qualified(&name));
            }
            // what stands outside the root is dropped
            _ if self.scopes.is_empty() => {}
            XmlEvent::Characters(text) => self.content(Event::Text(BytesText::from_escaped(escape_text(&text)))),
            XmlEvent::CData(text) => self.content(Event::CData(BytesCData::new(text))),
            XmlEvent::Comment(text) => self.content(Event::Comment(BytesText::from_escaped(text))),
            XmlEvent::ProcessingInstruction { name, data } => {
                let content = data.map_or_else(|| name.clone(), |data| format!("{name} {data}"));
                self.content(Event::PI(BytesPI::new(content)));
            }
            _ => {}
        }
    }

    fn content(&mut self, event: Event<'_>) {
        self.flush();
        self.write(event);
    }

    fn flush(&mut self) {
        if let Some((name, tag)) = self.pending.take() {
            self.write(Event::Start(BytesStart::from_content(tag.as_str(), name.len())));
        }
    }

    fn end(&mut self, name: &str) {
        let is_root = self.scopes.is_empty();
        match self.pending.take() {
            Some((_, tag)) if !is_root => self.write(Event::Empty(BytesStart::from_content(tag.as_str(), name.len()))),
            pending => {
                self.pending = pending;
                self.flush();
                self.write(Event::End(BytesEnd::new(name)));
            }
        }
    }

    /// The name, the namespaces that the parent does not have, and the attributes.
    fn start_tag(&self, name: &OwnedName, attributes: Vec<OwnedAttribute>, namespace: &Namespace) -> String {
        let mut tag = qualified(name);
        let outer = self.scopes.last();
        for (prefix, uri) in namespace {
            let is_inherited = match outer {
                Some(outer) => outer.get(prefix) == Some(uri),
                // the parser puts these three into every scope
                None => matches!(prefix, "xml" | "xmlns") || uri.is_empty(),
            };
            if !is_inherited {
                let key = if prefix.is_empty() {
                    "xmlns".to_owned()
                } else {
                    format!("xmlns:{prefix}")
                };
                push_attribute(&mut tag, &key, uri);
            }
        }
        for attribute in attributes {
            push_attribute(&mut tag, &qualified(&attribute.name), &attribute.value);
        }
        tag
    }

    #[expect(clippy::expect_used, reason = "a Vec takes every write")]
    fn write(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("writing to memory");
    }
}

fn push_attribute(tag: &mut String, name: &str, value: &str) {
    tag.push(' ');
    tag.push_str(name);
    tag.push_str("=\"");
    // White space that came as a reference would be blanks to the next reader.
    let value = escape_attribute(value)
        .replace('\t', "&#9;")
        .replace('\n', "&#10;")
        .replace('\r', "&#13;");
    tag.push_str(&value);
    tag.push('"');
}

fn qualified(name: &OwnedName) -> String {
    match &name.prefix {
        Some(prefix) => format!("{prefix}:{}", name.local_name),
        None => name.local_name.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_vcard_comes_back_as_it_was_sent() {
        let same = [
            r#"<vCard xmlns="vcard-temp"><FN>Jane Doe</FN><NICKNAME>jd</NICKNAME></vCard>"#,
            "<vCard>\n  <FN>no namespace</FN>\n</vCard>",
            r#"<vCard xmlns="vcard-temp"></vCard>"#,
            "<other><x/></other>",
            r#"<a xmlns="u"><b xmlns=""><c xmlns:p="q" p:d="&quot;1&quot;"/></b></a>"#,
            "<a><![CDATA[<raw> & ]]><!-- c --><?pi x?></a>",
        ];
        for card in same {
            assert_eq!(stored_form(card.as_bytes()).as_deref(), Ok(card));
        }
    }

    #[test]
    fn what_stands_around_it_is_dropped_and_references_are_resolved() {
        let sent = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<!-- c --><v:vCard xmlns:v=\"vcard-temp\">\n  <v:FN a=\"1\">Jane &amp; &lt;J&gt; &#252; é 日本</v:FN>\n  <v:N><v:FAMILY/><v:GIVEN></v:GIVEN></v:N><v:NOTE><![CDATA[<raw> & ]]></v:NOTE>\n</v:vCard>\n";
        let stored = "<v:vCard xmlns:v=\"vcard-temp\">\n  <v:FN a=\"1\">Jane &amp; &lt;J&gt; ü é 日本</v:FN>\n  <v:N><v:FAMILY/><v:GIVEN/></v:N><v:NOTE><![CDATA[<raw> & ]]></v:NOTE>\n</v:vCard>";
        assert_eq!(stored_form(sent.as_bytes()).as_deref(), Ok(stored));
        assert_eq!(
            stored_form(b"<vCard xmlns='vcard-temp'/>").as_deref(),
            Ok(r#"<vCard xmlns="vcard-temp"></vCard>"#)
        );
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let refused = [
            "",
            " ",
            "no xml",
            "<vCard>",
            "<a/><b/>",
            "<a>&nope;</a>",
            r#"{"FN":"x"}"#,
            "<vCard",
            "<!DOCTYPE a><a/>",
        ];
        for body in refused {
            assert!(stored_form(body.as_bytes()).is_err(), "{body}");
        }
        assert!(stored_form("<!DOCTYPE v [<!ENTITY e \"x\">]><v>&e;</v>".as_bytes()).is_err());
        assert!(stored_form("<a>".repeat(65).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn the_stored_form_is_stable(content in "(<b x='1'>|</b>|<c/>|&amp;|&#13;|[a-z \n\"']|<!\\[CDATA\\[x\\]\\]>|<!--y-->){0,20}") {
            if let Ok(stored) = stored_form(format!("<a>{content}</a>").as_bytes()) {
                prop_assert_eq!(stored_form(stored.as_bytes()), Ok(stored));
            }
        }
    }
}
