//! Hand-written exchanges: TOML files that name requests in their order and the answer to each.
//!
//! ```toml
//! title = "what this is about"
//! [settings]                        # beside those of the demonstration
//! "openfire.auth" = "basic"
//! [[exchange]]
//! send = "POST /users"              # below the base path, unless it begins with /plugins
//! json = '{"username":"x"}'         # or xml, or payload = a file beside the script; `content_type` overrides
//! accept = "json"                   # or xml, or any text
//! authorization = ""                # default: the shared secret; empty: none
//! headers = { Origin = "http://x" } # further ones
//! status = 400
//! error = ["PasswordIsNull", "Could not create new user, because password is null", "x"]
//! ```
//!
//! Instead of `error`: `body` (exact; XML without its declaration; empty: no body and no type), `contains` and `lacks`
//! (texts), or `bare = true` (whatever body, but no error entity). `type` is the media type, `absent` and `present` are
//! headers, `allow` the methods that `Allow` must have.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::canonical::{Leniency, canonical};
use super::compat::{DECLARATION, service_error};
use super::recording::comparable;
use super::service::{Service, Settings};
use super::wire::{Answer, Request};

const BASE: &str = "/plugins/restapi/v1";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    pub title: String,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    exchange: Vec<Exchange>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    send: String,
    json: Option<String>,
    xml: Option<String>,
    payload: Option<String>,
    content_type: Option<String>,
    accept: Option<String>,
    authorization: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    status: u16,
    #[serde(rename = "type")]
    media: Option<String>,
    error: Option<[String; 3]>,
    body: Option<String>,
    #[serde(default)]
    contains: Vec<String>,
    #[serde(default)]
    lacks: Vec<String>,
    #[serde(default)]
    bare: bool,
    #[serde(default)]
    unordered: bool,
    #[serde(default)]
    mask: Vec<String>,
    #[serde(default)]
    present: Vec<String>,
    #[serde(default)]
    absent: Vec<String>,
    #[serde(default)]
    allow: Vec<String>,
}

/// Runs every script of a folder below `fixtures`, each on a service of its own.
///
/// # Panics
/// With all answers that are not the expected ones.
pub fn run_all(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder of scripts")
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no scripts in {}", folder.display());
    let mut wrong = Vec::new();
    let mut sent = 0;
    for file in files {
        let text = fs::read_to_string(&file).expect("a readable script");
        let script: Script = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        sent += script.exchange.len();
        wrong.extend(script.run(&folder));
    }
    println!("{sent} exchanges");
    assert!(
        wrong.is_empty(),
        "{} of {sent} exchanges differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

impl Script {
    fn run(&self, folder: &Path) -> Vec<String> {
        let settings = self
            .settings
            .iter()
            .fold(Settings::demo(), |settings, (name, value)| settings.with(name, value));
        let service = Service::demo(settings);
        let mut wrong = Vec::new();
        for (number, exchange) in self.exchange.iter().enumerate() {
            let what = format!("{}, exchange {}: {}", self.title, number + 1, exchange.send);
            match service.send(&exchange.request(folder)) {
                Ok(answer) => {
                    let differences = exchange.differences(&answer);
                    if !differences.is_empty() {
                        wrong.push(format!("{what} | {}", differences.join("; ")));
                    }
                }
                Err(error) => wrong.push(format!("{what} | no answer: {error}")),
            }
        }
        wrong
    }
}

impl Exchange {
    fn request(&self, folder: &Path) -> Request {
        let (method, path) = self.send.split_once(' ').expect("a method and a path");
        let path = if path.starts_with("/plugins") || path.starts_with("//") {
            path.to_owned()
        } else {
            format!("{BASE}{path}")
        };
        let mut request = Request::new(method, &path);
        match self.authorization.as_deref() {
            Some("") => {}
            Some(value) => request = request.header("Authorization", value),
            None => request = request.header("Authorization", "potato"),
        }
        if let Some(accept) = &self.accept {
            request = request.header("Accept", media(accept));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let (kind, body) = match (&self.json, &self.xml, &self.payload) {
            (Some(text), None, None) => ("json", text.clone()),
            (None, Some(text), None) => ("xml", text.clone()),
            (None, None, Some(file)) => {
                let kind = if Path::new(file).extension().is_some_and(|kind| kind == "json") {
                    "json"
                } else {
                    "xml"
                };
                let text = fs::read_to_string(folder.join("payloads").join(file));
                (kind, text.unwrap_or_else(|error| panic!("{file}: {error}")))
            }
            (None, None, None) => {
                return match &self.content_type {
                    Some(kind) if !kind.is_empty() => request.header("Content-Type", media(kind)),
                    _ => request,
                };
            }
            _ => panic!("{}: more than one body", self.send),
        };
        match self.content_type.as_deref().unwrap_or(kind) {
            "" => request.body = Some(body.into_bytes()),
            kind => request = request.body(media(kind), body),
        }
        request
    }

    fn differences(&self, answer: &Answer) -> Vec<String> {
        let text = answer.text();
        if answer.status != self.status {
            return vec![format!("status {}, want {}; {text}", answer.status, self.status)];
        }
        let mut differences = Vec::new();
        let got = answer.header("content-type");
        if let Some(want) = self.expected_media() {
            let same = comparable("content-type", Some(&want)) == comparable("content-type", got.as_deref());
            if !same {
                differences.push(format!("type {got:?}, want {want:?}"));
            }
        }
        if let Some(want) = self.expected_body() {
            let leniency = Leniency {
                unordered: self.unordered,
                mask: &self.mask,
            };
            let same = if self.unordered || !self.mask.is_empty() {
                canonical(&want, got.as_deref(), leniency) == canonical(&text, got.as_deref(), leniency)
            } else {
                want == text
            };
            if !same {
                differences.push(format!("body {text}, want {want}"));
            }
        }
        let holds = |part: &String| text.contains(part.as_str());
        let missing = self.contains.iter().filter(|part| !holds(part));
        differences.extend(missing.map(|part| format!("no {part:?} in {text}")));
        let surplus = self.lacks.iter().filter(|part| holds(part));
        differences.extend(surplus.map(|part| format!("{part:?} in {text}")));
        if self.bare && text.contains("exception") {
            differences.push(format!("an error entity: {text}"));
        }
        let missing = self.present.iter().filter(|name| answer.header(name).is_none());
        differences.extend(missing.map(|name| format!("no header {name}")));
        let surplus = self.absent.iter().filter(|name| answer.header(name).is_some());
        differences.extend(surplus.map(|name| format!("header {name}")));
        let allowed = answer.header("allow").unwrap_or_default();
        let missing = self
            .allow
            .iter()
            .filter(|method| !allowed.split(',').any(|one| one.trim() == *method));
        differences.extend(missing.map(|method| format!("no {method} in allow: {allowed}")));
        differences
    }

    /// None: not compared. Empty: no type at all.
    fn expected_media(&self) -> Option<String> {
        if let Some(kind) = &self.media {
            return Some(media(kind).to_owned());
        }
        if self.error.is_some() {
            let json = self.accept.as_deref() == Some("json");
            return Some(media(if json { "json" } else { "xml" }).to_owned());
        }
        match self.body.as_deref()?.chars().next() {
            _ if self.send.starts_with("HEAD ") => None,
            None => Some(String::new()),
            Some('{') => Some(media("json").to_owned()),
            Some(_) => Some(media("xml").to_owned()),
        }
    }

    /// None: not compared.
    fn expected_body(&self) -> Option<String> {
        let media = self.expected_media().unwrap_or_default();
        if let Some([exception, message, resource]) = &self.error {
            return Some(service_error(&media, exception, message, resource));
        }
        let body = self.body.as_ref()?;
        if media == "application/xml" && body.starts_with('<') && !body.starts_with("<vCard") {
            return Some(format!("{DECLARATION}{body}"));
        }
        Some(body.clone())
    }
}

fn media(short: &str) -> &str {
    match short {
        "json" => "application/json",
        "xml" => "application/xml",
        other => other,
    }
}
