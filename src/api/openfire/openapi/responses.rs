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
    let kinds = [Kind::Bare, Kind::Page, Kind::Entity, Kind::EntityOrPage];
    let all = kinds.into_iter().flat_map(|kind| {
        let possible = STATUSES
            .iter()
            .filter(move |(status, _)| !kind.has_entity() || WITH_ENTITY.contains(status));
        possible.map(move |(status, meaning)| (kind.name(*status), response(meaning, kind.content())))
    });
    map(all)
}

/// What the body of a failure is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing.
    Bare,
    /// What the web container writes, chosen from `Accept`; often nothing at all.
    Page,
    /// An `error` entity, or nothing where the request itself is at fault.
    Entity,
    EntityOrPage,
}

impl Kind {
    /// Pages are written for GET and POST alone.
    fn of(method: &Method, has_entity: bool) -> Self {
        let has_page = matches!(*method, Method::GET | Method::POST);
        match (has_entity, has_page) {
            (false, false) => Self::Bare,
            (false, true) => Self::Page,
            (true, false) => Self::Entity,
            (true, true) => Self::EntityOrPage,
        }
    }

    fn has_entity(self) -> bool {
        matches!(self, Self::Entity | Self::EntityOrPage)
    }

    /// The name of the response in the components.
    fn name(self, status: u16) -> String {
        let kind = match self {
            Self::Bare => "bare",
            Self::Page => "page",
            Self::Entity => "error",
            Self::EntityOrPage => "errorOrPage",
        };
        format!("{kind}{status}")
    }

    fn content(self) -> Vec<(&'static str, Tree)> {
        match self {
            Self::Bare => Vec::new(),
            Self::Page => pages(),
            Self::Entity => entity(&["error"]),
            Self::EntityOrPage => {
                let mut content = entity(&["error", "page"]);
                content.push(("text/html", text()));
                content
            }
        }
    }
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
    references(&operation.method, &bare, description.fails)
}

/// The failures of something that asks for no credentials and reads a form.
pub fn failures_of_form(method: &Method) -> impl Iterator<Item = (String, Tree)> {
    let form: &[u16] = if *method == Method::POST { &[413] } else { &[] };
    references(method, &[&[400, 403, 414, 431, 500, 503], form].concat(), &[])
}

fn references(method: &Method, bare: &[u16], with_entity: &[u16]) -> impl Iterator<Item = (String, Tree)> + use<> {
    let mut all = [bare, with_entity].concat();
    all.sort_unstable();
    all.dedup();
    let (method, with_entity) = (method.clone(), with_entity.to_vec());
    all.into_iter().map(move |status| {
        let name = Kind::of(&method, with_entity.contains(&status)).name(status);
        let to = format!("#/components/responses/{name}");
        (status.to_string(), map([("$ref", to.into())]))
    })
}

fn response(meaning: &str, content: Vec<(&'static str, Tree)>) -> Tree {
    let content = (!content.is_empty()).then(|| ("content", map(content)));
    map([("description", Tree::from(meaning))].into_iter().chain(content))
}

fn pages() -> Vec<(&'static str, Tree)> {
    let json = || map([("schema", reference("page"))]);
    vec![
        ("text/html", text()),
        ("text/plain", text()),
        (JSON, json()),
        ("text/json", json()),
    ]
}

/// One of the `alternatives` in JSON, an error in XML, a text where JSON could not be read. Where `Accept` names a concrete
/// type alone that is some XML or JSON, the error goes under that name.
fn entity(alternatives: &[&str]) -> Vec<(&'static str, Tree)> {
    let Some(error) = Entity::find("error") else {
        return Vec::new();
    };
    let either = match alternatives {
        [one] => reference(one),
        several => map([("oneOf", list(several.iter().map(|name| reference(name))))]),
    };
    let xml = examples::document(error, Side::Answer, Format::Xml);
    let json = examples::document(error, Side::Answer, Format::Json);
    let xml = map([("schema", reference("error")), ("example", xml.into())]);
    let json = map([("schema", either), ("example", Tree::Json(json))]);
    vec![
        (XML, xml.clone()),
        (JSON, json.clone()),
        ("application/*", Tree::Map(Vec::new())),
        ("text/xml", xml),
        ("text/json", json),
        ("text/plain", text()),
    ]
}

fn text() -> Tree {
    map([("schema", map([("type", Tree::from("string"))]))])
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
