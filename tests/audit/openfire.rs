//! What the log tells of requests that say the same twice, or say nothing that is stored.

use super::log::{status, summaries};
use super::support::service::{Service, Settings};

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
