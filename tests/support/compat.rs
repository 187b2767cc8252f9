//! The tables of `plugins-compat`: what is imitated, what is deliberately different, and the answer given instead.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::canonical::{Leniency, canonical};
use super::recording::{Exchange, Recording, comparable};
use super::wire::Answer;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub imitates: Imitates,
    pub routes: Vec<Route>,
    #[serde(default)]
    pub aliases: Vec<Alias>,
    #[serde(default)]
    pub ignored_keys: BTreeMap<String, Vec<String>>,
    /// Entity → key as it is sent → key that is meant.
    #[serde(default)]
    pub misspelt_keys: BTreeMap<String, BTreeMap<String, String>>,
    /// Paths beside the routes and what is below them.
    #[serde(default)]
    pub beside: Vec<Beside>,
    #[serde(default)]
    pub messages: BTreeMap<String, Message>,
    #[serde(default)]
    pub quirks: Vec<Quirk>,
    /// File → steps (one id or several with blanks between) → what is different.
    #[serde(default)]
    recorded: BTreeMap<String, BTreeMap<String, Deviation>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Imitates {
    pub api: String,
    pub version: String,
    pub server: String,
    pub base: String,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(deny_unknown_fields)]
pub struct Route {
    pub method: String,
    pub path: String,
    pub operation: String,
}

/// Paths that begin with `at` are served like those that begin with `of`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    pub at: String,
    pub of: String,
    pub reason: String,
}

/// What is served and is no route of the API: one path or, where it ends in a slash, all below it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    pub path: String,
    pub reason: String,
}

/// The message of an operation that refuses its input, and the resource it names when what is missing has no value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    pub message: String,
    pub absent: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quirk {
    pub row: u16,
    pub quirk: String,
    pub decision: Decision,
    pub reason: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    Keep,
    Superset,
    Fix,
}

/// One recorded step that is answered otherwise, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    /// The row of the quirk table it follows from.
    pub row: Option<u16>,
    /// Why, where no row says so.
    pub reason: Option<String>,
    pub status: Option<u16>,
    /// Stands for a service error 400 `IllegalArgumentException` with the message of the operation.
    pub resource: Option<String>,
    /// Stands for any other service error: exception, message, resource.
    pub error: Option<[String; 3]>,
    /// The media type: `xml`, `json`, or written out.
    #[serde(rename = "as")]
    pub media: Option<String>,
    pub body: Option<String>,
    /// The step of the same file whose recorded body is the answer.
    pub like: Option<String>,
    /// What is replaced in the body of `like` or, without it, in the recorded body: from, to.
    #[serde(default)]
    pub edit: Vec<[String; 2]>,
    /// Texts that the body holds, which is free otherwise.
    #[serde(default)]
    pub contains: Vec<String>,
    /// JSON keys and XML elements of the body whose values differ from run to run, beside those of the recording.
    #[serde(default)]
    pub mask: Vec<String>,
    /// The body, and its type unless `as` is given, are free.
    #[serde(default)]
    pub any_body: bool,
    /// Whether the answer carries the CORS headers.
    #[serde(default = "yes")]
    pub cors: bool,
    pub allow: Option<String>,
}

fn yes() -> bool {
    true
}

/// What every XML entity begins with.
pub const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// Both tables of the Openfire dialects.
pub struct Compat {
    pub rest: Table,
    pub userservice: Table,
    deviations: BTreeMap<(String, String), Deviation>,
}

impl Compat {
    pub fn read() -> Self {
        let rest = read("openfire-restapi.toml");
        let userservice = read("openfire-userservice.toml");
        let mut deviations = BTreeMap::new();
        for (file, steps) in [&rest, &userservice].into_iter().flat_map(|t| &t.recorded) {
            for (ids, deviation) in steps {
                for id in ids.split_whitespace() {
                    let before = deviations.insert((file.clone(), id.to_owned()), deviation.clone());
                    assert!(before.is_none(), "{file} {id} is listed twice");
                }
            }
        }
        Self {
            rest,
            userservice,
            deviations,
        }
    }

    pub fn deviation(&self, file: &str, step: &str) -> Option<&Deviation> {
        self.deviations.get(&(file.to_owned(), step.to_owned()))
    }

    pub fn deviations(&self) -> impl Iterator<Item = (&str, &str, &Deviation)> {
        self.deviations
            .iter()
            .map(|((file, step), deviation)| (file.as_str(), step.as_str(), deviation))
    }

    /// Whether a listed step got the answer that the table promises; the differences in words.
    pub fn differences(
        &self,
        deviation: &Deviation,
        exchange: &Exchange,
        answer: &Answer,
        file: &Recording,
    ) -> Vec<String> {
        let promised = self.promised(deviation, exchange, file);
        if answer.status != promised.status {
            return vec![format!(
                "status {}, want {} instead of the recorded {}",
                answer.status, promised.status, exchange.response.status
            )];
        }
        let mut differences = Vec::new();
        let cors = answer.header("access-control-allow-origin").is_some();
        if cors != deviation.cors {
            differences.push(format!("CORS headers {cors}, want {}", deviation.cors));
        }
        if let Some(want) = &deviation.allow {
            let got = answer.header("allow");
            if comparable("allow", Some(want)) != comparable("allow", got.as_deref()) {
                differences.push(format!("header allow {got:?}, want {want:?}"));
            }
        }
        let got = answer.header("content-type");
        if let Some(want) = &promised.media {
            let same = comparable("content-type", Some(want.as_str())) == comparable("content-type", got.as_deref());
            if !same {
                differences.push(format!("content type {got:?}, want {want:?}"));
            }
        }
        let text = answer.text();
        let missing = deviation.contains.iter().filter(|part| !text.contains(part.as_str()));
        differences.extend(missing.map(|part| format!("no {part:?} in {text:?}")));
        if let Some(want) = &promised.body {
            let mask = [exchange.mask.as_slice(), &deviation.mask].concat();
            let leniency = Leniency {
                unordered: exchange.unordered,
                mask: &mask,
            };
            let same =
                canonical(want, promised.media.as_deref(), leniency) == canonical(&text, got.as_deref(), leniency);
            let exact = exchange.unordered || !mask.is_empty() || *want == text;
            if !same || !exact {
                differences.push(format!("body {text:?}, want {want:?}"));
            }
        }
        differences
    }

    fn promised(&self, deviation: &Deviation, exchange: &Exchange, file: &Recording) -> Promised {
        let media = deviation.media.as_deref().map(|media| match media {
            "xml" => "application/xml".to_owned(),
            "json" => "application/json".to_owned(),
            other => other.to_owned(),
        });
        let error = match (&deviation.error, &deviation.resource) {
            (Some(error), _) => Some(error.clone()),
            (None, Some(resource)) => Some([
                "IllegalArgumentException".to_owned(),
                self.message_for(exchange),
                resource.clone(),
            ]),
            (None, None) => None,
        };
        if let Some([exception, message, resource]) = error {
            let media = media.unwrap_or_else(|| "application/xml".to_owned());
            let body = if exchange.request.method == "HEAD" {
                String::new()
            } else {
                service_error(&media, &exception, &message, &resource)
            };
            return Promised {
                status: deviation.status.unwrap_or(400),
                media: Some(media),
                body: Some(body),
            };
        }
        let status = deviation.status.unwrap_or(exchange.response.status);
        if deviation.any_body || !deviation.contains.is_empty() {
            return Promised {
                status,
                media,
                body: None,
            };
        }
        Promised {
            status,
            media: Some(media.unwrap_or_default()),
            body: Some(deviation.promised_body(exchange, file)),
        }
    }

    fn message_for(&self, exchange: &Exchange) -> String {
        let request = &exchange.request;
        let operation = self
            .operation(&request.method, &request.path)
            .unwrap_or_else(|| panic!("no operation for {} {}", request.method, request.path));
        self.rest
            .messages
            .get(operation)
            .unwrap_or_else(|| panic!("no message for {operation} in the table"))
            .message
            .clone()
    }

    /// The operation that a request reaches: of the templates that match, the one with most literal characters.
    pub fn operation(&self, method: &str, path: &str) -> Option<&str> {
        let path = path.split(['?', ';']).next()?.strip_prefix(&self.rest.imitates.base)?;
        let path: Vec<_> = path.trim_matches('/').split('/').collect();
        let method = if method == "HEAD" { "GET" } else { method };
        self.rest
            .routes
            .iter()
            .filter(|route| route.method == method)
            .filter_map(|route| Some((literal_characters(&route.path, &path)?, route)))
            .max_by_key(|(literal, _)| *literal)
            .map(|(_, route)| route.operation.as_str())
    }
}

impl Deviation {
    fn promised_body(&self, exchange: &Exchange, file: &Recording) -> String {
        if self.like.is_none() && self.edit.is_empty() {
            let body = self.body.clone().unwrap_or_default();
            let entity = self.media.as_deref() == Some("xml") && body.starts_with('<') && !body.starts_with("<vCard");
            return if entity { format!("{DECLARATION}{body}") } else { body };
        }
        let like = self.like.as_deref().unwrap_or(&exchange.id);
        let recorded = file.exchange(like).and_then(|like| like.response.body);
        let mut body = recorded.unwrap_or_else(|| panic!("{} has no body at {like}", file.name));
        for [from, to] in &self.edit {
            let found = body.matches(from.as_str()).count();
            assert_eq!(found, 1, "{} {}: {from:?} in {body}", file.name, exchange.id);
            body = body.replace(from, to);
        }
        body
    }
}

struct Promised {
    status: u16,
    /// None: free. Empty: no `Content-Type` at all.
    media: Option<String>,
    /// None: free.
    body: Option<String>,
}

/// The `error` entity as it stands on the wire.
pub fn service_error(media: &str, exception: &str, message: &str, resource: &str) -> String {
    if media.starts_with("application/json") {
        let value = |text: &str| escaped_above_the_first_plane(&json!(text).to_string());
        return format!(
            r#"{{"resource":{},"message":{},"exception":{}}}"#,
            value(resource),
            value(message),
            value(exception)
        );
    }
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "{DECLARATION}<error><exception>{}</exception><message>{}</message><resource>{}</resource></error>",
        escape(exception),
        escape(message),
        escape(resource)
    )
}

/// As the original writes JSON: characters above U+FFFF as a pair of escapes, all others as they are.
fn escaped_above_the_first_plane(text: &str) -> String {
    let mut escaped = String::new();
    for character in text.chars() {
        if character <= '\u{FFFF}' {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            escaped.extend(["\\u", &format!("{unit:04X}")]);
        }
    }
    escaped
}

fn literal_characters(template: &str, path: &[&str]) -> Option<usize> {
    let template: Vec<_> = template.trim_matches('/').split('/').collect();
    if template.len() != path.len() {
        return None;
    }
    let mut literal = 0;
    for (pattern, segment) in template.iter().zip(path) {
        if pattern == &"{affiliation}" {
            if !["owners", "admins", "members", "outcasts"].contains(segment) {
                return None;
            }
        } else if pattern.starts_with('{') {
            if segment.is_empty() {
                return None;
            }
        } else if pattern == segment {
            literal += pattern.len();
        } else {
            return None;
        }
    }
    Some(literal)
}

fn read(file: &str) -> Table {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins-compat").join(file);
    let text = fs::read_to_string(path).expect("a readable table");
    toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"))
}
