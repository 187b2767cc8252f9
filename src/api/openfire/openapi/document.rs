//! The document itself, made of the table of operations and of what is described of them.

use http::Method;

use super::entities::{ENTITIES, Entity};
use super::examples::{self, Side};
use super::field::reference;
use super::operations::{DESCRIPTIONS, Description};
use super::parameters::Parameter;
use super::tree::{Tree, list, map};
use super::{JSON, XML, responses, userservice};
use crate::api::openfire::negotiate::Format;
use crate::api::openfire::operation::{Consumes, Handler, Operation, Produces};
use crate::domain::access::AuthMode;

/// The version of the plugin that is imitated.
const VERSION: &str = "1.12.1";

/// Every path is below this one.
const SERVER: &str = "/plugins";

const ABOUT: &str = "\
Administration of an XMPP service, as the REST API plugin of Openfire answers it.

Entities are read and written as XML and as JSON: `Content-Type` says what a request holds, `Accept` what the answer \
shall be; without `Accept` it is XML. With `Accept: application/json;profile=legacy` the JSON is that of plugin versions \
before 1.3, which this document does not describe. What JSON may leave out it may also hold as null. An error of an \
operation is an `error` entity; where the request itself is refused, a page of the media type that `Accept` prefers, or \
nothing, takes its place.

HEAD works wherever GET does, and OPTIONS everywhere. The paths are also served below `/plugins/userService/`, where an \
older extension had them.";

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

/// The document of `operations` below `base`, for one way to authenticate.
pub fn document(mode: AuthMode, base: &str, operations: impl Iterator<Item = &'static Operation>) -> Tree {
    let (scheme, security) = match mode {
        AuthMode::Basic => (
            "Admin Console account",
            map([
                ("type", Tree::from("http")),
                ("scheme", "basic".into()),
                ("description", "Name and password of an administrator".into()),
            ]),
        ),
        AuthMode::Secret => (
            "Secret key auth",
            map([
                ("type", Tree::from("apiKey")),
                ("in", "header".into()),
                ("name", "Authorization".into()),
                ("description", "The shared secret, as it is".into()),
            ]),
        ),
    };
    map([
        ("openapi", "3.1.0".into()),
        (
            "info",
            map([
                ("title", Tree::from("Openfire REST API")),
                ("version", VERSION.into()),
                ("description", ABOUT.into()),
            ]),
        ),
        ("servers", list([map([("url", Tree::from(SERVER))])])),
        ("security", list([map([(scheme, list([]))])])),
        ("paths", paths(base, operations)),
        (
            "components",
            map([
                ("schemas", schemas()),
                ("responses", responses::components()),
                ("securitySchemes", map([(scheme, security)])),
            ]),
        ),
    ])
}

fn paths(base: &str, operations: impl Iterator<Item = &'static Operation>) -> Tree {
    let base = base.strip_prefix(SERVER).unwrap_or(base);
    let mut paths: Vec<(String, Vec<(String, Tree)>)> = Vec::new();
    for operation in operations {
        let path = format!("{base}{}", operation.path);
        let entry = (operation.method.as_str().to_lowercase(), described(operation));
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => methods.push(entry),
            None => paths.push((path, vec![entry])),
        }
    }
    let userservice = (format!("{base}{}", userservice::PATH), userservice::operations());
    map(paths
        .into_iter()
        .map(|(path, methods)| (path, Tree::Map(methods)))
        .chain([userservice]))
}

fn described(operation: &Operation) -> Tree {
    let description = DESCRIPTIONS.iter().find(|description| description.id == operation.id);
    let mut entries = vec![
        ("operationId", operation.id.into()),
        ("tags", list([tag(operation.path).into()])),
    ];
    if let Some(description) = description {
        entries.push(("summary", description.summary.into()));
        entries.extend(description.note.map(|note| ("description", note.into())));
        entries.extend(parameters(operation, description));
        entries.extend(request_body(operation, description));
        entries.push(("responses", answers(operation, description)));
    }
    if matches!(operation.handler, Handler::Look(_)) {
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
        .filter_map(|(name, place)| Some(Parameter::find(name)?.described(place)))
        .collect();
    (!all.is_empty()).then(|| ("parameters", list(all)))
}

/// The names in braces.
pub fn names_in(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn request_body(operation: &Operation, description: &Description) -> Option<(&'static str, Tree)> {
    let types: &[&str] = match operation.consumes {
        Consumes::Nothing => return None,
        Consumes::Entity => &[XML, JSON],
        Consumes::Xml => &[XML],
    };
    let content = content(types, description.takes, Side::Request);
    Some((
        "requestBody",
        map([("required", Tree::Flag(true)), ("content", content)]),
    ))
}

fn answers(operation: &Operation, description: &Description) -> Tree {
    let created = if operation.method == Method::POST { 201 } else { 200 };
    let success = description.succeeds.unwrap_or(created);
    let mut done = vec![("description", Tree::from("Done"))];
    match operation.produces {
        Produces::Nothing => {}
        Produces::Entity => done.push(("content", content(&[XML, JSON], description.returns, Side::Answer))),
        Produces::Only(media_type) => {
            done.push(("content", content(&[media_type], description.returns, Side::Answer)));
        }
    }
    let none = description
        .may_be_empty
        .then(|| ("204".to_owned(), map([("description", "There is none".into())])));
    let failures = responses::failures(operation, description);
    map([(success.to_string(), map(done))]
        .into_iter()
        .chain(none)
        .chain(failures))
}

/// The same schema under each media type, of several any one, with an example of each entity.
fn content(types: &[&str], entities: &[&str], side: Side) -> Tree {
    let schema = || match entities {
        [] => map([("type", Tree::from("object"))]),
        [one] => reference(one),
        several => map([("oneOf", list(several.iter().map(|name| reference(name))))]),
    };
    let described = |media_type: &str| {
        let examples = entities
            .iter()
            .filter_map(|name| Some((*name, map([("value", example(name, media_type, side)?)]))));
        let examples: Vec<_> = examples.collect();
        let mut entries = vec![("schema", schema())];
        if !examples.is_empty() {
            entries.push(("examples", map(examples)));
        }
        map(entries)
    };
    map(types.iter().map(|media_type| (*media_type, described(media_type))))
}

fn example(name: &str, media_type: &str, side: Side) -> Option<Tree> {
    if name == "vCard" {
        return Some(VCARD_EXAMPLE.into());
    }
    let entity = Entity::find(name)?;
    Some(match media_type {
        JSON => Tree::Json(examples::document(entity, side, Format::Json)),
        _ => examples::document(entity, side, Format::Xml).into(),
    })
}

const VCARD_EXAMPLE: &str = r#"<vCard xmlns="vcard-temp"><FN>Kim Doe</FN><NICKNAME>kim</NICKNAME></vCard>"#;

/// The schemas of all entities, and of what takes their place.
fn schemas() -> Tree {
    let vcard = map([
        (
            "description",
            "A vCard (XEP-0054), or whatever document was stored in its place".into(),
        ),
        ("type", "object".into()),
        (
            "xml",
            map([("name", Tree::from("vCard")), ("namespace", "vcard-temp".into())]),
        ),
    ]);
    let entities = ENTITIES.iter().map(|entity| (entity.name, schema(entity)));
    map(entities.chain([("vCard", vcard), ("page", responses::page_schema())]))
}

fn schema(entity: &Entity) -> Tree {
    let fields = entity.fields.iter().map(|field| (field.name, field.schema()));
    let mut entries = vec![("type", "object".into()), ("properties", map(fields))];
    let always: Vec<_> = entity
        .fields
        .iter()
        .filter(|field| entity.answered_only && field.always)
        .map(|field| field.name.into())
        .collect();
    if !always.is_empty() {
        entries.push(("required", list(always)));
    }
    entries.push(("additionalProperties", Tree::Flag(false)));
    entries.push(("xml", map([("name", entity.root().into())])));
    map(entries)
}
