//! The document as a judge: whether an answer is one that it allows.

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::as_json::as_json;
use super::support::service::Service;
use super::support::wire::Request;

pub const BASE: &str = "/plugins/restapi/v1";

pub struct Document {
    pub root: Value,
    validators: BTreeMap<String, Validator>,
}

/// An answer as far as the document speaks of it.
pub struct Judged<'a> {
    pub status: u16,
    pub content_type: Option<&'a str>,
    pub body: Option<&'a str>,
}

impl Document {
    pub fn of(service: &Service) -> Self {
        let request = Request::get(&format!("{BASE}/openapi.json")).header("Authorization", "potato");
        let answer = service.send(&request).expect("an answer");
        assert_eq!(answer.status, 200);
        let root: Value = serde_json::from_str(&answer.text()).expect("a JSON document");
        let names = root["components"]["schemas"].as_object().expect("schemas").keys();
        let validators = names.map(|name| {
            let schema = json!({"$ref": format!("#/components/schemas/{name}"), "components": root["components"]});
            (name.clone(), jsonschema::draft202012::new(&schema).expect("a schema"))
        });
        let validators = validators.collect();
        Self { root, validators }
    }

    /// Method, template below the base and description of each operation.
    pub fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        let paths = self.root["paths"].as_object().expect("paths");
        paths.iter().flat_map(|(path, methods)| {
            let path = path.strip_prefix("/restapi/v1").expect("a path below the base");
            let methods = methods.as_object().expect("methods");
            methods
                .iter()
                .map(move |(method, operation)| (method.as_str(), path, operation))
        })
    }

    pub fn operation(&self, id: &str) -> Option<&Value> {
        let mut operations = self.operations();
        operations.find_map(|(_, _, operation)| (operation["operationId"] == id).then_some(operation))
    }

    pub fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.root.pointer(&reference[1..]).expect("what is referred to"),
            None => value,
        }
    }

    /// What the document does not allow about an answer of an operation.
    pub fn faults(&self, operation: &Value, answer: &Judged<'_>) -> Vec<String> {
        let Some(response) = operation["responses"].get(answer.status.to_string()) else {
            return vec![format!("status {} is not described", answer.status)];
        };
        let content = &self.resolved(response)["content"];
        let Some(content_type) = answer.content_type else {
            return Vec::new();
        };
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        let range = format!("{}/*", essence.split('/').next().unwrap_or_default());
        let Some(described) = content.get(&essence).or_else(|| content.get(&range)) else {
            return vec![format!("{} with {content_type} is not described", answer.status)];
        };
        match answer.body {
            Some(body) if !body.is_empty() => self.body_faults(&described["schema"], &essence, body),
            _ => Vec::new(),
        }
    }

    /// A schema is one reference, several of which one must fit, or written out.
    fn body_faults(&self, schema: &Value, essence: &str, body: &str) -> Vec<String> {
        let is_xml = essence.ends_with("xml");
        if !is_xml && !essence.ends_with("json") {
            return Vec::new();
        }
        let references = schema["oneOf"]
            .as_array()
            .map_or(std::slice::from_ref(schema), Vec::as_slice);
        let names = references
            .iter()
            .filter_map(|one| one["$ref"].as_str()?.rsplit('/').next());
        let mut faults = Vec::new();
        let mut fitting = 0;
        for name in names {
            let value = if is_xml {
                as_json(self, name, body)
            } else {
                serde_json::from_str(body).ok()
            };
            let Some(value) = value else {
                faults.push(format!("not readable as {name}: {body}"));
                continue;
            };
            let wrong: Vec<_> = self.validators[name]
                .iter_errors(&value)
                .map(|e| format!("{e} at {}", e.instance_path()))
                .collect();
            fitting += usize::from(wrong.is_empty());
            faults.extend(wrong.into_iter().map(|fault| format!("{name}: {fault} in {body}")));
        }
        let is_written_out = schema["$ref"].is_null() && schema["oneOf"].is_null();
        if fitting == 1 || is_written_out {
            Vec::new()
        } else {
            faults
        }
    }
}
