//! Rooms between clients and the REST API: what one of them changes the other sees at once.

use serde_json::Value;

use super::client::Client;
use super::server::Server;
use super::support::service::Settings;
use super::support::wire::Request;

pub const ROOM: &str = "lobby@conference.example.org";
const ROLES: &str = r#""broadcastPresenceRoles": ["moderator", "participant", "visitor"]"#;

/// The content of the room `lobby`, with these settings beside the usual ones.
pub fn content(settings: &str) -> String {
    format!(
        r#"{{"roomName": "lobby", "naturalName": "Lobby", "description": "d", "persistent": true, "publicRoom": true,
        "canAnyoneDiscoverJID": true, "canChangeNickname": true, {ROLES}{}{settings}}}"#,
        if settings.is_empty() { "" } else { ", " }
    )
}

/// What the API says.
pub fn get(server: &Server, path: &str) -> (u16, Value) {
    let request = Request::get(&format!("/plugins/restapi/v1{path}"))
        .header("Authorization", "potato")
        .header("Accept", "application/json");
    let answer = server.0.send(&request).expect("an answer");
    (answer.status, serde_json::from_str(&answer.text()).expect("JSON"))
}

/// A service with the room `lobby`.
pub fn server(settings: &str) -> Server {
    let server = Server::start();
    server.rest("POST /chatrooms", &content(settings));
    server
}

/// Asks to enter; the room answers with everything up to the subject, or an error.
pub fn enter(client: &mut Client, nick: &str) {
    client.send(&format!(
        "<presence to='{ROOM}/{nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
    ));
}

/// Enters, and gives the own presence.
pub fn enter_surely(client: &mut Client, nick: &str) -> String {
    enter(client, nick);
    let own = client.expect(&["<presence", &format!("from='{ROOM}/{nick}'"), "code='110'"]);
    client.expect(&["<message", "<subject"]);
    own
}

fn refused(client: &mut Client, nick: &str, condition: &str) {
    enter(client, nick);
    client.expect(&["<presence", "type='error'", &format!("<{condition}")]);
}

#[test]
fn a_password_of_blanks_is_asked_of_nobody() {
    for password in ["", "  "] {
        let server = server(&format!(r#""password": "{password}""#));
        assert_eq!(get(&server, "/chatrooms/lobby").1["password"], password);
        let mut jane = server.log_in("jane", "a");
        enter_surely(&mut jane, "Jane");
        jane.send(&format!(
            "<iq type='get' to='{ROOM}' id='info'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>"
        ));
        jane.expect(&["id='info'", "var='muc_unsecured'"]);
        server.rest("POST /chatrooms/lobby/invite/jane", r#"{"reason": "come"}"#);
        let invitation = jane.expect(&["<invite"]);
        assert!(!invitation.contains("<password"), "{invitation}");
    }
}

#[test]
fn a_room_asks_for_its_password() {
    let server = server(r#""password": "open""#);
    let mut jane = server.connect("jane", "a");
    refused(&mut jane, "Jane", "not-authorized");
    jane.send(&format!(
        "<presence to='{ROOM}/Jane'><x xmlns='http://jabber.org/protocol/muc'><password>open</password></x></presence>"
    ));
    jane.expect(&["<presence", "code='110'"]);
}

#[test]
fn a_full_room_lets_in_nobody_but_owners_and_admins() {
    let server = server(r#""maxUsers": 1, "admins": ["john@example.org"]"#);
    server.create(&["kim"]);
    enter_surely(&mut server.connect("jane", "a"), "Jane");
    let mut jane = server.connect("jane", "b");
    enter_surely(&mut jane, "Jane");
    refused(&mut server.connect("kim", "a"), "Kim", "service-unavailable");
    enter_surely(&mut server.connect("john", "a"), "John");
}

#[test]
fn outcasts_and_strangers_do_not_enter() {
    let server = server(r#""membersOnly": true, "outcasts": ["jane@example.org"]"#);
    refused(&mut server.connect("jane", "a"), "Jane", "forbidden");
    let mut john = server.connect("john", "a");
    refused(&mut john, "John", "registration-required");
    server.rest("POST /chatrooms/lobby/members/john", "");
    let own = enter_surely(&mut john, "John");
    assert!(
        own.contains("affiliation='member' jid='john@example.org/a' role='participant'"),
        "{own}"
    );
}

#[test]
fn a_ban_over_rest_removes_at_once_and_everybody_is_told() {
    let server = server("");
    let (mut jane, mut john) = (server.connect("jane", "a"), server.connect("john", "a"));
    enter_surely(&mut jane, "Jane");
    enter_surely(&mut john, "John");
    server.rest("POST /chatrooms/lobby/outcasts/john", "");
    let from = format!("from='{ROOM}/John'");
    john.expect(&[
        "<presence",
        &from,
        "type='unavailable'",
        "affiliation='outcast'",
        "role='none'",
        "code='110'",
        "code='301'",
    ]);
    let told = jane.expect(&["<presence", &from, "type='unavailable'", "code='301'"]);
    assert!(!told.contains("code='110'"), "{told}");
    refused(&mut john, "John", "forbidden");
    let (_, occupants) = get(&server, "/chatrooms/lobby/occupants");
    assert_eq!(occupants["occupants"].as_array().expect("a list").len(), 1);
}

#[test]
fn a_ban_is_told_as_one_by_the_request_that_hides_the_role_too() {
    let server = server("");
    let (mut jane, mut john) = (server.connect("jane", "a"), server.connect("john", "a"));
    enter_surely(&mut jane, "Jane");
    enter_surely(&mut john, "John");
    let hiding = content(r#""outcasts": ["john@example.org"]"#);
    server.rest(
        "PUT /chatrooms/lobby",
        &hiding.replace(ROLES, r#""broadcastPresenceRoles": ["moderator"]"#),
    );
    for client in [&mut jane, &mut john] {
        client.expect(&[
            "<presence",
            "/John'",
            "type='unavailable'",
            "affiliation='outcast'",
            "code='301'",
        ]);
    }
}

#[test]
fn roles_follow_affiliations() {
    let server = server(r#""moderated": true"#);
    let mut jane = server.connect("jane", "a");
    let own = enter_surely(&mut jane, "Jane");
    assert!(own.contains("role='visitor'"), "{own}");
    jane.send(&format!(
        "<message to='{ROOM}' type='groupchat'><body>x</body></message>"
    ));
    jane.expect(&["<message", "type='error'", "<forbidden", "<body>x</body>"]);
    for (request, affiliation, role) in [
        ("POST /chatrooms/lobby/members/jane", "member", "participant"),
        ("POST /chatrooms/lobby/admins/jane", "admin", "moderator"),
        ("POST /chatrooms/lobby/owners/jane", "owner", "moderator"),
        ("POST /chatrooms/lobby/members/jane", "member", "participant"),
        ("DELETE /chatrooms/lobby/members/jane", "none", "visitor"),
    ] {
        server.rest(request, "");
        jane.expect(&[
            "<presence",
            "code='110'",
            &format!("affiliation='{affiliation}'"),
            &format!("role='{role}'"),
        ]);
    }
}

#[test]
fn affiliations_come_and_go_with_groups() {
    let server = server("");
    server.rest(
        "POST /groups",
        r#"{"name": "Crew", "description": "c", "members": ["jane"]}"#,
    );
    let mut jane = server.connect("jane", "a");
    enter_surely(&mut jane, "Jane");
    let mut expect = |request: &str, affiliation: &str| {
        server.rest(request, "");
        jane.expect(&["<presence", "code='110'", &format!("affiliation='{affiliation}'")]);
    };
    expect("POST /chatrooms/lobby/admins/group/Crew", "admin");
    expect("DELETE /users/jane/groups/Crew", "none");
    expect("POST /users/jane/groups/Crew", "admin");
    expect("DELETE /groups/Crew", "none");
}

#[test]
fn members_only_removes_strangers_and_so_does_the_end_of_a_membership() {
    let server = server(r#""members": ["john@example.org"]"#);
    let (mut jane, mut john) = (server.connect("jane", "a"), server.connect("john", "a"));
    enter_surely(&mut jane, "Jane");
    enter_surely(&mut john, "John");
    server.rest(
        "PUT /chatrooms/lobby",
        &content(r#""membersOnly": true, "members": ["john@example.org"]"#),
    );
    jane.expect(&[
        "<presence",
        "/Jane'",
        "type='unavailable'",
        "role='none'",
        "code='110'",
        "code='322'",
    ]);
    john.expect(&["<presence", "/Jane'", "type='unavailable'", "code='322'"]);
    server.rest("DELETE /chatrooms/lobby/members/john", "");
    john.expect(&["<presence", "/John'", "type='unavailable'", "code='110'", "code='321'"]);
}

#[test]
fn who_becomes_a_member_with_the_request_that_lets_members_only_in_stays() {
    let server = server(r#""members": ["john@example.org"]"#);
    let (mut jane, mut john) = (server.connect("jane", "a"), server.connect("john", "a"));
    enter_surely(&mut jane, "Jane");
    enter_surely(&mut john, "John");
    server.rest(
        "PUT /chatrooms/lobby",
        &content(r#""membersOnly": true, "members": ["jane@example.org"]"#),
    );
    john.expect(&["<presence", "/John'", "type='unavailable'", "code='322'"]);
    jane.expect(&["<presence", "/Jane'", "affiliation='member'", "code='110'"]);
    jane.expect(&["<presence", "/John'", "type='unavailable'", "code='322'"]);
    // And who is none any more with the request that lets everybody in.
    server.rest("PUT /chatrooms/lobby", &content(""));
    jane.expect(&[
        "<presence",
        "/Jane'",
        "affiliation='none'",
        "role='participant'",
        "code='110'",
    ]);
}

#[test]
fn changed_settings_are_announced() {
    let server = server("");
    let mut jane = server.connect("jane", "a");
    let own = enter_surely(&mut jane, "Jane");
    assert!(own.contains("code='100'") && !own.contains("code='170'"), "{own}");
    for (settings, codes) in [
        (r#""logEnabled": true"#, &["170"][..]),
        (r#""logEnabled": false"#, &["171"]),
        (r#""maxUsers": 7"#, &["104"]),
        (r#""maxUsers": 7, "logEnabled": true"#, &["170"]),
        (r#""maxUsers": 8"#, &["104", "171"]),
    ] {
        server.rest("PUT /chatrooms/lobby", &content(settings));
        let told = jane.expect(&["<message", "type='groupchat'", "<status"]);
        let found: Vec<&str> = told
            .split("code='")
            .skip(1)
            .filter_map(|rest| rest.split('\'').next())
            .collect();
        assert_eq!(found, codes, "{settings}: {told}");
    }
    let hidden = content("").replace(r#""canAnyoneDiscoverJID": true"#, r#""canAnyoneDiscoverJID": false"#);
    for (content, code) in [(hidden, "173"), (content(""), "172")] {
        server.rest("PUT /chatrooms/lobby", &content);
        jane.expect(&["<message", "type='groupchat'", &format!("code='{code}'")]);
    }
}

#[test]
fn real_addresses_are_for_moderators_where_the_room_hides_them() {
    let server = Server::start();
    let hidden = content(r#""owners": ["john@example.org"]"#).replace(r#"JID": true"#, r#"JID": false"#);
    server.rest("POST /chatrooms", &hidden);
    server.create(&["kim"]);
    let (mut john, mut jane, mut kim) = (
        server.connect("john", "a"),
        server.connect("jane", "a"),
        server.connect("kim", "a"),
    );
    enter_surely(&mut john, "John");
    enter_surely(&mut kim, "Kim");
    let own = enter_surely(&mut jane, "Jane");
    assert!(!own.contains("code='100'") && !own.contains("jid="), "{own}");
    let told = |client: &mut Client, nick: &str| client.expect(&["<presence", &format!("from='{ROOM}/{nick}'")]);
    assert!(told(&mut john, "Jane").contains("jid='jane@example.org/a'"));
    assert!(!told(&mut kim, "Jane").contains("jid="));
    // Whoever becomes moderator sees them from then on.
    server.rest("POST /chatrooms/lobby/admins/kim", "");
    kim.expect(&["<presence", &format!("from='{ROOM}/Jane'"), "jid='jane@example.org/a'"]);
}

#[test]
fn a_role_that_is_not_announced_is_not_seen() {
    let server = Server::start();
    let quiet = content("").replace(r#", "participant", "visitor""#, "");
    server.rest("POST /chatrooms", &quiet);
    let (mut jane, mut john) = (server.connect("jane", "a"), server.connect("john", "a"));
    enter_surely(&mut jane, "Jane");
    enter_surely(&mut john, "John");
    jane.expect_none(&["<presence", "John"]);
    john.send(&format!(
        "<message to='{ROOM}' type='groupchat'><body>heard</body></message>"
    ));
    jane.expect(&["<message", "<body>heard"]);
    let from = format!("from='{ROOM}/John'");
    server.rest("POST /chatrooms/lobby/admins/john", "");
    jane.expect(&["<presence", &from, "role='moderator'"]);
    server.rest("DELETE /chatrooms/lobby/admins/john", "");
    jane.expect(&["<presence", &from, "type='unavailable'"]);
    server.rest("PUT /chatrooms/lobby", &content(""));
    jane.expect(&["<presence", &from, "role='participant'"]);
}

#[test]
fn private_messages_are_for_those_whom_the_room_allows_them() {
    let server = server(r#""owners": ["john@example.org"], "moderated": true"#);
    let (mut jane, mut john) = (server.connect("jane", "a"), server.connect("john", "a"));
    enter_surely(&mut john, "John");
    enter_surely(&mut jane, "Jane");
    for (allowed, by_visitor, by_moderator) in [
        ("anyone", true, true),
        ("participants", false, true),
        ("moderators", false, true),
        ("none", false, false),
    ] {
        let settings = format!(r#""owners": ["john@example.org"], "moderated": true, "allowPM": "{allowed}""#);
        server.rest("PUT /chatrooms/lobby", &content(&settings));
        let whisper = |from: &mut Client, to: &mut Client, nick: &str, is_allowed: bool| {
            let text = format!("<body>{allowed} {nick}</body>");
            from.send(&format!("<message to='{ROOM}/{nick}' type='chat'>{text}</message>"));
            if is_allowed {
                to.expect(&["<message", &text]);
            } else {
                from.expect(&["<message", "type='error'", "<forbidden", &text]);
            }
        };
        whisper(&mut jane, &mut john, "John", by_visitor);
        whisper(&mut john, &mut jane, "Jane", by_moderator);
    }
}

#[test]
fn a_blocked_occupant_tells_nothing_in_private() {
    let server = server("");
    let (mut jane, mut john) = (server.connect("jane", "a"), server.connect("john", "a"));
    jane.ask(
        &format!("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='{ROOM}/John'/></block></iq>"),
        "b",
    );
    enter_surely(&mut jane, "Jane");
    enter_surely(&mut john, "John");
    john.send(&format!(
        "<message to='{ROOM}/Jane' type='chat'><body>x</body></message>"
    ));
    john.expect(&["<message", "type='error'", "<service-unavailable"]);
}

#[test]
fn rooms_have_limits() {
    let settings = Settings::demo()
        .with("xmpp.limits.rooms", "2")
        .with("xmpp.limits.room_occupants", "2")
        .with("xmpp.limits.room_history", "1");
    let server = Server::start_with(settings);
    server.rest("POST /chatrooms", &content(""));
    let mut jane = server.connect("jane", "a");
    enter_surely(&mut jane, "Jane");
    for (room, answer) in [("second", "code='110'"), ("third", "<resource-constraint")] {
        jane.send(&format!(
            "<presence to='{room}@conference.example.org/Jane'><x xmlns='http://jabber.org/protocol/muc'/></presence>"
        ));
        jane.expect(&["<presence", &format!("from='{room}@"), answer]);
    }
    // What was refused has left nothing behind.
    assert_eq!(get(&server, "/chatrooms/third").0, 404);
    for number in 0..3 {
        jane.send(&format!(
            "<message to='{ROOM}' type='groupchat'><body>said {number}</body></message>"
        ));
        jane.expect(&["<body>said"]);
    }
    let mut john = server.connect("john", "a");
    enter_surely(&mut john, "John");
    refused(&mut server.connect("john", "b"), "John", "resource-constraint");
    let (_, history) = get(&server, "/chatrooms/lobby/chathistory");
    assert_eq!(history["message"].as_array().expect("a list").len(), 1);
}
