//! The OpenAPI document against the routes, and against every recorded body: what the original sends and takes fits
//! the schemas.

mod support;

use std::collections::BTreeSet;

use serde_json::Value;

use support::compat::Compat;
use support::recording::{self, Exchange, Recording, Step};
use support::service::{Service, Settings};
use support::wire::Request;

const BASE: &str = "/plugins/restapi/v1";

fn document() -> Value {
    let service = Service::demo(Settings::demo());
    let request = Request::get(&format!("{BASE}/openapi.json")).header("Authorization", "potato");
    let answer = service.send(&request).expect("an answer");
    assert_eq!(answer.status, 200);
    serde_json::from_str(&answer.text()).expect("a JSON document")
}

#[test]
fn it_describes_every_route_and_no_other() {
    let document = document();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            let id = operation["operationId"].as_str().expect("an identifier");
            let path = path.strip_prefix("/restapi/v1").expect("a path below the base");
            described.insert((method.to_uppercase(), path.to_owned(), id.to_owned()));
        }
    }
    let listed: BTreeSet<_> = Compat::read()
        .rest
        .routes
        .into_iter()
        .map(|route| (route.method, route.path, route.operation))
        .collect();
    assert_eq!(described, listed);
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 100, "{}", references.len());
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference within the document");
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn it_names_the_way_to_authenticate_and_what_is_open() {
    let document = document();
    assert_eq!(document["security"][0]["Secret key auth"], Value::Array(Vec::new()));
    let probe = &document["paths"]["/restapi/v1/system/liveness"]["get"];
    assert_eq!(probe["security"], Value::Array(Vec::new()));
    assert!(document["paths"]["/restapi/v1/users"]["get"]["security"].is_null());
}

#[test]
fn yaml_and_json_say_the_same() {
    let service = Service::demo(Settings::demo());
    let yaml = service
        .send(&Request::get(&format!("{BASE}/openapi.yaml")))
        .expect("an answer");
    assert_eq!(yaml.header("content-type").as_deref(), Some("application/yaml"));
    // Every line of the block style holds a key or an item; its texts are those of the JSON form.
    let text = yaml.text();
    let texts: BTreeSet<&str> = text
        .lines()
        .filter_map(|line| line.split_once(": \""))
        .map(|(_, text)| text)
        .collect();
    let mut wanted = Vec::new();
    collect_texts(&document(), &mut wanted);
    for want in wanted {
        let quoted = Value::from(want.clone()).to_string();
        let in_a_map = texts.contains(&quoted[1..]);
        assert!(in_a_map || text.contains(&format!("- {quoted}\n")), "{want:?}");
    }
}

#[test]
fn recorded_bodies_fit_the_schemas() {
    let document = document();
    let compat = Compat::read();
    let mut checked = 0;
    let mut wrong = Vec::new();
    for path in recording::files() {
        let file = Recording::read(&path);
        for step in file.steps() {
            let Step::Http(exchange) = step else { continue };
            if let Some(found) = check(&document, &compat, &exchange) {
                checked += 1;
                wrong.extend(
                    found
                        .into_iter()
                        .map(|fault| format!("{} {}: {fault}", file.name, exchange.id)),
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{} do not fit:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 1000, "only {checked} bodies were checked");
}

/// The faults of the JSON bodies of a successful exchange; `None` when it has none.
fn check(document: &Value, compat: &Compat, exchange: &Exchange) -> Option<Vec<String>> {
    let (request, response) = (&exchange.request, &exchange.response);
    let id = compat.operation(&request.method, &request.path)?;
    let operation = operation(document, id)?;
    let mut faults = Vec::new();
    let mut checked = false;
    let answered = json(response.body.as_deref()).filter(|_| response.status < 300);
    if let Some(body) = answered {
        let schema = &operation["responses"][response.status.to_string()]["content"]["application/json"]["schema"];
        fit(document, schema, &body, "answer", &mut faults);
        checked = true;
    }
    let is_json = request
        .headers
        .iter()
        .any(|(name, value)| name == "Content-Type" && value == "application/json");
    let taken = json(request.body.as_deref()).filter(|_| response.status < 300 && is_json);
    if let (Some(body), Some(content)) = (taken, operation.get("requestBody")) {
        // Values are read generously (§6.2), so only the names of keys are compared.
        known_keys(
            document,
            &content["content"]["application/json"]["schema"],
            &body,
            "request",
            &mut faults,
        );
        checked = true;
    }
    checked.then_some(faults)
}

fn operation<'a>(document: &'a Value, id: &str) -> Option<&'a Value> {
    let paths = document["paths"].as_object()?.values();
    paths
        .filter_map(Value::as_object)
        .flat_map(|methods| methods.values())
        .find(|operation| operation["operationId"] == id)
}

fn json(body: Option<&str>) -> Option<Value> {
    serde_json::from_str(body?).ok().filter(|body: &Value| body.is_object())
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("a schema"),
        None => schema,
    }
}

/// The alternative that knows the first key of `value`.
fn chosen<'a>(document: &'a Value, schema: &'a Value, value: &Value) -> &'a Value {
    let schema = resolved(document, schema);
    let Some(alternatives) = schema["oneOf"].as_array() else {
        return schema;
    };
    let key = value
        .as_object()
        .and_then(|object| object.keys().next())
        .map_or("", String::as_str);
    let mut alternatives = alternatives.iter().map(|schema| resolved(document, schema));
    alternatives
        .find(|schema| schema["properties"].get(key).is_some())
        .unwrap_or(schema)
}

fn fit(document: &Value, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
    let schema = chosen(document, schema, value);
    let kind = match value {
        Value::Object(_) => "object",
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Number(number) if number.is_i64() => "integer",
        Value::Bool(_) => "boolean",
        Value::Number(_) | Value::Null => "something else",
    };
    let allowed = &schema["type"];
    if allowed != kind && !allowed.as_array().is_some_and(|kinds| kinds.contains(&kind.into())) {
        faults.push(format!("{place} is {kind}, the schema says {allowed}"));
    }
    if let Value::Array(items) = value {
        for item in items {
            fit(document, &schema["items"], item, place, faults);
        }
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(key) {
            Some(schema) => fit(document, schema, value, &format!("{place}.{key}"), faults),
            None => faults.push(format!("{place}.{key} is in no schema")),
        }
    }
}

fn known_keys(document: &Value, schema: &Value, value: &Value, place: &str, faults: &mut Vec<String>) {
    let schema = chosen(document, schema, value);
    for item in value.as_array().into_iter().flatten() {
        known_keys(document, &schema["items"], item, place, faults);
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(key) {
            Some(schema) => known_keys(document, schema, value, &format!("{place}.{key}"), faults),
            None => faults.push(format!("{place}.{key} is in no schema")),
        }
    }
}

fn collect_references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            found.extend(entries.get("$ref").and_then(Value::as_str).map(str::to_owned));
            entries.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

fn collect_texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => entries.values().for_each(|value| collect_texts(value, found)),
        Value::Array(items) => items.iter().for_each(|item| collect_texts(item, found)),
        Value::String(text) => found.push(text.clone()),
        _ => {}
    }
}
