//! The answers that are no success: which statuses there are, what each means, and what its body is.

use http::Method;

use super::entities::Entity;
use super::examples::{self, Side};
use super::field::reference;
use super::operations::Description;
use super::tree::{Tree, list, map};
use super::{JSON, XML};
use crate::api::openfire::negotiate::Format;
use crate::api::openfire::operation::{Consumes, Handler, Operation, Produces};

/// Statuses and what they mean.
const STATUSES: &[(u16, &str)] = &[
    (400, "The request cannot be understood, or a value is not allowed"),
    (401, "No valid credentials, or an address that may not call"),
    (403, "The API is disabled, or this is not allowed"),
    (404, "There is no such thing"),
    (406, "Nothing that is accepted can be produced"),
    (409, "It exists already, or contradicts what is"),
    (413, "The body is longer than http.limits.max_body"),
    (414, "The request line is longer than http.limits.max_head"),
    (415, "The body is of a media type that is not read here"),
    (431, "The headers are longer than http.limits.max_head"),
    (500, "The service has failed; see its log"),
    (503, "Not well, or too much is waiting; try again"),
];

/// Statuses that can come with an `error` entity.
const WITH_ENTITY: &[u16] = &[400, 403, 404, 409, 500];

/// All responses, for the components of the document.
pub fn components() -> Tree {
    let bare = STATUSES
        .iter()
        .map(|(status, meaning)| (name(*status, false), response(meaning, pages())));
    let with_entity = STATUSES
        .iter()
        .filter(|(status, _)| WITH_ENTITY.contains(status))
        .map(|(status, meaning)| (name(*status, true), response(meaning, entity_or_page())));
    map(bare.chain(with_entity))
}

/// The failures of an operation.
pub fn failures(operation: &Operation, description: &Description) -> impl Iterator<Item = (String, Tree)> {
    // What the web server and the negotiation refuse, whatever the operation is.
    let mut bare = vec![400, 414, 431, 500];
    bare.extend(description.fails_bare);
    if matches!(operation.handler, Handler::Administer(_)) {
        bare.extend([401, 403, 503]);
    }
    if operation.produces != Produces::Nothing {
        bare.push(406);
    }
    if operation.consumes != Consumes::Nothing {
        bare.extend([413, 415]);
    }
    references(&bare, description.fails)
}

/// The failures of something that asks for no credentials and reads a form.
pub fn failures_of_form(method: &Method) -> impl Iterator<Item = (String, Tree)> {
    let form: &[u16] = if *method == Method::POST { &[413] } else { &[] };
    references(&[&[400, 403, 414, 431, 500, 503], form].concat(), &[])
}

fn references(bare: &[u16], with_entity: &[u16]) -> impl Iterator<Item = (String, Tree)> + use<> {
    let mut all = [bare, with_entity].concat();
    all.sort_unstable();
    all.dedup();
    let with_entity = with_entity.to_vec();
    all.into_iter().map(move |status| {
        let name = name(status, with_entity.contains(&status));
        let to = format!("#/components/responses/{name}");
        (status.to_string(), map([("$ref", to.into())]))
    })
}

fn name(status: u16, has_entity: bool) -> String {
    let kind = if has_entity { "error" } else { "bare" };
    format!("{kind}{status}")
}

fn response(meaning: &str, content: Vec<(&'static str, Tree)>) -> Tree {
    map([("description", Tree::from(meaning)), ("content", map(content))])
}

/// What the web container writes where there is no entity: chosen from `Accept`, and often nothing at all.
fn pages() -> Vec<(&'static str, Tree)> {
    let text = || map([("schema", map([("type", Tree::from("string"))]))]);
    let json = || map([("schema", reference("page"))]);
    vec![
        ("text/html", text()),
        ("text/plain", text()),
        (JSON, json()),
        ("text/json", json()),
    ]
}

/// An error of the operation, or a page. Of a concrete type that `Accept` names alone the error takes the name, as long as
/// it is some XML or JSON.
fn entity_or_page() -> Vec<(&'static str, Tree)> {
    let Some(error) = Entity::find("error") else {
        return pages();
    };
    let either = || map([("oneOf", list([reference("error"), reference("page")]))]);
    let xml = || examples::document(error, Side::Answer, Format::Xml).into();
    let json = || Tree::Json(examples::document(error, Side::Answer, Format::Json));
    let with_example = |schema, example| map([("schema", schema), ("example", example)]);
    let text = || map([("schema", map([("type", Tree::from("string"))]))]);
    vec![
        (XML, with_example(reference("error"), xml())),
        (JSON, with_example(either(), json())),
        ("application/*", Tree::Map(Vec::new())),
        ("text/xml", with_example(reference("error"), xml())),
        ("text/json", with_example(either(), json())),
        ("text/html", text()),
        ("text/plain", text()),
    ]
}

/// The JSON page of a status without entity.
pub fn page_schema() -> Tree {
    let text = || map([("type", Tree::from("string"))]);
    let names = ["servlet", "message", "url", "status"];
    map([
        ("description", "What stands in the place of an entity".into()),
        ("type", "object".into()),
        ("properties", map(names.map(|name| (name, text())))),
        ("required", list(names.map(Tree::from))),
        ("additionalProperties", Tree::Flag(false)),
    ])
}
