//! Names that cost much to prepare, and many of them at once.

use serde_json::{Value, json};

use super::support::service::Service;
use super::visitor::{SECRET, Visitor, secret_mode};

/// Texts of some hundred kilobytes that are hard to normalise, to encode or to split.
fn hostile() -> Vec<String> {
    let ideographs: String = ('\u{4e00}'..='\u{9fa5}').cycle().take(50_000).collect();
    vec![
        "é".repeat(100_000),
        format!("x@{}", "é".repeat(100_000)),
        format!("x@{}", "a.".repeat(100_000)),
        format!("x@{}com", "é.".repeat(62_500)),
        format!("x@{}", format!("{}.", "b".repeat(63)).repeat(3_000)),
        format!("x@xn--{}", "a".repeat(225_000)),
        format!("x@{}", "xn--e1a.".repeat(25_000)),
        format!("x@{ideographs}"),
        ideographs,
        format!("a{}", "\u{301}".repeat(100_000)),
        format!("a{}", "\u{301}\u{316}".repeat(50_000)),
        format!("x@a{}", "\u{301}\u{316}".repeat(50_000)),
        "\u{fdfa}".repeat(62_500),
        "\u{ad}".repeat(100_000),
        "\u{1100}\u{1161}\u{11a8}".repeat(25_000),
        "\u{5d0}1\u{5d0}".repeat(37_500),
        format!("x@example.net/{}", "\u{fdfa}".repeat(62_500)),
        "@".repeat(225_000),
        "/".repeat(225_000),
        "a@b/".repeat(50_000),
        "\\20".repeat(75_000),
    ]
}

fn requests(text: &str) -> [(&'static str, Value); 9] {
    [
        ("POST /users", json!({"username": text, "password": "x"})),
        ("PUT /users/jane", json!({"username": text})),
        ("POST /users/jane/roster", json!({"jid": text})),
        ("POST /groups", json!({"name": "g", "members": [text]})),
        ("POST /chatrooms", json!({"roomName": text})),
        (
            "POST /chatrooms",
            json!({"roomName": "r", "owners": [text], "memberGroups": [text]}),
        ),
        ("POST /chatservices", json!({"serviceName": text})),
        ("PUT /chatrooms/r/owners", json!({"owners": [text]})),
        ("POST /chatrooms/r/invite", json!({"jidsToInvite": [text]})),
    ]
}

#[test]
fn an_endless_name_is_refused() {
    let service = Service::demo(secret_mode());
    let mut caller = Visitor::with(&service, SECRET);
    for text in hostile() {
        for (request, body) in requests(&text) {
            let answer = caller.send_json(request, &body.to_string());
            let shown: String = text.chars().take(20).collect();
            assert!(
                (400..500).contains(&answer.status),
                "{request} {shown}: {}",
                answer.status
            );
        }
    }
}

#[test]
fn many_names_at_once_keep_nobody_waiting() {
    const MANY: usize = 60_000;
    let service = Service::demo(secret_mode());
    let mut caller = Visitor::with(&service, SECRET);
    let names: Vec<String> = (0..MANY).map(|n| format!("u{n}@example.net")).collect();
    let groups: Vec<String> = (0..MANY).map(|n| format!("g{n}")).collect();
    for (request, body, status) in [
        ("POST /groups", json!({"name": "g", "members": names}), 201),
        (
            "PUT /groups/g",
            json!({"name": "g", "members": ["jane"], "admins": names}),
            200,
        ),
        ("POST /chatrooms", json!({"roomName": "r", "owners": names}), 201),
        // there would be no owner left
        ("PUT /chatrooms/r/members", json!({"members": names}), 409),
        ("PUT /chatrooms/r/owners", json!({"owners": ["jane"]}), 201),
        ("POST /users/jane/groups", json!({"groupnames": groups}), 201),
        (
            "POST /users/jane/roster",
            json!({"jid": "x@example.net", "groups": groups}),
            201,
        ),
        ("DELETE /groups/g", json!(null), 200),
        ("DELETE /chatrooms/r", json!(null), 200),
    ] {
        let answer = caller.send_json(request, &body.to_string());
        assert_eq!(answer.status, status, "{request}: {}", answer.text());
    }
}
