//! The log as an administrator reads it.

use super::support::service::Service;
use super::support::wire::Request;

pub const API: &str = "/plugins/restapi/v1";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub username: String,
    pub summary: String,
    pub details: String,
}

/// The status of a request of who knows the secret.
pub fn status(service: &Service, request: &str, body: &str) -> u16 {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    let mut request = Request::new(method, &format!("{API}{path}")).header("Authorization", "potato");
    if body.starts_with('<') {
        request = request.body("application/xml", body);
    } else if !body.is_empty() {
        request = request.body("application/json", body);
    }
    service.send(&request).expect("an answer").status
}

/// All entries, newest first.
pub fn entries(service: &Service) -> Vec<Entry> {
    let request = Request::get(&format!("{API}/logs/security?limit=1000"))
        .header("Authorization", "potato")
        .header("Accept", "application/json");
    let text = service.send(&request).expect("an answer").text();
    let logs: serde_json::Value = serde_json::from_str(&text).expect("a log in JSON");
    let text = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let entries = logs["logs"].as_array().expect("a list of entries").iter();
    entries
        .map(|entry| Entry {
            username: text(entry, "username"),
            summary: text(entry, "summary"),
            details: text(entry, "details"),
        })
        .collect()
}

/// The entries that come while something is done, in their order.
pub fn entries_of(service: &Service, act: impl FnOnce()) -> Vec<Entry> {
    let before = entries(service).len();
    act();
    let mut new = entries(service);
    new.truncate(new.len().checked_sub(before).expect("no entry goes"));
    new.reverse();
    new
}

pub fn summaries(service: &Service) -> Vec<String> {
    entries(service).into_iter().map(|entry| entry.summary).collect()
}
