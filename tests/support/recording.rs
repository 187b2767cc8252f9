//! The recorded files: reading them, running their steps, and comparing an answer with the recorded one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde::Deserialize;
use serde_json::Value;

use super::canonical::{Leniency, canonical};
use super::recorded_clients::ClientStep;
use super::service::{Service, Settings};
use super::wire::{Answer, Request};

/// The headers that count; all others belong to the platform of the server that was recorded.
pub const COMPARED_HEADERS: [&str; 8] = [
    "content-type",
    "allow",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-credentials",
    "www-authenticate",
    "location",
];

#[derive(Debug, Deserialize)]
pub struct Recording {
    pub name: String,
    pub setup: Setup,
    pub steps: Vec<Value>,
}

#[derive(Debug, Deserialize)]
pub struct Setup {
    #[serde(default = "basic")]
    pub auth: String,
    #[serde(default = "potato")]
    pub secret: String,
    #[serde(default)]
    pub properties: BTreeMap<String, String>,
}

fn basic() -> String {
    "basic".to_owned()
}

fn potato() -> String {
    "potato".to_owned()
}

#[derive(Debug)]
pub enum Step {
    Http(Box<Exchange>),
    Wait { milliseconds: u64 },
    Restart,
    Client(ClientStep),
}

#[derive(Clone, Debug, Deserialize)]
pub struct Exchange {
    pub id: String,
    pub request: RecordedRequest,
    pub response: RecordedResponse,
    #[serde(default)]
    pub unordered: bool,
    #[serde(default)]
    pub mask: Vec<String>,
    #[serde(default)]
    pub capture: BTreeMap<String, String>,
    #[serde(default)]
    pub ignore_headers: Vec<String>,
    #[serde(default)]
    pub note: String,
}

#[derive(Clone, Debug, Deserialize)]
pub struct RecordedRequest {
    pub method: String,
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    pub encoding: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct RecordedResponse {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    pub body: Option<String>,
    #[serde(default)]
    pub page: bool,
}

/// All recorded files, sorted by name.
pub fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/openfire/recorded");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the folder of recordings")
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    files.sort();
    files
}

impl Recording {
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).expect("a readable recording");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{} is no recording: {error}", path.display()))
    }

    pub fn steps(&self) -> impl Iterator<Item = Step> {
        self.steps.iter().map(|step| Step::read(step, &self.name))
    }

    pub fn exchange(&self, id: &str) -> Option<Exchange> {
        self.steps().find_map(|step| match step {
            Step::Http(exchange) if exchange.id == id => Some(*exchange),
            _ => None,
        })
    }

    /// What the steps are called that may be answered otherwise.
    pub fn ids(&self) -> impl Iterator<Item = String> {
        self.steps().filter_map(|step| match step {
            Step::Http(exchange) => Some(exchange.id),
            Step::Client(step) => Some(step.id),
            Step::Wait { .. } | Step::Restart => None,
        })
    }

    /// A service in the state in which this recording starts; its log when it does not come up.
    pub fn start(&self) -> Result<Service, String> {
        Service::start_with(self.settings(), &["serve", "--demo"])
    }

    fn settings(&self) -> Settings {
        let mut settings = Settings::demo()
            .with("openfire.auth", &self.setup.auth)
            .with("openfire.secret", &self.setup.secret);
        for (property, value) in &self.setup.properties {
            let list = || value.split(',').map(str::trim).collect::<Value>().to_string();
            settings = match property.as_str() {
                "plugin.restapi.enabled" => settings.with("openfire.enabled", value),
                "plugin.restapi.allowedIPs" => settings.with("openfire.allowed_ips", list()),
                "admin.authorizedJIDs" => settings.with("openfire.administrators", list()),
                _ => settings,
            };
        }
        if self.forwards_addresses() {
            settings = settings.with("http.trusted_proxies", r#"["127.0.0.1"]"#);
        }
        settings
    }

    fn forwards_addresses(&self) -> bool {
        self.steps().any(|step| {
            let Step::Http(exchange) = step else {
                return false;
            };
            exchange.request.headers.iter().any(|(name, _)| {
                let name = name.to_lowercase();
                ["x-forwarded", "http_", "x-real"]
                    .iter()
                    .any(|start| name.starts_with(start))
            })
        })
    }
}

impl Step {
    fn read(step: &Value, file: &str) -> Self {
        match step["kind"].as_str().unwrap_or_default() {
            "http" => {
                let exchange = serde_json::from_value(step.clone())
                    .unwrap_or_else(|error| panic!("{file} {}: {error}", step["id"]));
                Self::Http(Box::new(exchange))
            }
            "wait" => Self::Wait {
                milliseconds: step["ms"].as_u64().expect("milliseconds"),
            },
            "restart" => Self::Restart,
            kind if kind.starts_with("xmpp-") => {
                let step =
                    ClientStep::deserialize(step).unwrap_or_else(|error| panic!("{file} {}: {error}", step["id"]));
                Self::Client(step)
            }
            other => panic!("{file} {}: a step of kind {other:?}", step["id"]),
        }
    }
}

/// Values taken out of earlier answers.
#[derive(Debug)]
pub struct Captured(BTreeMap<String, String>);

impl Default for Captured {
    fn default() -> Self {
        Self(BTreeMap::from([("DOMAIN".to_owned(), "example.org".to_owned())]))
    }
}

impl Captured {
    pub fn fill_in(&self, text: &str) -> String {
        static PLACE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\$\{(\w+)\}").expect("a valid pattern"));
        PLACE
            .replace_all(text, |found: &Captures<'_>| {
                self.0.get(&found[1]).unwrap_or(&found[0].to_owned()).clone()
            })
            .into_owned()
    }

    pub fn take_from(&mut self, exchange: &Exchange, answer: &Answer) {
        for (name, pattern) in &exchange.capture {
            let pattern = Regex::new(pattern).expect("a valid pattern");
            if let Some(found) = pattern.captures(&answer.text()) {
                self.0.insert(name.clone(), found[1].to_owned());
            }
        }
    }
}

impl Exchange {
    pub fn request(&self, captured: &Captured) -> Request {
        let recorded = &self.request;
        let body = recorded.body.as_ref().map(|text| {
            let text = captured.fill_in(text);
            match &recorded.encoding {
                Some(encoding) => encoded(&text, encoding),
                None => text.into_bytes(),
            }
        });
        Request {
            method: recorded.method.clone(),
            path: captured.fill_in(&recorded.path),
            headers: recorded
                .headers
                .iter()
                .map(|(name, value)| (name.clone(), captured.fill_in(value)))
                .collect(),
            body,
        }
    }

    pub fn leniency(&self) -> Leniency<'_> {
        Leniency {
            unordered: self.unordered,
            mask: &self.mask,
        }
    }

    /// The differences between the recorded answer and this one, in words; none when they agree.
    pub fn differences(&self, answer: &Answer, captured: &Captured) -> Vec<String> {
        let wanted = &self.response;
        if answer.status != wanted.status {
            return vec![format!("status {}, want {}", answer.status, wanted.status)];
        }
        let mut differences = Vec::new();
        for name in COMPARED_HEADERS {
            if self.ignore_headers.iter().any(|ignored| ignored == name) || (name == "content-type" && wanted.page) {
                continue;
            }
            let want = wanted.headers.get(name).map(String::as_str);
            let got = answer.header(name);
            if comparable(name, want) != comparable(name, got.as_deref()) {
                differences.push(format!("header {name} {got:?}, want {want:?}"));
            }
        }
        let Some(want) = &wanted.body else {
            return differences;
        };
        let want = captured.fill_in(want);
        let got = answer.text();
        let type_wanted = wanted.headers.get("content-type").map(String::as_str);
        let type_got = answer.header("content-type");
        let same =
            canonical(&want, type_wanted, self.leniency()) == canonical(&got, type_got.as_deref(), self.leniency());
        if !same {
            differences.push(format!("body {got:?}, want {want:?}"));
        } else if !self.unordered && self.mask.is_empty() && got != want {
            differences.push(format!("text {got:?}, want {want:?}"));
        }
        differences
    }
}

/// A header value as it is compared: types without blanks and the charset that goes without saying, lists as sets.
pub fn comparable(name: &str, value: Option<&str>) -> String {
    match name {
        "content-type" => {
            let value: String = value.unwrap_or_default().to_lowercase();
            let value: String = value.split_whitespace().collect();
            value.strip_suffix(";charset=utf-8").unwrap_or(&value).to_owned()
        }
        "allow" | "access-control-allow-methods" | "access-control-allow-headers" => {
            let mut items: Vec<_> = value.unwrap_or_default().split(',').map(str::trim).collect();
            items.sort_unstable();
            items.join(",")
        }
        _ => format!("{value:?}"),
    }
}

fn encoded(text: &str, encoding: &str) -> Vec<u8> {
    let utf16 = |to_bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(to_bytes).collect();
    let after_mark = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
    match encoding {
        "utf-8" | "us-ascii" => text.as_bytes().to_vec(),
        "utf-8-sig" => after_mark(b"\xEF\xBB\xBF", text.as_bytes().to_vec()),
        "utf-16-le" => utf16(u16::to_le_bytes),
        "utf-16-be" => utf16(u16::to_be_bytes),
        "utf-16" => after_mark(b"\xFF\xFE", utf16(u16::to_le_bytes)),
        "utf-32" => {
            let characters = text.chars().flat_map(|one| u32::from(one).to_le_bytes());
            after_mark(b"\xFF\xFE\0\0", characters.collect())
        }
        // Only Latin-1 letters occur, which Windows-1252 has at the same places.
        "iso-8859-1" | "windows-1252" => text
            .chars()
            .map(|one| u8::try_from(one).expect("a Latin-1 character"))
            .collect(),
        other => panic!("a body in the encoding {other:?}"),
    }
}
