//! Every recorded exchange: what the original answers is described, and fits its schema.

use serde_json::Value;

use super::demo;
use super::document::{Document, Judged};
use super::support::compat::Compat;
use super::support::recording::{self, Exchange, Recording, Step};

#[test]
fn recorded_answers_are_described_and_fit_their_schemas() {
    let (_service, document) = demo();
    let compat = Compat::read();
    let mut checked = 0;
    let mut wrong = Vec::new();
    for path in recording::files() {
        let file = Recording::read(&path);
        for step in file.steps() {
            let Step::Http(exchange) = step else { continue };
            let Some(faults) = faults(&document, &compat, &exchange) else {
                continue;
            };
            checked += 1;
            // What is answered otherwise on purpose says nothing about the document.
            if compat.deviation(&file.name, &exchange.id).is_none() {
                wrong.extend(
                    faults
                        .into_iter()
                        .map(|fault| format!("{} {}: {fault}", file.name, exchange.id)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{} do not fit:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 3000, "only {checked} exchanges were checked");
}

/// `None` where the exchange calls no operation.
fn faults(document: &Document, compat: &Compat, exchange: &Exchange) -> Option<Vec<String>> {
    let (request, response) = (&exchange.request, &exchange.response);
    // The document describes paths in their usual spelling, and texts that are Unicode.
    let is_unusual = request.path.contains([';', '%']) || request.path.contains("//") || request.path.ends_with('/');
    let is_surrogate = response.body.as_ref().is_some_and(|body| body.contains("\\uD8"));
    if is_unusual || is_surrogate {
        return None;
    }
    let operation = document.operation(compat.operation(&request.method, &request.path)?)?;
    let answer = Judged {
        status: response.status,
        content_type: response.headers.get("content-type").map(String::as_str),
        body: response.body.as_deref(),
    };
    let mut faults = document.faults(operation, &answer);
    let is_json = request
        .headers
        .iter()
        .any(|(name, value)| name == "Content-Type" && value == "application/json");
    if let Some(Ok(sent)) = request
        .body
        .as_deref()
        .filter(|_| is_json && response.status < 300)
        .map(serde_json::from_str)
    {
        // Values are read generously (§6.2), so only the names of keys are compared.
        let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
        unknown_keys(document, schema, &sent, "request", &mut faults);
    }
    Some(faults)
}

fn unknown_keys(document: &Document, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
    let schema = chosen(document, schema, value);
    for item in value.as_array().into_iter().flatten() {
        unknown_keys(document, &schema["items"], item, place, faults);
    }
    for (key, value) in value
        .as_object()
        .into_iter()
        .flatten()
        .filter(|_| schema["type"] == "object")
    {
        match schema["properties"].get(key) {
            Some(schema) => unknown_keys(document, schema, value, &format!("{place}.{key}"), faults),
            None => faults.push(format!("{place}.{key} is in no schema")),
        }
    }
}

/// The alternative that knows the first key of `value`.
fn chosen<'a>(document: &'a Document, schema: &'a Value, value: &Value) -> &'a Value {
    let schema = document.resolved(schema);
    let Some(alternatives) = schema["oneOf"].as_array() else {
        return schema;
    };
    let key = value
        .as_object()
        .and_then(|object| object.keys().next())
        .map_or("", String::as_str);
    let mut alternatives = alternatives.iter().map(|schema| document.resolved(schema));
    alternatives
        .find(|schema| schema["properties"].get(key).is_some())
        .unwrap_or(schema)
}
