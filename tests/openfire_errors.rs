//! Every error that the original has words for, row by row of `plugins-compat/openfire-errors.toml`: a recording shows it, and
//! `tests/openfire_recorded.rs` replays that, or nothing can lead to it here, and then the code has no words for it either.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;
use serde_json::Value;
use support::compat::Compat;
use support::recording::{Exchange, Recording, Step};
use support::service::{Service, Settings};
use support::wire::Request;
use support::{recording, rust_files};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    errors: Vec<Row>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    status: u16,
    exception: String,
    /// `None`: the entity has no such field.
    resource: Option<String>,
    message: String,
    at: String,
    /// A recording and its step.
    shown_by: Option<String>,
    unreachable: Option<String>,
}

/// A service error as it was recorded.
#[derive(Debug, PartialEq)]
struct Told {
    status: u16,
    exception: String,
    resource: Option<String>,
    message: String,
}

#[test]
fn every_error_is_shown_or_has_a_reason_why_not() {
    for row in rows() {
        let reasons = [&row.shown_by, &row.unreachable].into_iter().flatten();
        let reasons: Vec<_> = reasons.filter(|text| !text.is_empty()).collect();
        assert_eq!(reasons.len(), 1, "{row:?}");
        assert!(!row.at.is_empty(), "{row:?}");
    }
}

#[test]
fn a_recording_shows_each_error_and_the_service_gives_the_same() {
    let compat = Compat::read();
    for row in rows() {
        let Some(shown_by) = &row.shown_by else { continue };
        let (file, step) = shown_by.split_once(' ').expect("a recording and a step");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/openfire/recorded");
        let recording = Recording::read(&folder.join(format!("{file}.json")));
        let exchange = recording.exchange(step);
        let exchange = exchange.unwrap_or_else(|| panic!("{file} has no request {step}"));
        let told = Told::by(&exchange).unwrap_or_else(|| panic!("{shown_by} is no service error"));
        assert!(row.is(&told), "{shown_by}: {told:?} is not {row:?}");
        // Without a deviation the replay wants exactly this answer.
        assert!(
            compat.deviation(file, step).is_none(),
            "{shown_by} is answered otherwise"
        );
    }
}

#[test]
fn every_recorded_error_has_its_row() {
    for path in recording::files() {
        let recording = Recording::read(&path);
        for step in recording.steps() {
            let Step::Http(exchange) = step else { continue };
            if let Some(told) = Told::by(&exchange) {
                let rows = rows().iter().filter(|row| row.is(&told)).count();
                assert!(rows > 0, "{} {}: {told:?}", recording.name, exchange.id);
            }
        }
    }
}

/// The message of an operation stays, since bad input is refused with it (row 16), and so do words that a reachable error has too.
#[test]
fn the_code_has_no_words_for_what_cannot_happen() {
    let compat = Compat::read();
    let reachable = || rows().iter().filter(|row| row.shown_by.is_some());
    let exceptions: BTreeSet<_> = reachable().map(|row| row.exception.as_str()).collect();
    let of_operations = compat.rest.messages.values().map(|message| message.message.as_str());
    let messages: BTreeSet<_> = reachable()
        .map(|row| row.message.as_str())
        .chain(of_operations)
        .collect();
    let code = code();
    let mut wrong = Vec::new();
    for row in rows().iter().filter(|row| row.unreachable.is_some()) {
        if !messages.contains(row.message.as_str()) && code.contains(fixed_part(&row.message)) {
            wrong.push(&row.message);
        }
        if !exceptions.contains(row.exception.as_str()) && code.contains(&row.exception) {
            wrong.push(&row.exception);
        }
    }
    assert!(wrong.is_empty(), "in src, though nothing leads there: {wrong:#?}");
}

/// The four refusals of a rename over contacts are unreachable: it takes them all, and what is in their way gives way.
#[test]
fn a_rename_takes_contacts_that_its_new_name_was_given_before() {
    let service = Service::demo(Settings::demo());
    let send = |method: &str, path: &str, body: &str| {
        let request = Request::new(method, &format!("/plugins/restapi/v1{path}"))
            .header("Authorization", "potato")
            .header("Accept", "application/json");
        let request = if body.is_empty() {
            request
        } else {
            request.body("application/json", body)
        };
        service.send(&request).expect("an answer")
    };
    let contact =
        |nickname: &str| format!(r#"{{"jid":"pal@example.net","nickname":"{nickname}","subscriptionType":3}}"#);
    assert_eq!(send("POST", "/users/janet/roster", &contact("Before")).status, 201);
    assert_eq!(send("POST", "/users/jane/roster", &contact("Along")).status, 201);
    assert_eq!(send("PUT", "/users/jane", r#"{"username":"janet"}"#).status, 200);
    let roster = send("GET", "/users/janet/roster", "").text();
    let roster: Value = serde_json::from_str(&roster).expect("a roster");
    let items = roster["rosterItem"].as_array().expect("a list");
    let mut found: Vec<_> = items.iter().map(|item| (&item["jid"], &item["nickname"])).collect();
    found.sort_by_key(|(jid, _)| jid.to_string());
    let known = [("john@example.org", "John"), ("pal@example.net", "Along")];
    assert_eq!(found.len(), known.len(), "{roster}");
    for ((jid, nickname), known) in found.into_iter().zip(known) {
        assert_eq!((jid, nickname), (&Value::from(known.0), &Value::from(known.1)));
    }
}

#[test]
fn what_differs_from_request_to_request_is_left_open() {
    assert!(fits("no <name> here", "no way in here") && !fits("no <name> here", "no here"));
    assert!(fits("<path> != <name>", "a != b") && !fits("<path> != <name>", "a = b"));
    assert!(fits("users", "users") && !fits("users", "user"));
    assert_eq!(fixed_part("a <name> is not here"), " is not here");
}

impl Row {
    fn is(&self, told: &Told) -> bool {
        let same_resource = match (&self.resource, &told.resource) {
            (Some(pattern), Some(resource)) => fits(pattern, resource),
            (None, None) => true,
            _ => false,
        };
        same_resource
            && self.status == told.status
            && self.exception == told.exception
            && fits(&self.message, &told.message)
    }
}

impl Told {
    fn by(exchange: &Exchange) -> Option<Self> {
        let body = exchange.response.body.as_deref()?;
        let json: Option<Value> = serde_json::from_str(body).ok();
        let field = |name: &str| match &json {
            Some(json) => json.get(name)?.as_str().map(str::to_owned),
            None => element(body, name),
        };
        Some(Self {
            status: exchange.response.status,
            exception: field("exception")?,
            resource: field("resource"),
            message: field("message")?,
        })
    }
}

/// The text of an element of an `error` entity.
fn element(body: &str, name: &str) -> Option<String> {
    let entity = body.split_once("<error>")?.1;
    let (_, rest) = entity.split_once(&format!("<{name}>"))?;
    let (text, _) = rest.split_once(&format!("</{name}>"))?;
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    Some(text.replace("&amp;", "&"))
}

fn rows() -> &'static [Row] {
    static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
        let text = include_str!("../plugins-compat/openfire-errors.toml");
        let table: Table = toml::from_str(text).expect("a readable table");
        table.errors
    });
    &ROWS
}

/// Whether a text is that of a pattern, in which `<…>` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let parts: Vec<_> = fixed_parts(pattern).collect();
    let [first, between @ .., last] = &parts[..] else {
        return pattern == text;
    };
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    for part in between {
        let Some((_, after)) = rest.split_once(part) else {
            return false;
        };
        rest = after;
    }
    rest.ends_with(last)
}

fn fixed_parts(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.split('<').enumerate().map(|(number, part)| {
        if number == 0 {
            part
        } else {
            part.split_once('>').expect("`>`").1
        }
    })
}

/// The longest text that every message of a pattern has.
fn fixed_part(pattern: &str) -> &str {
    fixed_parts(pattern).max_by_key(|part| part.len()).unwrap_or_default()
}

/// All code, its texts on one line each.
fn code() -> String {
    let folded = Regex::new(r"\\\n\s*").expect("a valid pattern");
    let files = rust_files::below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(files.len() > 10, "the sources were not found");
    let texts = files
        .iter()
        .map(|file| fs::read_to_string(file).expect("a readable file"));
    folded.replace_all(&texts.collect::<String>(), "").into_owned()
}
