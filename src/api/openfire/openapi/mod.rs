//! The OpenAPI document (§10.20), made of the table of operations and the descriptions of operations and entities.
//! It names fields as they stand on the wire, where that of the original does not.

mod entities;
mod operations;
mod tree;

use std::sync::LazyLock;

use futures::FutureExt;
use futures::future::BoxFuture;
use http::Method;

use super::call::{Call, Exchange};
use super::operation::{Consumes, Handler, Operation, Outcome, Produces};
use super::reply::Reply;
use super::routes::{BASE, operations};
use crate::domain::access::AuthMode;
use entities::{reference, schemas};
use operations::{DESCRIPTIONS, Description, PARAMETERS, Parameter};
use tree::{Tree, list, map};

pub const OPERATIONS: &[Operation] = &[
    Operation::open("/openapi.yaml", "getOpenApiYaml", |call| yaml(call)).producing(Produces::Only(YAML)),
    Operation::get("/openapi.json", "getOpenApiJson", |call| json(call).boxed()).producing(Produces::Only(JSON)),
];

const YAML: &str = "application/yaml";
const JSON: &str = "application/json";
const XML: &str = "application/xml";

/// The version of the plugin that is imitated.
const VERSION: &str = "1.12.1";

/// Every path is below this one.
const SERVER: &str = "/plugins";

/// Statuses that carry no entity, and what they mean.
const BARE: &[(u16, &str)] = &[
    (401, "No valid credentials, or an address that may not call"),
    (503, "Not well"),
];

/// Statuses that carry an `error` entity, or nothing when the request itself is at fault.
const ERRORS: &[(u16, &str)] = &[
    (400, "The request cannot be understood, or a value is not allowed"),
    (403, "The API is disabled, or this is not allowed"),
    (404, "There is no such thing"),
    (409, "It exists already, or contradicts what is"),
];

/// The tag of a path: of the first beginning that fits.
const TAGS: &[(&str, &str)] = &[
    ("/users/{username}/groups", "User Group"),
    ("/groups", "User Group"),
    ("/users", "Users"),
    ("/lockouts", "Users"),
    ("/chatservices", "Chat service"),
    ("/chatrooms", "Chat room"),
    ("/messages", "Message"),
    ("/archive", "Message Archive"),
    ("/logs", "Security Audit Log"),
    ("/sessions", "Client Sessions"),
    ("/system/statistics", "Statistics"),
    ("/clustering", "Clustering"),
    ("", "System"),
];

/// The document in both formats.
struct Document {
    yaml: String,
    json: String,
}

static FOR_BASIC: LazyLock<Document> = LazyLock::new(|| Document::of(&document(AuthMode::Basic)));
static FOR_SECRET: LazyLock<Document> = LazyLock::new(|| Document::of(&document(AuthMode::Secret)));

impl Document {
    fn of(tree: &Tree) -> Self {
        Self {
            yaml: tree.to_yaml(),
            json: tree.to_json(),
        }
    }

    /// The document for the present way to authenticate.
    fn current(call: &Exchange) -> &'static Self {
        match call.context().admin().settings().access().mode {
            AuthMode::Basic => &FOR_BASIC,
            AuthMode::Secret => &FOR_SECRET,
        }
    }
}

fn yaml(call: &Exchange) -> BoxFuture<'_, Outcome> {
    let reply = Reply::text(YAML, Document::current(call).yaml.as_str());
    std::future::ready(Ok(reply)).boxed()
}

async fn json(call: &Call) -> Outcome {
    Ok(Reply::text(JSON, Document::current(call).json.as_str()))
}

fn document(mode: AuthMode) -> Tree {
    let (scheme, security) = match mode {
        AuthMode::Basic => (
            "Admin Console account",
            map([("type", Tree::from("http")), ("scheme", "basic".into())]),
        ),
        AuthMode::Secret => (
            "Secret key auth",
            map([
                ("type", Tree::from("apiKey")),
                ("in", "header".into()),
                ("name", "Authorization".into()),
            ]),
        ),
    };
    map([
        ("openapi", "3.1.0".into()),
        (
            "info",
            map([("title", Tree::from("Openfire REST API")), ("version", VERSION.into())]),
        ),
        ("servers", list([map([("url", Tree::from(SERVER))])])),
        ("security", list([map([(scheme, list([]))])])),
        ("paths", paths()),
        (
            "components",
            map([
                ("schemas", schemas()),
                ("responses", map(responses())),
                ("securitySchemes", map([(scheme, security)])),
            ]),
        ),
    ])
}

fn paths() -> Tree {
    let base = BASE.strip_prefix(SERVER).unwrap_or(BASE);
    let mut paths: Vec<(String, Vec<(String, Tree)>)> = Vec::new();
    for operation in operations() {
        let path = format!("{base}{}", operation.path);
        let entry = (operation.method.as_str().to_lowercase(), described(operation));
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => methods.push(entry),
            None => paths.push((path, vec![entry])),
        }
    }
    map(paths.into_iter().map(|(path, methods)| (path, Tree::Map(methods))))
}

fn described(operation: &Operation) -> Tree {
    let description = DESCRIPTIONS.iter().find(|description| description.id == operation.id);
    let is_open = matches!(operation.handler, Handler::Look(_));
    let mut entries = vec![
        ("operationId", operation.id.into()),
        ("tags", list([tag(operation.path).into()])),
    ];
    if let Some(description) = description {
        entries.push(("summary", description.summary.into()));
        entries.extend(parameters(operation, description));
        entries.extend(request_body(operation, description));
        entries.push(("responses", answers(operation, description, is_open)));
    }
    if is_open {
        entries.push(("security", list([])));
    }
    map(entries)
}

fn tag(path: &str) -> &'static str {
    let found = TAGS.iter().find(|(begin, _)| path.starts_with(begin));
    found.map_or("System", |(_, tag)| tag)
}

fn parameters(operation: &Operation, description: &Description) -> Option<(&'static str, Tree)> {
    let in_path = names_in(operation.path).map(|name| (name, "path"));
    let in_query = description.query.iter().map(|name| (*name, "query"));
    let all: Vec<_> = in_path
        .chain(in_query)
        .filter_map(|(name, place)| Some(PARAMETERS.iter().find(|known| known.name == name)?.described(place)))
        .collect();
    (!all.is_empty()).then(|| ("parameters", list(all)))
}

/// The names in braces.
fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

impl Parameter {
    fn described(&self, place: &str) -> Tree {
        let mut schema = vec![("type", self.kind.into())];
        if !self.values.is_empty() {
            schema.push(("enum", list(self.values.iter().map(|value| Tree::from(*value)))));
        }
        map([
            ("name", self.name.into()),
            ("in", place.into()),
            ("required", Tree::Flag(place == "path")),
            ("description", self.summary.into()),
            ("schema", map(schema)),
        ])
    }
}

fn request_body(operation: &Operation, description: &Description) -> Option<(&'static str, Tree)> {
    let types: &[&str] = match operation.consumes {
        Consumes::Nothing => return None,
        Consumes::Entity => &[XML, JSON],
        Consumes::Xml => &[XML],
    };
    let content = content(types, description.takes);
    Some((
        "requestBody",
        map([("required", Tree::Flag(true)), ("content", content)]),
    ))
}

fn answers(operation: &Operation, description: &Description, is_open: bool) -> Tree {
    let created = if operation.method == Method::POST { 201 } else { 200 };
    let success = description.succeeds.unwrap_or(created);
    let mut done = vec![("description", Tree::from("Done"))];
    match operation.produces {
        Produces::Nothing => {}
        Produces::Entity => done.push(("content", content(&[XML, JSON], description.returns))),
        Produces::Only(media_type) => done.push(("content", content(&[media_type], description.returns))),
    }
    let mut statuses = description.fails.to_vec();
    if !is_open {
        statuses.extend([401, 403]);
    }
    statuses.sort_unstable();
    statuses.dedup();
    let failures = statuses.into_iter().map(|status| {
        let to = format!("#/components/responses/{status}");
        (status.to_string(), map([("$ref", to.into())]))
    });
    map([(success.to_string(), map(done))].into_iter().chain(failures))
}

/// The same schema under each media type; of several any one.
fn content(types: &[&str], entities: &[&str]) -> Tree {
    let schema = || match entities {
        [] => map([("type", Tree::from("object"))]),
        [one] => reference(one),
        several => map([("oneOf", list(several.iter().map(|name| reference(name))))]),
    };
    map(types
        .iter()
        .map(|media_type| (*media_type, map([("schema", schema())]))))
}

fn responses() -> impl Iterator<Item = (String, Tree)> {
    let bare = BARE
        .iter()
        .map(|(status, meaning)| (status, map([("description", Tree::from(*meaning))])));
    let errors = ERRORS.iter().map(|(status, meaning)| {
        let entries = [
            ("description", Tree::from(*meaning)),
            ("content", content(&[XML, JSON], &["error"])),
        ];
        (status, map(entries))
    });
    errors
        .chain(bare)
        .map(|(status, response)| (status.to_string(), response))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_operation_is_described_and_nothing_else_is() {
        let described: BTreeSet<_> = DESCRIPTIONS.iter().map(|description| description.id).collect();
        assert_eq!(described.len(), DESCRIPTIONS.len(), "described twice");
        let served: BTreeSet<_> = operations().map(|operation| operation.id).collect();
        assert_eq!(described, served);
    }

    #[test]
    fn every_parameter_and_entity_that_is_named_is_known() {
        let parameters: BTreeSet<_> = PARAMETERS.iter().map(|parameter| parameter.name).collect();
        let entities: BTreeSet<_> = entities::ENTITIES
            .iter()
            .map(|entity| entity.name)
            .chain(["vCard"])
            .collect();
        for operation in operations() {
            for name in names_in(operation.path) {
                assert!(parameters.contains(name), "{operation:?}: {name}");
            }
        }
        for description in DESCRIPTIONS {
            for name in description.query {
                assert!(parameters.contains(name), "{}: {name}", description.id);
            }
            for name in description.takes.iter().chain(description.returns) {
                assert!(entities.contains(name), "{}: {name}", description.id);
            }
        }
    }
}
