//! The OpenAPI document: against the routes, against every recorded exchange, and against what the service answers when
//! it is called with the document's own examples.

mod as_json;
mod document;
mod examples;
mod recorded;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeSet;

use serde_json::Value;

use document::{BASE, Document};
use support::compat::Compat;
use support::service::{Service, Settings};
use support::wire::Request;

fn demo() -> (Service, Document) {
    let service = Service::demo(Settings::demo());
    let document = Document::of(&service);
    (service, document)
}

#[test]
fn it_describes_every_route_and_no_other() {
    let (_service, document) = demo();
    let described: BTreeSet<_> = document
        .operations()
        .map(|(method, path, operation)| {
            let id = operation["operationId"].as_str().expect("an identifier");
            (method.to_uppercase(), path.to_owned(), id.to_owned())
        })
        .collect();
    let compat = Compat::read();
    let routes = compat.rest.routes.into_iter().chain(compat.userservice.routes);
    let listed: BTreeSet<_> = routes
        .map(|route| (route.method, route.path, route.operation))
        .collect();
    assert_eq!(described, listed);
    assert_eq!(described.len(), 71);
}

#[test]
fn the_router_serves_the_methods_that_are_described_and_no_others() {
    let (service, document) = demo();
    let mut paths: Vec<_> = document.operations().map(|(_, path, _)| path).collect();
    paths.dedup();
    for path in paths {
        let described = document.operations().filter(|(_, own, _)| *own == path);
        let described: BTreeSet<_> = described.map(|(method, _, _)| method.to_uppercase()).collect();
        let request = Request::new("OPTIONS", &format!("{BASE}{}", filled(&document, path)));
        let answer = service.send(&request).expect("an answer");
        assert_eq!(answer.status, 200, "{path}");
        let allowed = answer.header("allow").expect("the methods");
        let mut allowed: BTreeSet<_> = allowed.split(',').map(|method| method.trim().to_owned()).collect();
        assert!(allowed.remove("OPTIONS"), "{path}");
        assert_eq!(allowed.remove("HEAD"), described.contains("GET"), "{path}");
        assert_eq!(allowed, described, "{path}");
    }
}

/// The path with the examples of its parameters.
fn filled(document: &Document, path: &str) -> String {
    let mut filled = path.to_owned();
    let operations = document.operations().filter(|(_, own, _)| *own == path);
    for parameter in operations.flat_map(|(_, _, operation)| operation["parameters"].as_array().into_iter().flatten()) {
        if parameter["in"] == "path" {
            let name = parameter["name"].as_str().expect("a name");
            let example = parameter["example"].as_str().expect("an example");
            filled = filled.replace(&format!("{{{name}}}"), example);
        }
    }
    assert!(!filled.contains('{'), "{path} has parameters that are not described");
    filled
}

#[test]
fn every_reference_leads_somewhere() {
    let (_service, document) = demo();
    let mut references = Vec::new();
    collect_references(&document.root, &mut references);
    assert!(references.len() > 500, "{}", references.len());
    for reference in references {
        let pointer = reference.strip_prefix('#').expect("a reference within the document");
        assert!(document.root.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn it_names_the_way_to_authenticate_and_what_is_open() {
    let (mut service, document) = demo();
    assert_eq!(
        document.root["security"][0]["Secret key auth"],
        Value::Array(Vec::new())
    );
    for (_, path, operation) in document.operations() {
        let is_open = path.starts_with("/system/liveness")
            || path.starts_with("/system/readiness")
            || ["/openapi.yaml", "/userservice"].contains(&path);
        assert_eq!(operation["security"] == Value::Array(Vec::new()), is_open, "{path}");
        assert_eq!(operation["responses"].get("401").is_none(), is_open, "{path}");
    }
    service.restart_with(Settings::demo().with("openfire.auth", "basic"));
    let stranger = |file| {
        let answer = service.send(&Request::get(&format!("{BASE}/{file}")));
        answer.expect("an answer").status
    };
    assert_eq!((stranger("openapi.json"), stranger("openapi.yaml")), (401, 200));
    let basic = Request::get(&format!("{BASE}/openapi.json")).header("Authorization", "Basic YWRtaW46YWRtaW4=");
    let basic: Value = serde_json::from_str(&service.send(&basic).expect("an answer").text()).expect("JSON");
    assert_eq!(basic["security"][0]["Admin Console account"], Value::Array(Vec::new()));
    assert_eq!(
        basic["components"]["securitySchemes"]["Admin Console account"]["scheme"],
        "basic"
    );
}

#[test]
fn yaml_and_json_say_the_same() {
    let (service, document) = demo();
    let yaml = service
        .send(&Request::get(&format!("{BASE}/openapi.yaml")))
        .expect("an answer");
    assert_eq!(yaml.header("content-type").as_deref(), Some("application/yaml"));
    let yaml: Value = serde_yaml_ng::from_str(&yaml.text()).expect("YAML");
    assert_eq!(yaml, document.root);
}

#[test]
fn the_page_that_shows_it_is_whole_and_asks_nobody_else() {
    let (service, _) = demo();
    let get = |path: &str| service.send(&Request::get(path)).expect("an answer");
    let page = get("/plugins/restapi/docs/index.html");
    assert_eq!(
        (page.status, page.header("content-type").as_deref()),
        (200, Some("text/html"))
    );
    assert!(page.header("access-control-allow-origin").is_none());
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    let text = page.text();
    let links = text
        .split(['"', '\''])
        .filter(|text| [".js", ".css", ".png"].iter().any(|kind| text.ends_with(kind)));
    let links: Vec<_> = links.collect();
    assert!(links.len() >= 5, "{links:?}");
    for link in links {
        assert!(!link.contains("//"), "{link}");
        let file = get(&format!("/plugins/restapi/docs/{}", link.trim_start_matches("./")));
        assert_eq!(file.status, 200, "{link}");
        assert!(!file.body.is_empty(), "{link}");
    }
    let start = get("/plugins/restapi/docs/swagger-initializer.js").text();
    assert!(start.contains("\"/plugins/restapi/v1/openapi.yaml\""), "{start}");
    for nothing in [
        "/plugins/restapi/docs",
        "/plugins/restapi/docs/",
        "/plugins/restapi/docs/x.html",
        "/plugins/restapi/docs/x/index.html",
    ] {
        assert_eq!(get(nothing).status, 404, "{nothing}");
    }
    let put = service
        .send(&Request::new("PUT", "/plugins/restapi/docs/index.html"))
        .expect("an answer");
    assert_eq!((put.status, put.header("allow").as_deref()), (405, Some("GET, HEAD")));
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
