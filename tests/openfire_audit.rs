//! What the security audit log tells of requests: every change once, and nothing of what changes nothing.

mod support;

use support::service::{Service, Settings};
use support::wire::Request;

const API: &str = "/plugins/restapi/v1";

fn status(service: &Service, request: &str, body: &str) -> u16 {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    let mut request = Request::new(method, &format!("{API}{path}")).header("Authorization", "potato");
    if body.starts_with('<') {
        request = request.body("application/xml", body);
    } else if !body.is_empty() {
        request = request.body("application/json", body);
    }
    service.send(&request).expect("an answer").status
}

/// The summaries of all entries, newest first.
fn summaries(service: &Service) -> Vec<String> {
    let request = Request::get(&format!("{API}/logs/security?limit=1000"))
        .header("Authorization", "potato")
        .header("Accept", "application/json");
    let text = service.send(&request).expect("an answer").text();
    let logs: serde_json::Value = serde_json::from_str(&text).expect("a log in JSON");
    let entries = logs["logs"].as_array().expect("a list of entries");
    let summary = |entry: &serde_json::Value| entry["summary"].as_str().map(str::to_owned);
    entries.iter().filter_map(summary).collect()
}

#[test]
fn what_changes_something_is_told_and_the_same_again_is_not() {
    let service = Service::demo(Settings::demo());
    let room = r#"{"roomName":"r","naturalName":"R"}"#;
    assert_eq!(status(&service, "POST /chatrooms", room), 201);
    assert_eq!(status(&service, "POST /groups", r#"{"name":"g"}"#), 201);
    let changes = [
        (
            "PUT /users/jane",
            r#"{"name":"J","properties":[{"key":"a","value":"1"}]}"#,
        ),
        ("POST /lockouts/john", ""),
        ("DELETE /lockouts/john", ""),
        ("POST /users/jane/groups/g", ""),
        ("POST /users/jane/groups", r#"{"groupnames":["g","new"]}"#),
        ("DELETE /users/jane/groups/g", ""),
        ("DELETE /users/jane/groups", r#"{"groupnames":["g","new"]}"#),
        ("PUT /groups/g", r#"{"name":"g","description":"d","members":["john"]}"#),
        (
            "PUT /users/jane/roster/john@example.org",
            r#"{"nickname":"N","subscriptionType":1,"groups":["A"]}"#,
        ),
        ("PUT /users/jane/vcard", "<vCard xmlns='vcard-temp'/>"),
        ("DELETE /users/jane/vcard", ""),
        ("POST /chatrooms/r/members/jane", ""),
        ("POST /chatrooms/r/admins", r#"{"admins":["john"]}"#),
        ("PUT /chatrooms/r/admins", r#"{"admins":["jane"]}"#),
        ("POST /system/properties", r#"{"key":"k","value":"v"}"#),
        ("PUT /system/properties/k", r#"{"key":"k","value":"w"}"#),
    ];
    for (request, body) in changes {
        let before = summaries(&service).len();
        let first = status(&service, request, body);
        assert!(matches!(first, 200 | 201), "{request}: {first}");
        assert_eq!(summaries(&service).len(), before + 1, "{request}");
        assert_eq!(status(&service, request, body), first, "{request}");
        assert_eq!(summaries(&service).len(), before + 1, "{request} once more");
    }
    let before = summaries(&service).len();
    assert_eq!(status(&service, "PUT /users/jane", ""), 200, "no entity, no change");
    assert_eq!(status(&service, "DELETE /users/nobody", ""), 404);
    assert_eq!(summaries(&service).len(), before);
}

#[test]
fn what_is_sent_is_told_though_nothing_of_it_is_stored() {
    let service = Service::demo(Settings::demo());
    assert_eq!(status(&service, "POST /chatrooms", r#"{"roomName":"r"}"#), 201);
    assert_eq!(status(&service, "POST /messages/users", r#"{"body":"hello"}"#), 201);
    assert_eq!(
        status(&service, "POST /chatrooms/r/invite/jane", r#"{"reason":"x"}"#),
        200
    );
    let several = r#"{"reason":"x","jidsToInvite":["john","kim@example.net"]}"#;
    assert_eq!(status(&service, "POST /chatrooms/r/invite", several), 200);
    assert_eq!(
        status(&service, "POST /chatrooms/none/invite/jane", r#"{"reason":"x"}"#),
        404
    );
    assert_eq!(
        summaries(&service)[..3],
        [
            "invited to room r@conference.example.org: john@example.org, kim@example.net",
            "invited to room r@conference.example.org: jane@example.org",
            "sent a message to all connected users",
        ]
    );
}
