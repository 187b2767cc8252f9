//! Each operation of the REST API that changes something leaves the entry that tells of it.

use std::collections::BTreeSet;

use super::log::{API, entries_of, status};
use super::support::service::{Service, Settings};
use super::support::wire::Request;
use super::support::xmpp::Client;

/// A request, its body, and the entries that it leaves. Each finds what those before it have left.
const CHANGES: &[(&str, &str, &[&str])] = &[
    (
        "POST /users",
        r#"{"username":"mary","password":"secret"}"#,
        &["created account mary@example.org"],
    ),
    (
        "POST /users",
        r#"{"users":[{"username":"ann","password":"secret"},{"username":"bob","password":"secret"}]}"#,
        &["created account ann@example.org", "created account bob@example.org"],
    ),
    (
        "PUT /users/mary",
        r#"{"name":"Mary","password":"other"}"#,
        &["changed account mary@example.org"],
    ),
    (
        "PUT /users/mary",
        r#"{"username":"marie"}"#,
        &["renamed account mary@example.org to marie@example.org"],
    ),
    ("POST /lockouts/marie", "", &["locked account marie@example.org"]),
    ("DELETE /lockouts/marie", "", &["unlocked account marie@example.org"]),
    ("DELETE /users/marie", "", &["removed account marie@example.org"]),
    ("POST /groups", r#"{"name":"g"}"#, &["created group g"]),
    ("POST /groups", r#"{"name":"h"}"#, &["created group h"]),
    (
        "PUT /groups/g",
        r#"{"name":"g","description":"d"}"#,
        &["changed group g"],
    ),
    (
        "POST /users/jane/groups/g",
        "",
        &["added jane@example.org to the groups g"],
    ),
    (
        "DELETE /users/jane/groups/g",
        "",
        &["removed jane@example.org from the group g"],
    ),
    (
        "POST /users/jane/groups",
        r#"{"groupnames":["g","h"]}"#,
        &["added jane@example.org to the groups g, h"],
    ),
    (
        "DELETE /users/jane/groups",
        r#"{"groupnames":["g","h"]}"#,
        &[
            "removed jane@example.org from the group g",
            "removed jane@example.org from the group h",
        ],
    ),
    (
        "POST /users/jane/roster",
        r#"{"jid":"kim@example.net","nickname":"Kim"}"#,
        &["added kim@example.net to the roster of jane@example.org"],
    ),
    (
        "PUT /users/jane/roster/kim@example.net",
        r#"{"nickname":"K","subscriptionType":3}"#,
        &["changed kim@example.net in the roster of jane@example.org"],
    ),
    (
        "DELETE /users/jane/roster/kim@example.net",
        "",
        &["removed kim@example.net from the roster of jane@example.org"],
    ),
    (
        "PUT /users/jane/vcard",
        "<vCard xmlns='vcard-temp'/>",
        &["changed the vCard of jane@example.org"],
    ),
    (
        "DELETE /users/jane/vcard",
        "",
        &["removed the vCard of jane@example.org"],
    ),
    (
        "POST /chatservices",
        r#"{"serviceName":"talks"}"#,
        &["created chat service talks.example.org"],
    ),
    (
        "POST /chatrooms?servicename=talks",
        r#"{"roomName":"far"}"#,
        &["set room far@talks.example.org"],
    ),
    (
        "POST /chatrooms",
        r#"{"roomName":"r"}"#,
        &["set room r@conference.example.org"],
    ),
    (
        "PUT /chatrooms/r",
        r#"{"roomName":"r","naturalName":"R","description":"new"}"#,
        &["set room r@conference.example.org"],
    ),
    (
        "POST /chatrooms/bulk",
        r#"{"chatRooms":[{"roomName":"s"},{"roomName":"t"}]}"#,
        &["set room s@conference.example.org", "set room t@conference.example.org"],
    ),
    (
        "POST /chatrooms/r/members/jane",
        "",
        &["added to the members of room r@conference.example.org: jane@example.org"],
    ),
    (
        "DELETE /chatrooms/r/members/jane",
        "",
        &["removed from the members of room r@conference.example.org: jane@example.org"],
    ),
    (
        "POST /chatrooms/r/owners/group/g",
        "",
        &["added to the owners of room r@conference.example.org: group g"],
    ),
    (
        "POST /chatrooms/r/owners/jane",
        "",
        &["added to the owners of room r@conference.example.org: jane@example.org"],
    ),
    (
        "DELETE /chatrooms/r/owners/group/g",
        "",
        &["removed from the owners of room r@conference.example.org: group g"],
    ),
    (
        "POST /chatrooms/r/admins",
        r#"{"admins":["john","kim@example.net"]}"#,
        &["added to the admins of room r@conference.example.org: john@example.org, kim@example.net"],
    ),
    (
        "PUT /chatrooms/r/outcasts",
        r#"{"outcasts":["kim@example.net"]}"#,
        &["replaced the outcasts of room r@conference.example.org by: kim@example.net"],
    ),
    (
        "POST /chatrooms/r/invite/jane",
        r#"{"reason":"x"}"#,
        &["invited to room r@conference.example.org: jane@example.org"],
    ),
    (
        "POST /chatrooms/r/invite",
        r#"{"reason":"x","jidsToInvite":["john"]}"#,
        &["invited to room r@conference.example.org: john@example.org"],
    ),
    ("DELETE /chatrooms/r", "", &["removed room r@conference.example.org"]),
    ("DELETE /groups/g", "", &["removed group g"]),
    (
        "POST /system/properties",
        r#"{"key":"k","value":"v"}"#,
        &["set property k"],
    ),
    (
        "PUT /system/properties/k",
        r#"{"key":"k","value":"w"}"#,
        &["set property k"],
    ),
    ("DELETE /system/properties/k", "", &["removed property k"]),
    (
        "POST /messages/users",
        r#"{"body":"hello"}"#,
        &["sent a message to all connected users"],
    ),
    (
        "DELETE /sessions/jane",
        "",
        &["closed the sessions of jane@example.org"],
    ),
];

/// Method and template of every operation that is more than a question, as the service describes itself.
fn operations(service: &Service) -> BTreeSet<String> {
    let request = Request::get(&format!("{API}/openapi.json")).header("Authorization", "potato");
    let text = service.send(&request).expect("an answer").text();
    let document: serde_json::Value = serde_json::from_str(&text).expect("a document");
    let paths = document["paths"].as_object().expect("paths");
    let operations = paths.iter().flat_map(|(path, methods)| {
        let path = path.strip_prefix("/restapi/v1").expect("a path below the base");
        let methods = methods.as_object().expect("methods").keys();
        methods.map(move |method| format!("{} {path}", method.to_uppercase()))
    });
    // The userservice has a table of its own.
    let is_change = |operation: &String| !operation.starts_with("GET ") && operation != "POST /userservice";
    operations.filter(is_change).collect()
}

#[test]
fn every_operation_that_changes_something_is_told_with_who_and_from_where() {
    let service = Service::demo(Settings::demo());
    let mut jane = Client::dial(service.xmpp_port, "example.org").expect("a connection");
    jane.log_in("jane", "secret").expect("a login");
    jane.bind("balcony").expect("a session");
    jane.send("<presence/>");
    jane.settle();

    let mut told = BTreeSet::new();
    for (request, body, expected) in CHANGES {
        let entries = entries_of(&service, || {
            let status = status(&service, request, body);
            assert!(matches!(status, 200 | 201), "{request}: {status}");
        });
        let summaries: Vec<_> = entries.iter().map(|entry| entry.summary.as_str()).collect();
        assert_eq!(summaries, *expected, "{request}");
        let method = request.split(' ').next().expect("a method");
        for entry in entries {
            assert_eq!(entry.username, "(shared secret)", "{request}");
            let door = entry.details.strip_prefix("openfire: ");
            let operation = door.and_then(|door| door.strip_suffix(" from 127.0.0.1"));
            let operation = operation.unwrap_or_else(|| panic!("{request}: {}", entry.details));
            assert!(operation.starts_with(&format!("{method} /")), "{request}: {operation}");
            told.insert(operation.to_owned());
        }
    }
    let untold: Vec<_> = operations(&service).difference(&told).cloned().collect();
    assert!(untold.is_empty(), "no request of the table: {untold:#?}");
}
