//! Bodies in a form in which two that mean the same are equal.

use serde_json::Value;
use xml::reader::{ParserConfig, XmlEvent};

/// What does not count in a comparison.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leniency<'a> {
    /// Lists have no order.
    pub unordered: bool,
    /// JSON keys and XML elements whose values differ from run to run.
    pub mask: &'a [String],
}

/// The comparable form of a body of that type; a body that cannot be read, or is of another type, stands for itself.
pub fn canonical(text: &str, content_type: Option<&str>, leniency: Leniency<'_>) -> String {
    let media = content_type.unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    let read = match media {
        "application/json" => json(text, leniency),
        "application/xml" | "text/xml" if text.trim_start().starts_with('<') => xml(text, leniency),
        _ => None,
    };
    read.unwrap_or_else(|| text.to_owned())
}

fn json(text: &str, leniency: Leniency<'_>) -> Option<String> {
    let value = serde_json::from_str(text).ok()?;
    Some(simplified(value, leniency).to_string())
}

fn simplified(value: Value, leniency: Leniency<'_>) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            let members = members.into_iter().map(|(key, value)| {
                let masked = leniency.mask.contains(&key);
                let value = if masked {
                    Value::from("*")
                } else {
                    simplified(value, leniency)
                };
                (key, value)
            });
            Value::Object(members.collect())
        }
        Value::Array(items) => {
            let items = items.into_iter().map(|item| simplified(item, leniency));
            let mut items: Vec<_> = items.collect();
            if leniency.unordered {
                items.sort_by_cached_key(Value::to_string);
            }
            Value::Array(items)
        }
        other => other,
    }
}

#[derive(Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    /// Text before the first child; what follows a child does not count.
    text: String,
    children: Vec<String>,
}

impl Element {
    fn canonical(mut self, leniency: Leniency<'_>) -> String {
        let masked = leniency.mask.contains(&self.name);
        if masked {
            "*".clone_into(&mut self.text);
            self.children.clear();
        } else if !self.children.is_empty() {
            self.text = self.text.trim().into();
        }
        if leniency.unordered {
            self.children.sort();
        }
        self.attributes.sort();
        let Self {
            name,
            attributes,
            text,
            children,
        } = self;
        format!("[{name:?} {attributes:?} {text:?} {}]", children.join(" "))
    }
}

fn xml(text: &str, leniency: Leniency<'_>) -> Option<String> {
    let config = ParserConfig::new()
        .cdata_to_characters(true)
        .ignore_comments(true)
        .whitespace_to_characters(true);
    let mut open: Vec<Element> = Vec::new();
    for event in config.create_reader(text.as_bytes()) {
        match event.ok()? {
            XmlEvent::StartElement { name, attributes, .. } => open.push(Element {
                name: qualified(&name),
                attributes: attributes
                    .into_iter()
                    .map(|attribute| (qualified(&attribute.name), attribute.value))
                    .collect(),
                ..Element::default()
            }),
            XmlEvent::Characters(characters) => {
                if let Some(element) = open.last_mut().filter(|own| own.children.is_empty()) {
                    element.text += &characters;
                }
            }
            XmlEvent::EndElement { .. } => {
                let done = open.pop()?.canonical(leniency);
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => return Some(done),
                }
            }
            _ => {}
        }
    }
    None
}

fn qualified(name: &xml::name::OwnedName) -> String {
    match &name.namespace {
        Some(namespace) => format!("{{{namespace}}}{}", name.local_name),
        None => name.local_name.clone(),
    }
}
