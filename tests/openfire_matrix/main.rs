//! Every route in every method with every kind of `Accept` and `Content-Type`, against what the contract says for the
//! combination: status, type, `Allow`, cross-origin headers and whether there is a body.

#[path = "../support/mod.rs"]
mod support;

mod contract;
mod head;

use std::collections::BTreeSet;

use contract::{ACCEPTS, Accept, CONTENTS, Content, Expected, UNLABELLED, expected};
use support::compat::{Compat, Route};
use support::service::{Service, Settings};
use support::wire::{Answer, Connection, Request};

const API: &str = "/plugins/restapi/v1";
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "get", "PROPFIND"];
const CROSS_ORIGIN: [(&str, &str); 4] = [
    ("access-control-allow-origin", "*"),
    (
        "access-control-allow-headers",
        "origin, content-type, accept, authorization",
    ),
    ("access-control-allow-credentials", "true"),
    ("access-control-allow-methods", "GET, POST, PUT, DELETE, OPTIONS, HEAD"),
];

/// What is sent besides method and path.
#[derive(Clone, Copy, Debug)]
struct Sent {
    accept: Accept,
    content: Content,
    body: Option<&'static str>,
}

/// Each `Accept` with and without an entity, and each `Content-Type` with and without a body.
fn combinations() -> Vec<Sent> {
    let mut all = Vec::new();
    for accept in ACCEPTS {
        for (content, body) in [(UNLABELLED, None), (CONTENTS[1], Some("{}"))] {
            all.push(Sent { accept, content, body });
        }
    }
    for content in CONTENTS {
        for body in [None, Some("{}")] {
            for accept in [ACCEPTS[0], ACCEPTS[6]] {
                all.push(Sent { accept, content, body });
            }
        }
    }
    all
}

/// With values that name nothing, so that little is changed.
fn with_values(path: &str) -> String {
    [
        ("{username}", "nobody"),
        ("{rosterJid}", "none@example.org"),
        ("{groupName}", "none"),
        ("{groupname}", "none"),
        ("{roomName}", "none"),
        ("{affiliation}", "members"),
        ("{jid}", "none@example.org"),
        ("{propertyKey}", "none"),
        ("{nodeId}", "none"),
    ]
    .into_iter()
    .fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
}

struct Client<'s> {
    service: &'s Service,
    connection: Option<Connection>,
}

impl Client<'_> {
    fn ask(&mut self, method: &str, path: &str, sent: &Sent) -> Answer {
        let mut request =
            Request::new(method, &format!("{API}{}", with_values(path))).header("Authorization", "potato");
        if let Some(accept) = sent.accept.header {
            request = request.header("Accept", accept);
        }
        if let Some(content_type) = sent.content.header {
            request = request.header("Content-Type", content_type);
        }
        request.body = sent.body.map(Into::into);
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.service.http_port).expect("a connection"),
        };
        let answer = connection.exchange(&request).expect("an answer");
        let closes = answer.header("connection").is_some_and(|value| value == "close");
        self.connection = (!closes).then_some(connection);
        answer
    }
}

#[test]
fn every_combination_of_route_method_and_headers_is_answered_as_the_contract_says() {
    let service = Service::demo(Settings::demo());
    let mut client = Client {
        service: &service,
        connection: None,
    };
    let routes = Compat::read().rest.routes;
    let paths: BTreeSet<&str> = routes.iter().map(|route| route.path.as_str()).collect();
    let combinations = combinations();
    let mut wrong = Vec::new();
    for path in &paths {
        for method in METHODS {
            for sent in &combinations {
                let answer = client.ask(method, path, sent);
                if let Err(difference) = compare(&routes, method, path, sent, &answer) {
                    let Sent { accept, content, body } = sent;
                    let (accept, content, body) = (accept.header, content.header, body.is_some());
                    wrong.push(format!(
                        "{method} {path}, Accept {accept:?}, Content-Type {content:?}, body {body}: {difference}"
                    ));
                }
            }
        }
    }
    assert!(paths.len() > 40, "{}", paths.len());
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn compare(routes: &[Route], method: &str, path: &str, sent: &Sent, answer: &Answer) -> Result<(), String> {
    let expected = expected(routes, (method, path), &sent.accept, &sent.content, sent.body.is_some());
    let is_refused = matches!(expected, Expected::Refused);
    for (name, value) in CROSS_ORIGIN {
        let wanted = (!is_refused).then_some(value);
        same(name, answer.header(name).as_deref(), wanted)?;
    }
    for name in ["www-authenticate", "location"] {
        same(name, answer.header(name).as_deref(), None)?;
    }
    match expected {
        Expected::Refused => {
            same("status", answer.status, 400)?;
            same("body", answer.body.len(), 0)
        }
        Expected::Bare(status, page) => {
            same("status", answer.status, status)?;
            is_page(method, answer, page)
        }
        Expected::NotAllowed(methods, page) => {
            same("status", answer.status, 405)?;
            let allow = answer.header("allow").unwrap_or_default();
            let allowed: BTreeSet<String> = allow.split(',').map(|method| method.trim().to_owned()).collect();
            same("allow", allowed, methods)?;
            is_page(method, answer, page)
        }
        Expected::Free(result, error) => is_answer(method, answer, result, error),
        Expected::Unknown => Ok(()),
    }
}

fn is_page(method: &str, answer: &Answer, page: Option<&str>) -> Result<(), String> {
    same("content-type", answer.header("content-type").as_deref(), page)?;
    let has_body = page.is_some() && method != "HEAD";
    same("a body", !answer.body.is_empty(), has_body)?;
    same("an exception", answer.text().contains("exception"), false)
}

fn is_answer(method: &str, answer: &Answer, result: Option<&str>, error: &str) -> Result<(), String> {
    let content_type = answer.header("content-type");
    match answer.status {
        200..300 => {
            same("content-type", content_type.as_deref(), result)?;
            same("a body", !answer.body.is_empty(), result.is_some() && method != "HEAD")
        }
        400 | 404 | 409 => {
            same("content-type", content_type.as_deref(), Some(error))?;
            let text = answer.text();
            let is_json = text.starts_with('{') && text.contains("\"exception\":\"");
            let is_xml = text.starts_with("<?xml ") && text.contains("<error><exception>");
            same("JSON", is_json, error.contains("json") && method != "HEAD")?;
            same("XML", is_xml, error.contains("xml") && method != "HEAD")
        }
        other => Err(format!("status {other}")),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: T) -> Result<(), String> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what} {found:?}, not {wanted:?}"))
}
