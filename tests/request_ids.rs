//! Names of requests: in from the client, out in the answer and in the log.

mod support;

use serde_json::Value;
use support::service::{Service, Settings};
use support::wire::{Answer, Request};

const USERS: &str = "/plugins/restapi/v1/users";
const PROBE: &str = "/plugins/restapi/v1/system/liveness";

fn get(path: &str) -> Request {
    Request::get(path).header("Authorization", "potato")
}

fn ask(service: &Service, request: &Request) -> Answer {
    service.send(request).expect("an answer")
}

fn id_of(answer: &Answer) -> Option<String> {
    answer.header("x-request-id")
}

#[test]
fn who_sends_none_gets_the_headers_of_the_original() {
    let service = Service::demo(Settings::demo().with("log.access", "true"));
    for path in [USERS, PROBE, "/nowhere"] {
        assert_eq!(id_of(&ask(&service, &get(path))), None, "{path}");
    }
}

#[test]
fn the_one_that_is_sent_comes_back() {
    let service = Service::demo(Settings::demo());
    for path in [USERS, PROBE, "/nowhere", "/plugins/restapi/docs/index.html", "/%zz"] {
        let answer = ask(&service, &get(path).header("X-Request-Id", "trace-4711"));
        assert_eq!(id_of(&answer).as_deref(), Some("trace-4711"), "{path}");
    }
}

#[test]
fn one_that_could_do_harm_is_replaced() {
    let service = Service::demo(Settings::demo());
    for harmful in ["a b", "\"x\"", "x\u{e9}", &"x".repeat(200)] {
        let answer = ask(&service, &get(USERS).header("X-Request-Id", harmful));
        let id = id_of(&answer).expect("an identifier");
        assert!(
            id.len() == 16 && id.chars().all(|c| c.is_ascii_hexdigit()),
            "{harmful}: {id}"
        );
    }
}

#[test]
fn where_the_operator_wants_it_every_answer_has_one_of_its_own() {
    let service = Service::demo(Settings::demo().with("http.request_ids", "true"));
    let first = id_of(&ask(&service, &get(USERS))).expect("an identifier");
    let second = id_of(&ask(&service, &get(USERS))).expect("an identifier");
    assert_ne!(first, second);
    let own = ask(&service, &get(USERS).header("X-Request-Id", "mine"));
    assert_eq!(id_of(&own).as_deref(), Some("mine"));
}

#[test]
fn every_line_of_a_request_names_it() {
    let settings = Settings::demo().with("log.access", "true").with("log.level", "debug");
    let service = Service::demo(settings);
    let malformed = Request::new("POST", USERS)
        .header("Authorization", "potato")
        .header("X-Request-Id", "trace-4711")
        .body("application/xml", "<user");
    assert_eq!(ask(&service, &malformed).status, 400);
    let log = service.log();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("trace-4711")).collect();
    assert!(
        lines.iter().any(|line| line.contains("is not the XML of its entity")),
        "{log}"
    );
    assert!(
        lines
            .iter()
            .any(|line| line.contains("answered") && line.contains("400")),
        "{log}"
    );
}

#[test]
fn in_json_the_line_of_a_request_is_one_object_with_its_name() {
    let settings = Settings::demo().with("log.access", "true").with("log.format", "json");
    let service = Service::demo(settings);
    ask(
        &service,
        &get(&format!("{USERS}/jane?secret=beetle")).header("X-Request-Id", "trace-4711"),
    );
    let log = service.log();
    let entries = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("an object"));
    let entry = entries
        .into_iter()
        .find(|entry| entry["message"] == "answered")
        .expect("the line of the request");
    assert_eq!(entry["span"]["request.id"], "trace-4711");
    assert_eq!(entry["http.method"], "GET");
    assert_eq!(entry["http.path"], format!("{USERS}/jane"));
    assert_eq!(entry["http.status"], 200);
    assert_eq!(entry["client.address"], "127.0.0.1");
    assert!(
        entry["http.seconds"].as_f64().is_some_and(|seconds| seconds > 0.0),
        "{entry}"
    );
    assert!(!log.contains("beetle"), "{log}");
}
