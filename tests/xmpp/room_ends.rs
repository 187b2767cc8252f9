//! How occupants and rooms go: removed, lost, forgotten by their clients, or with the service.

use super::rooms::{ROOM, content, enter_surely, get, server};
use super::server::Server;
use super::support::service::Settings;

#[test]
fn a_room_that_is_removed_tells_its_occupants() {
    let server = server("");
    let mut jane = server.connect("jane", "a");
    enter_surely(&mut jane, "Jane");
    server.rest("DELETE /chatrooms/lobby", "");
    jane.expect(&[
        "<presence",
        "type='unavailable'",
        "affiliation='none'",
        "role='none'",
        "<destroy",
    ]);
    jane.send(&format!(
        "<message to='{ROOM}' type='groupchat' id='m'><body>x</body></message>"
    ));
    jane.expect(&["<message", "id='m'", "type='error'", "<item-not-found"]);
    // It may be made anew at once.
    let own = enter_surely(&mut jane, "Jane");
    assert!(own.contains("code='201'"), "{own}");
}

#[test]
fn whose_session_is_closed_over_rest_has_left() {
    let server = server("");
    let (mut jane, mut john) = (server.log_in("jane", "a"), server.connect("john", "a"));
    enter_surely(&mut john, "John");
    enter_surely(&mut jane, "Jane");
    server.rest("DELETE /sessions/jane", "");
    john.expect(&["<presence", "/Jane'", "type='unavailable'"]);
    let (_, occupants) = get(&server, "/chatrooms/lobby/occupants");
    assert_eq!(occupants["occupants"].as_array().expect("a list").len(), 1);
}

#[test]
fn a_room_that_is_not_there_to_stay_goes_with_its_last_occupant() {
    let server = Server::start();
    let passing = content("").replace(r#""persistent": true"#, r#""persistent": false"#);
    server.rest("POST /chatrooms", &passing);
    let mut jane = server.connect("jane", "a");
    // Asking in vain does not count.
    jane.send(&format!(
        "<message to='{ROOM}' type='groupchat' id='m'><body>x</body></message>"
    ));
    jane.expect(&["<message", "id='m'", "type='error'", "<not-acceptable"]);
    assert_eq!(get(&server, "/chatrooms/lobby").0, 200);
    enter_surely(&mut jane, "Jane");
    assert_eq!(get(&server, "/chatrooms/lobby").0, 200);
    server.rest("POST /chatrooms/lobby/outcasts/jane", "");
    assert_eq!(get(&server, "/chatrooms/lobby").0, 404);
}

#[test]
fn occupants_are_told_when_the_service_ends() {
    let mut server = server("");
    let mut jane = server.connect("jane", "a");
    enter_surely(&mut jane, "Jane");
    server.0.stop();
    let last = jane.expect_end();
    let told = last
        .iter()
        .find(|stanza| stanza.starts_with("<presence"))
        .expect("a presence");
    assert!(
        told.contains("type='unavailable'") && told.contains("code='332'"),
        "{last:?}"
    );
}

#[test]
fn who_lost_the_connection_is_in_the_room_until_nobody_resumes_the_session() {
    let server = Server::start_with(Settings::demo().with("xmpp.limits.resumption", "1s"));
    server.rest("POST /chatrooms", &content(""));
    let (mut jane, mut john) = (server.connect("jane", "a"), server.connect("john", "a"));
    enter_surely(&mut john, "John");
    jane.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    jane.expect(&["<enabled"]);
    enter_surely(&mut jane, "Jane");
    jane.vanish();
    john.expect(&["<presence", "/Jane'"]);
    let (_, occupants) = get(&server, "/chatrooms/lobby/occupants");
    assert_eq!(occupants["occupants"].as_array().expect("a list").len(), 2);
    john.expect(&["<presence", "/Jane'", "type='unavailable'"]);
}

#[test]
fn what_was_whispered_to_a_session_that_is_lost_reaches_no_other_session() {
    let server = Server::start_with(Settings::demo().with("xmpp.limits.resumption", "1s"));
    server.rest("POST /chatrooms", &content(""));
    let (mut jane, mut john) = (server.connect("jane", "a"), server.connect("john", "a"));
    let mut phone = server.log_in("jane", "phone");
    enter_surely(&mut john, "John");
    jane.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    jane.expect(&["<enabled"]);
    enter_surely(&mut jane, "Jane");
    jane.vanish();
    john.send(&format!(
        "<message to='{ROOM}/Jane' type='chat'><body>psst</body></message>"
    ));
    john.send("<message to='jane@example.org/a' type='chat'><body>openly</body></message>");
    john.expect(&["<presence", "/Jane'", "type='unavailable'"]);
    // What was not said in the room goes to whoever is there; what was, does not.
    let first = phone.expect(&["<message", "<body>"]);
    assert!(first.contains("openly"), "{first}");
    phone.expect_none(&["psst"]);
}
