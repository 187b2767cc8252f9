//! An XML document as the JSON that says the same, by the `xml` remarks of a schema, so that one schema judges both.

use serde_json::{Map, Value};
use xml::reader::{ParserConfig, XmlEvent};

use super::document::Document;

#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
    text: String,
}

/// `None` when it is no document, or not one with the root of that schema.
pub fn as_json(document: &Document, schema: &str, text: &str) -> Option<Value> {
    let is_any_document = schema == "vCard";
    let schema = &document.root["components"]["schemas"][schema];
    let root = read(text)?;
    if schema["xml"]["name"] != root.name.as_str() && !is_any_document {
        return None;
    }
    Some(object(document, schema, &root))
}

/// Whatever the schema does not know keeps its name, so that it is found to be too much.
fn object(document: &Document, schema: &Value, element: &Element) -> Value {
    let schema = document.resolved(schema);
    let Some(properties) = schema["properties"].as_object() else {
        return Value::Object(Map::new());
    };
    let mut object = Map::new();
    for (name, value) in &element.attributes {
        let is_attribute = properties
            .get(name)
            .is_some_and(|known| known["xml"]["attribute"] == true);
        let name = if is_attribute {
            name.clone()
        } else {
            format!("attribute {name}")
        };
        object.insert(name, Value::from(value.clone()));
    }
    for child in &element.children {
        let wrapped = properties
            .get(&child.name)
            .filter(|known| known["xml"]["wrapped"] == true);
        if let Some(list) = wrapped {
            let fitting = child
                .children
                .iter()
                .filter(|item| item.name == item_name(document, list));
            let items = fitting.map(|item| value(document, &list["items"], item));
            object.insert(child.name.clone(), items.collect());
            continue;
        }
        let directly = properties.iter().find(|(_, known)| {
            known["type"] == "array" && known["xml"]["wrapped"] != true && item_name(document, known) == child.name
        });
        if let Some((name, list)) = directly {
            let items = object.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
            items
                .as_array_mut()
                .expect("a list")
                .push(value(document, &list["items"], child));
            continue;
        }
        let known = properties.get(&child.name).unwrap_or(&Value::Null);
        object.insert(child.name.clone(), value(document, known, child));
    }
    // A list without items has nothing in the document that shows it.
    for (name, known) in properties {
        if known["type"] == "array" && known["xml"]["wrapped"] != true {
            object.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
        }
    }
    Value::Object(object)
}

fn item_name<'a>(document: &'a Document, list: &'a Value) -> &'a str {
    let item = document.resolved(&list["items"]);
    item["xml"]["name"].as_str().unwrap_or_default()
}

fn value(document: &Document, schema: &Value, element: &Element) -> Value {
    let schema = document.resolved(schema);
    match schema["type"].as_str() {
        Some("object") => object(document, schema, element),
        Some("integer") => element.text.parse::<i64>().map_or(Value::Null, Value::from),
        Some("boolean") => element.text.parse::<bool>().map_or(Value::Null, Value::from),
        _ => Value::from(element.text.clone()),
    }
}

fn read(text: &str) -> Option<Element> {
    let reader = ParserConfig::new()
        .whitespace_to_characters(true)
        .create_reader(text.as_bytes());
    let mut open = vec![Element::default()];
    for event in reader {
        match event.ok()? {
            XmlEvent::StartElement { name, attributes, .. } => open.push(Element {
                name: name.local_name,
                attributes: attributes
                    .into_iter()
                    .map(|one| (one.name.local_name, one.value))
                    .collect(),
                ..Element::default()
            }),
            XmlEvent::EndElement { .. } => {
                let closed = open.pop()?;
                open.last_mut()?.children.push(closed);
            }
            XmlEvent::Characters(characters) => open.last_mut()?.text += &characters,
            _ => {}
        }
    }
    open.pop()?.children.pop()
}
