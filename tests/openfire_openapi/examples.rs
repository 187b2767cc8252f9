//! The examples of the document, sent to the service in both formats: they work, and the answers are as described.

use std::collections::BTreeSet;

use serde_json::Value;

use super::document::{BASE, Document, Judged};
use super::support::service::Service;
use super::support::wire::{Answer, Request};
use super::{demo, filled};

/// What cannot succeed on a service of its own: there is no cluster.
const NEVER: &[&str] = &["getClusterNode"];

#[test]
fn the_examples_work_and_are_answered_as_described() {
    let (service, document) = demo();
    let mut succeeded = BTreeSet::new();
    let mut wrong = Vec::new();
    for (method, path, operation) in in_order(&document) {
        let id = operation["operationId"].as_str().expect("an identifier");
        for media_type in ["application/xml", "application/json"] {
            let target = target(&document, path, operation);
            for body in bodies(operation, media_type) {
                let mut request =
                    Request::new(&method.to_uppercase(), &target).header("Accept", accepted(operation, media_type));
                if id != "getOpenApiYaml" {
                    request = request.header("Authorization", "potato");
                }
                if let Some(body) = &body {
                    request = request.body(media_type, body.as_str());
                }
                let answer = send(&service, &request);
                let content_type = answer.header("content-type");
                let text = answer.text();
                let judged = Judged {
                    status: answer.status,
                    content_type: content_type.as_deref(),
                    body: Some(&text),
                };
                let faults = document.faults(operation, &judged);
                wrong.extend(faults.into_iter().map(|fault| format!("{id} as {media_type}: {fault}")));
                if answer.status < 300 {
                    succeeded.insert(id.to_owned());
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let all: BTreeSet<_> = document
        .operations()
        .map(|(_, _, operation)| operation["operationId"].as_str().expect("an identifier").to_owned())
        .collect();
    let failed: Vec<_> = all.difference(&succeeded).collect();
    assert_eq!(failed, NEVER);
}

#[test]
fn an_example_in_xml_says_what_the_one_in_json_says() {
    let (_service, document) = demo();
    let mut compared = 0;
    for (_, path, operation) in document.operations() {
        let responses = operation["responses"].as_object().expect("responses").values();
        for content in responses
            .chain([&operation["requestBody"]])
            .map(|one| &document.resolved(one)["content"])
        {
            let Some(examples) = content["application/json"]["examples"].as_object() else {
                continue;
            };
            for (name, example) in examples {
                let xml = content["application/xml"]["examples"][name]["value"]
                    .as_str()
                    .expect("an example in XML");
                let mut xml = super::as_json::as_json(&document, name, xml).expect("a document");
                let mut json = example["value"].clone();
                // A date is a number in one form and a text in the other.
                forget_dates(&mut xml);
                forget_dates(&mut json);
                assert_eq!(xml, json, "{path} {name}");
                compared += 1;
            }
        }
    }
    assert!(compared > 50, "{compared}");
}

fn forget_dates(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|key, _| !key.ends_with("Date") && key != "joinedTime");
            entries.values_mut().for_each(forget_dates);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_dates),
        _ => {}
    }
}

/// What makes comes before what needs it, and what removes last; of those that remove, what is deepest first.
fn in_order(document: &Document) -> Vec<(&str, &str, &Value)> {
    let mut all: Vec<_> = document.operations().collect();
    all.sort_by_key(|(method, path, _)| {
        let depth = path.matches('/').count();
        match *method {
            "post" => (0, depth, 0),
            "put" => (0, depth, 1),
            "get" => (1, depth, 0),
            _ => (2, 9 - depth, 0),
        }
    });
    all
}

fn target(document: &Document, path: &str, operation: &Value) -> String {
    let parameters = operation["parameters"].as_array().into_iter().flatten();
    let query = parameters
        .filter(|parameter| parameter["in"] == "query")
        .map(|parameter| {
            let value = match &parameter["example"] {
                Value::String(text) => text.replace(' ', "+"),
                other => other.to_string(),
            };
            format!("{}={value}", parameter["name"].as_str().expect("a name"))
        });
    let query: Vec<_> = query.collect();
    format!("{BASE}{}?{}", filled(document, path), query.join("&"))
}

/// The examples of the request, or nothing where it takes none.
fn bodies(operation: &Value, media_type: &str) -> Vec<Option<String>> {
    let content = &operation["requestBody"]["content"];
    if content.is_null() || content[media_type].is_null() && !content["application/x-www-form-urlencoded"].is_null() {
        return vec![None];
    }
    let examples = content[media_type]["examples"].as_object().into_iter().flatten();
    let texts = examples.map(|(_, example)| match &example["value"] {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    });
    texts.map(Some).collect()
}

/// The media type, where the operation produces it.
fn accepted<'a>(operation: &'a Value, media_type: &'a str) -> &'a str {
    let success = operation["responses"]
        .as_object()
        .expect("responses")
        .iter()
        .next()
        .expect("a success")
        .1;
    let produced = success["content"].as_object();
    match produced {
        Some(produced) if !produced.contains_key(media_type) => produced.keys().next().expect("a type"),
        _ => media_type,
    }
}

fn send(service: &Service, request: &Request) -> Answer {
    service.send(request).expect("an answer")
}
