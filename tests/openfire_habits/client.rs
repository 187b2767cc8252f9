//! One client against one running service: it sends its requests and notes every answer that is not the wanted one.

use serde_json::Value;

use super::support::service::{Service, Settings};
use super::support::wire::{Answer, Request};

const API: &str = "/plugins/restapi/v1";
/// One client: the service it meets and the headers it always sends.
pub struct Client {
    pub service: Service,
    pub headers: Vec<(&'static str, &'static str)>,
    wrong: Vec<String>,
}

impl Client {
    pub fn new(settings: Settings, headers: &[(&'static str, &'static str)]) -> Self {
        Self {
            service: Service::demo(settings),
            headers: headers.to_vec(),
            wrong: Vec::new(),
        }
    }

    /// `request` is method and target; a target that does not start with `/plugins` or `//` is below the API.
    pub fn send(&self, request: &str, content: Option<(&str, &str)>) -> Answer {
        let (method, target) = request.split_once(' ').expect("a method and a target");
        let target = if target.starts_with("/plugins") || target.starts_with("//") {
            target.to_owned()
        } else {
            format!("{API}{target}")
        };
        let mut sent = Request::new(method, &target);
        for (name, value) in &self.headers {
            sent = sent.header(name, value);
        }
        if let Some((content_type, body)) = content {
            sent = sent.body(content_type, body);
        }
        self.service.send(&sent).expect("an answer")
    }

    /// Sends a body with its `Content-Type`; the answer has that status and, as every write, no body.
    pub fn writes(&mut self, request: &str, content_type: &str, body: &str, status: u16) {
        let answer = self.send(request, Some((content_type, body)));
        self.compare(request, body, status, &answer);
    }

    pub fn json(&mut self, request: &str, body: &str, status: u16) {
        self.writes(request, "application/json", body, status);
    }

    pub fn bare(&mut self, request: &str, status: u16) {
        let answer = self.send(request, None);
        self.compare(request, "", status, &answer);
    }

    fn compare(&mut self, request: &str, body: &str, status: u16, answer: &Answer) {
        let text = answer.text();
        if answer.status != status || (status < 300 && !text.is_empty()) {
            self.wrong.push(format!(
                "{request} {body}\n  want {status}, got {} {text}",
                answer.status
            ));
        }
    }

    /// What the client reads with its own headers is that JSON, member for member.
    pub fn reads(&mut self, target: &str, want: &Value) {
        let answer = self.send(&format!("GET {target}"), None);
        self.same(target, want, &answer);
    }

    /// What is there, as the current JSON says it: each member of `want` has that value.
    pub fn leaves(&mut self, target: &str, want: &Value) {
        let target = format!("{API}{target}");
        let credentials = self.headers.iter().find(|(name, _)| *name == "Authorization");
        let (name, value) = *credentials.expect("a client with credentials");
        let request = Request::get(&target)
            .header(name, value)
            .header("Accept", "application/json");
        let answer = self.service.send(&request).expect("an answer");
        self.same(&target, want, &answer);
    }

    fn same(&mut self, target: &str, want: &Value, answer: &Answer) {
        let text = answer.text();
        let got: Value = serde_json::from_str(&text).unwrap_or_default();
        if answer.status != 200 || !holds(&got, want) {
            self.wrong
                .push(format!("GET {target}\n  want {want}\n  got {} {text}", answer.status));
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.wrong.is_empty(), "\n{}", self.wrong.join("\n"));
        }
    }
}

/// Whether every member of `want` is in `got`, at any depth; lists are equal in length and order.
fn holds(got: &Value, want: &Value) -> bool {
    match (got, want) {
        (Value::Object(got), Value::Object(want)) => want
            .iter()
            .all(|(key, want)| got.get(key).is_some_and(|got| holds(got, want))),
        (Value::Array(got), Value::Array(want)) => {
            got.len() == want.len() && got.iter().zip(want).all(|(got, want)| holds(got, want))
        }
        _ => got == want,
    }
}
