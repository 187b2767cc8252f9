//! Shared groups in the rosters of connected clients (Openfire REST API plugin 1.12, §10.6).

use super::client::Client;
use super::server::Server;

const GET: &str = "<iq type='get' id='get'><query xmlns='jabber:iq:roster'/></iq>";

fn push<'text>(texts: &[&'text str]) -> Vec<&'text str> {
    [&["<iq", "type='set'", "jabber:iq:roster"], texts].concat()
}

fn two(server: &Server) -> (Client, Client) {
    server.create(&["kim", "leo"]);
    (server.log_in("kim", "k"), server.log_in("leo", "l"))
}

#[test]
fn members_see_each_other_from_the_moment_a_group_is_shared() {
    let server = Server::start();
    let (mut kim, mut leo) = two(&server);
    server.rest(
        "POST /groups",
        r#"{"name": "Crew", "description": "c", "members": ["kim", "leo"], "shared": true}"#,
    );
    let seen = kim.expect(&push(&[
        "jid='leo@example.org'",
        "subscription='both'",
        "<group>Crew</group>",
    ]));
    assert!(seen.contains("name='leo of all'"), "{seen}");
    leo.expect(&push(&[
        "jid='kim@example.org'",
        "subscription='both'",
        "<group>Crew</group>",
    ]));
    // Each tells the other of its presence, whichever comes first.
    kim.send("<presence type='probe' to='leo@example.org'/>");
    kim.expect(&["<presence", "from='leo@example.org/l'"]);
    leo.send("<presence><show>chat</show></presence>");
    kim.expect(&["<presence", "from='leo@example.org/l'", "<show>chat"]);

    // One more: the others hear of it and it of them.
    let mut john = server.log_in("john", "j");
    server.rest("POST /users/john/groups/Crew", "");
    kim.expect_each(&[
        push(&["jid='john@example.org'", "<group>Crew</group>"]),
        vec!["<presence", "from='john@example.org/j'"],
    ]);
    john.expect(&push(&["jid='kim@example.org'", "<group>Crew</group>"]));

    // One less: both sides lose each other.
    server.rest("DELETE /users/kim/groups/Crew", "");
    leo.expect(&push(&["jid='kim@example.org'", "subscription='remove'"]));
    let mut lost = Vec::new();
    while lost.len() < 2 {
        lost.push(kim.expect(&push(&["subscription='remove'"])));
    }
    lost.sort();
    assert!(
        lost.iter().any(|push| push.contains("leo@")) && lost.iter().any(|push| push.contains("john@")),
        "{lost:?}"
    );
    kim.send("<presence><status>unseen</status></presence>");
    kim.sync();
    leo.expect_none(&["unseen"]);
}

#[test]
fn the_end_of_a_group_leaves_what_people_had_before() {
    let server = Server::start();
    server.create(&["kim"]);
    let mut jane = server.log_in("jane", "a");
    let mut kim = server.log_in("kim", "k");
    server.rest(
        "POST /groups",
        r#"{"name": "Crew", "description": "c", "members": ["jane", "john", "kim"], "shared": true}"#,
    );
    jane.expect(&push(&["jid='john@example.org'", "name='John'", "<group>Crew</group>"]));
    kim.expect(&["<presence", "from='jane@example.org/a'"]);
    server.rest(
        "PUT /groups/Crew",
        r#"{"name": "Crew", "members": ["jane", "john", "kim"], "shared": false}"#,
    );
    kim.expect(&["<presence", "from='jane@example.org/a'", "type='unavailable'"]);
    let john = jane.expect(&push(&["jid='john@example.org'", "subscription='both'"]));
    assert!(!john.contains("Crew"), "{john}");
    jane.expect(&push(&["jid='kim@example.org'", "subscription='remove'"]));
    let roster = jane.ask(GET, "get");
    assert!(
        roster.contains("jid='john@example.org' name='John' subscription='both'") && !roster.contains("kim@"),
        "{roster}"
    );

    server.rest(
        "PUT /groups/Crew",
        r#"{"name": "Crew", "members": ["jane", "kim"], "shared": true}"#,
    );
    kim.expect(&push(&["jid='jane@example.org'", "<group>Crew</group>"]));
    server.rest("DELETE /groups/Crew", "");
    kim.expect(&push(&["jid='jane@example.org'", "subscription='remove'"]));
}

#[test]
fn a_member_is_shown_by_its_name_and_goes_with_its_account() {
    let server = Server::start();
    let (mut kim, mut leo) = two(&server);
    server.rest(
        "POST /groups",
        r#"{"name": "Crew", "description": "c", "members": ["kim", "leo", "mia"], "shared": true}"#,
    );
    kim.expect(&push(&["jid='leo@example.org'"]));
    server.create(&["mia"]);
    kim.expect(&push(&[
        "jid='mia@example.org'",
        "name='mia of all'",
        "<group>Crew</group>",
    ]));
    server.rest("PUT /users/leo", r#"{"name": "Leonard"}"#);
    kim.expect(&push(&["jid='leo@example.org'", "name='Leonard'"]));
    leo.sync();
    server.rest("PUT /users/leo", r#"{"email": "leo@example.com"}"#);
    server.rest("DELETE /users/mia", "");
    let mut between = Vec::new();
    loop {
        let stanza = kim.expect(&push(&[]));
        if stanza.contains("jid='mia@example.org' subscription='remove'") {
            break;
        }
        between.push(stanza);
    }
    assert_eq!(between, [""; 0], "pushes of what has not changed");
    server.rest("DELETE /users/leo", "");
    kim.expect(&["<presence", "from='leo@example.org/l'", "type='unavailable'"]);
    kim.expect(&push(&["jid='leo@example.org'", "subscription='remove'"]));
}

#[test]
fn a_known_version_does_not_hide_what_shared_groups_changed() {
    let server = Server::start();
    let (mut kim, _leo) = two(&server);
    let roster = kim.ask(GET, "get");
    let version = roster
        .split_once(" ver='")
        .expect("a version")
        .1
        .split_once('\'')
        .expect("its end")
        .0
        .to_owned();
    kim.vanish();
    server.rest(
        "POST /groups",
        r#"{"name": "Crew", "description": "c", "members": ["kim", "leo"], "shared": true}"#,
    );
    let mut kim = server.connect("kim", "k");
    let roster = kim.ask(
        &format!("<iq type='get' id='v'><query xmlns='jabber:iq:roster' ver='{version}'/></iq>"),
        "v",
    );
    assert!(
        roster.contains("jid='leo@example.org'") && roster.contains("<group>Crew</group>"),
        "{roster}"
    );
}

#[test]
fn a_large_group_comes_and_goes_in_pieces() {
    let server = Server::start();
    server.create(&["kim"]);
    let mut kim = server.log_in("kim", "k");
    let members: Vec<String> = (0..3000)
        .map(|number| format!(r#""m{number:04}@elsewhere.example""#))
        .collect();
    let group = |shared: bool| {
        format!(
            r#"{{"name": "All", "description": "d", "members": ["kim", {}], "shared": {shared}}}"#,
            members.join(",")
        )
    };
    server.rest("POST /groups", &group(true));
    for number in 0..3000 {
        kim.expect(&push(&[
            &format!("jid='m{number:04}@elsewhere.example'"),
            "<group>All</group>",
        ]));
    }
    server.rest("PUT /groups/All", &group(false));
    for number in 0..3000 {
        kim.expect(&push(&[&format!(
            "jid='m{number:04}@elsewhere.example' subscription='remove'"
        )]));
    }
}
