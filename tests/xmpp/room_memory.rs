//! What rooms tell newcomers of what was said before, also after a restart, and how much of it.

use serde_json::Value;

use super::rooms::{ROOM, content, enter, enter_surely, get, server};
use super::server::Server;
use super::support::service::Settings;

#[test]
fn what_was_said_in_a_logged_room_is_there_after_a_restart() {
    let mut server = server(r#""logEnabled": true"#);
    let mut jane = server.connect("jane", "a");
    enter_surely(&mut jane, "Jane");
    for number in 0..30 {
        jane.send(&format!(
            "<message to='{ROOM}' type='groupchat' id='{number}'><body>said {number}</body></message>"
        ));
    }
    jane.expect(&["<body>said 29"]);
    let (_, before) = get(&server, "/chatrooms/lobby/chathistory");
    let said = before["message"].as_array().expect("a list");
    assert_eq!((said.len(), &said[0]["body"]), (25, &Value::from("said 5")));
    assert_eq!(said[24]["delay_from"], "jane@example.org/a");
    server.0.restart();
    assert_eq!(get(&server, "/chatrooms/lobby/chathistory").1, before);
    let mut jane = server.connect("jane", "a");
    enter(&mut jane, "Jane");
    let last = jane.expect(&["<message", "<body>said 29"]);
    assert!(
        last.contains("<delay xmlns='urn:xmpp:delay' from='lobby@conference.example.org'"),
        "{last}"
    );
    assert_eq!(get(&server, "/chatrooms/lobby/chathistory").1, before);
}

#[test]
fn who_set_the_subject_and_when_is_known_after_a_restart() {
    let mut server = server("");
    server.rest("POST /chatrooms/lobby/owners/jane", "");
    let mut jane = server.connect("jane", "a");
    enter_surely(&mut jane, "Jane");
    jane.send(&format!(
        "<message to='{ROOM}' type='groupchat' id='s'><subject>Tea</subject></message>"
    ));
    jane.expect(&["<message", "<subject>Tea"]);
    let mut told = Vec::new();
    for _ in 0..2 {
        let mut john = server.connect("john", "a");
        enter(&mut john, "John");
        let subject = john.expect(&["<subject>Tea"]);
        assert!(subject.contains(&format!("from='{ROOM}/Jane'")), "{subject}");
        assert!(
            subject.contains(&format!("<delay xmlns='urn:xmpp:delay' from='{ROOM}'")),
            "{subject}"
        );
        told.push(subject);
        server.0.restart();
    }
    assert_eq!(told[0], told[1]);
}

#[test]
fn what_was_said_in_a_room_that_is_not_logged_is_there_until_the_service_ends() {
    let mut server = server(r#""logEnabled": false"#);
    let mut jane = server.connect("jane", "a");
    enter_surely(&mut jane, "Jane");
    jane.send(&format!(
        "<message to='{ROOM}' type='groupchat'><body>between us</body></message>"
    ));
    jane.expect(&["<body>between us"]);
    jane.send(&format!("<presence to='{ROOM}/Jane' type='unavailable'/>"));
    jane.sync();
    let said = |server: &Server| {
        get(server, "/chatrooms/lobby/chathistory").1["message"]
            .as_array()
            .map_or(0, Vec::len)
    };
    assert_eq!(said(&server), 1);
    let mut john = server.connect("john", "a");
    enter(&mut john, "John");
    john.expect(&["<message", "<body>between us", "<delay"]);
    drop(john);
    server.0.restart();
    assert_eq!(said(&server), 0);
}

#[test]
fn newcomers_are_not_sent_more_than_they_can_take() {
    let settings = Settings::demo()
        .with("xmpp.limits.room_history_bytes", "2KiB")
        .with("xmpp.limits.room_presence_bytes", "100B")
        .with("xmpp.limits.room_subject_bytes", "100B");
    let server = Server::start_with(settings);
    server.rest("POST /chatrooms", &content(r#""canOccupantsChangeSubject": true"#));
    let mut jane = server.connect("jane", "a");
    let long = "x".repeat(200);
    jane.send(&format!(
        "<presence to='{ROOM}/Jane'><status>{long}</status></presence>"
    ));
    jane.expect(&["<presence", "type='error'", "<policy-violation"]);
    enter_surely(&mut jane, "Jane");
    jane.send(&format!(
        "<presence to='{ROOM}/Jane'><status>{long}</status></presence>"
    ));
    jane.expect(&["<presence", "type='error'", "<policy-violation"]);
    jane.send(&format!(
        "<message to='{ROOM}' type='groupchat'><subject>{long}</subject></message>"
    ));
    jane.expect(&["<message", "type='error'", "<policy-violation"]);
    for number in 0..5 {
        jane.send(&format!(
            "<message to='{ROOM}' type='groupchat'><body>{number} {}</body></message>",
            long.repeat(2)
        ));
        jane.expect(&[&format!("<body>{number}")]);
    }
    let (_, history) = get(&server, "/chatrooms/lobby/chathistory");
    let kept = history["message"].as_array().expect("a list").len();
    assert!((1..5).contains(&kept), "{history}");
}
