//! Presence (RFC 6121 §4).

use super::client::contains;
use super::server::Server;
use super::support::service::Settings;

#[test]
fn contacts_see_each_other_come_change_and_go() {
    let server = Server::start();
    let mut jane = server.connect("jane", "a");
    jane.send("<presence xml:lang='en'><show>away</show><priority>5</priority></presence>");
    // Everybody sees its own presence (§4.2.2).
    jane.expect(&[
        "<presence",
        "from='jane@example.org/a'",
        "to='jane@example.org'",
        "<show>away",
    ]);

    let mut john = server.connect("john", "b");
    john.send("<presence/>");
    let seen = john.expect(&["<presence", "from='jane@example.org/a'"]);
    assert!(
        seen.contains("to='john@example.org/b'") && seen.contains("<show>away") && seen.contains("lang='en'"),
        "{seen}"
    );
    let seen = jane.expect(&["<presence", "from='john@example.org/b'"]);
    assert!(seen.contains("to='jane@example.org'"), "{seen}");

    jane.send("<presence><show>dnd</show></presence>");
    john.expect(&["from='jane@example.org/a'", "<show>dnd"]);
    jane.send("<presence type='unavailable'><status>Bye</status></presence>");
    john.expect(&["from='jane@example.org/a'", "type='unavailable'", "<status>Bye"]);
    jane.expect(&["from='jane@example.org/a'", "type='unavailable'"]);
    john.send("<presence><show>xa</show></presence>");
    john.sync();
    jane.expect_none(&["<show>xa"]);
}

#[test]
fn strangers_learn_nothing() {
    let server = Server::start();
    server.create(&["kim"]);
    let mut kim = server.log_in("kim", "k");
    let mut jane = server.log_in("jane", "a");
    for to in [
        "jane@example.org",
        "jane@example.org/a",
        "nobody@example.org",
        "john@example.org",
    ] {
        kim.send(&format!("<presence type='probe' to='{to}'/>"));
        let bare = to.split('/').next().unwrap_or_default();
        let answer = kim.expect(&["<presence"]);
        assert_eq!(
            answer,
            format!("<presence from='{bare}' to='kim@example.org/k' type='unsubscribed'></presence>")
        );
    }
    jane.send("<presence type='unavailable'/>");
    jane.sync();
    kim.send("<presence type='probe' to='jane@example.org'/>");
    kim.expect(&["<presence", "from='jane@example.org'", "type='unsubscribed'"]);
    kim.expect_none(&["<presence"]);
}

#[test]
fn the_sessions_of_an_account_see_each_other() {
    let server = Server::start();
    let mut first = server.log_in("jane", "first");
    let second = server.log_in("jane", "second");
    first.expect(&["<presence", "from='jane@example.org/second'"]);
    let mut third = server.connect("jane", "third");
    third.send("<presence/>");
    third.expect(&["<presence", "from='jane@example.org/first'"]);
    third.expect(&["<presence", "from='jane@example.org/second'"]);
    second.vanish();
    first.expect(&["type='unavailable'", "from='jane@example.org/second'"]);
    third.expect(&["type='unavailable'", "from='jane@example.org/second'"]);
}

#[test]
fn whoever_is_gone_for_any_reason_is_unavailable() {
    let server = Server::start();
    let mut john = server.log_in("john", "b");
    for end in ["close", "vanish", "kick", "conflict", "bad"] {
        let mut jane = server.log_in("jane", "a");
        john.expect(&["<presence", "from='jane@example.org/a'"]);
        match end {
            "close" => jane.send("</stream:stream>"),
            "vanish" => jane.vanish(),
            "kick" => server.rest("DELETE /sessions/jane", ""),
            "conflict" => drop(server.connect("jane", "a")),
            _ => jane.send("<nonsense/>"),
        }
        john.expect(&["type='unavailable'", "from='jane@example.org/a'"]);
    }
    server.create(&["kim"]);
    server.rest(
        "POST /users/john/roster",
        r#"{"jid": "kim@example.org", "subscriptionType": 3}"#,
    );
    server.rest(
        "POST /users/kim/roster",
        r#"{"jid": "john@example.org", "subscriptionType": 3}"#,
    );
    let mut kim = server.log_in("kim", "k");
    john.expect(&["<presence", "from='kim@example.org/k'"]);
    server.rest("POST /lockouts/kim", "");
    john.expect(&["type='unavailable'", "from='kim@example.org/k'"]);
    kim.expect_end();
}

#[test]
fn a_deleted_account_takes_leave_of_its_contacts() {
    let server = Server::start();
    let mut john = server.connect("john", "b");
    john.send("<presence/>");
    let mut jane = server.connect("jane", "a");
    jane.send("<presence/>");
    john.expect(&["<presence", "from='jane@example.org/a'"]);
    server.rest("DELETE /users/jane", "");
    john.expect(&["<presence", "from='jane@example.org'", "type='unsubscribe'"]);
    john.expect(&["<presence", "from='jane@example.org'", "type='unsubscribed'"]);
    john.expect(&["<presence", "from='jane@example.org/a'", "type='unavailable'"]);
    john.expect(&[
        "type='set'",
        "jabber:iq:roster",
        "jid='jane@example.org'",
        "subscription='remove'",
    ]);
    let last = jane.expect_end();
    assert!(
        last.iter()
            .any(|stanza| stanza.contains("jid='john@example.org' subscription='remove'")),
        "{last:?}"
    );
    assert!(
        last.last().is_some_and(|stanza| stanza.contains("not-authorized")),
        "{last:?}"
    );
}

#[test]
fn a_renamed_account_is_another_contact() {
    let server = Server::start();
    let mut john = server.connect("john", "b");
    john.send("<presence/>");
    let mut jane = server.log_in("jane", "a");
    john.expect(&["<presence", "from='jane@example.org/a'"]);
    server.rest("PUT /users/jane", r#"{"username": "joan"}"#);
    john.expect(&["<iq", "jid='joan@example.org'", "subscription='both'"]);
    john.expect(&["<presence", "from='jane@example.org'", "type='unsubscribed'"]);
    assert!(
        jane.expect_end()
            .last()
            .is_some_and(|stanza| stanza.contains("not-authorized"))
    );
    let mut joan = server.connect("joan", "new");
    joan.send("<presence/>");
    john.expect(&["<presence", "from='joan@example.org/new'"]);
    joan.expect(&["<presence", "from='john@example.org/b'"]);
}

#[test]
fn directed_presence_reaches_whom_it_names_until_the_session_goes() {
    let server = Server::start();
    server.create(&["kim"]);
    let mut kim = server.connect("kim", "k");
    let mut jane = server.log_in("jane", "a");
    // To a full address that is connected, available or not (§8.5.3.1).
    jane.send("<presence to='kim@example.org/k'><status>for you</status></presence>");
    kim.expect(&["from='jane@example.org/a'", "to='kim@example.org/k'", "<status>for you"]);
    // To a bare address only where a resource is available (§8.5.2.1.2).
    jane.send("<presence to='kim@example.org'><status>unseen</status></presence>");
    jane.sync();
    kim.expect_none(&["unseen"]);
    kim.send("<presence/>");
    // Who got directed presence may ask for it (§4.3.2).
    kim.send("<presence type='probe' to='jane@example.org'/>");
    kim.expect(&["<presence", "from='jane@example.org/a'", "to='kim@example.org/k'"]);
    // Broadcasts are for contacts.
    jane.send("<presence><status>for contacts</status></presence>");
    jane.sync();
    kim.expect_none(&["for contacts"]);
    jane.vanish();
    kim.expect(&["from='jane@example.org/a'", "type='unavailable'"]);
}

#[test]
fn directed_presence_that_was_taken_back_is_not_taken_back_again() {
    let server = Server::start();
    server.create(&["kim"]);
    let mut kim = server.log_in("kim", "k");
    let mut jane = server.log_in("jane", "a");
    jane.send("<presence to='kim@example.org/k'/>");
    jane.send("<presence type='unavailable' to='kim@example.org/k'/>");
    jane.send("<presence type='unavailable'/>");
    jane.sync();
    let seen = kim.sync();
    assert_eq!(
        seen.iter().filter(|stanza| stanza.contains("from='jane@")).count(),
        2,
        "{seen:?}"
    );
}

#[test]
fn a_session_sends_directed_presence_to_so_many_addresses() {
    let server = Server::start_with(Settings::demo().with("xmpp.limits.directed_presences", "2"));
    let mut jane = server.log_in("jane", "a");
    for number in 0..3 {
        jane.send(&format!("<presence id='d{number}' to='u{number}@example.org'/>"));
    }
    jane.expect(&["<presence", "id='d2'", "type='error'", "resource-constraint"]);
}

#[test]
fn contacts_who_are_away_are_seen_as_they_left() {
    let mut server = Server::start();
    let mut john = server.log_in("john", "b");
    john.send("<presence type='unavailable'><status>On holiday</status></presence>");
    john.sync();
    for _ in ["in memory", "stored"] {
        let mut jane = server.connect("jane", "a");
        jane.send("<presence/>");
        let seen = jane.expect(&["<presence", "type='unavailable'", "from='john@example.org'"]);
        assert!(
            seen.contains("<status>On holiday") && seen.contains("xmlns='urn:xmpp:delay'"),
            "{seen}"
        );
        jane.vanish();
        server.0.restart();
    }
}

#[test]
fn presence_to_other_servers_is_answered_for_them() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    for (number, kind) in ["", "type='subscribe'", "type='probe'"].iter().enumerate() {
        jane.send(&format!("<presence id='p{number}' to='x@elsewhere.example' {kind}/>"));
        let answer = jane.expect(&["<presence", "type='error'", &format!("id='p{number}'")]);
        assert!(answer.contains("remote-server-not-found"), "{answer}");
    }
    jane.send("<presence type='unavailable' to='x@elsewhere.example'/>");
    jane.send("<presence type='nonsense'/>");
    jane.expect(&["<presence", "type='error'", "bad-request"]);
}

#[test]
fn a_thousand_changes_arrive_in_their_order() {
    let server = Server::start();
    let mut john = server.log_in("john", "b");
    let mut jane = server.log_in("jane", "a");
    for number in 0..1000 {
        jane.send(&format!("<presence><status>{number}</status></presence>"));
    }
    jane.sync();
    jane.vanish();
    let mut next = 0;
    while next < 1000 {
        let stanza = john.expect(&["from='jane@example.org/a'", "<status>"]);
        assert!(stanza.contains(&format!("<status>{next}<")), "{next}: {stanza}");
        next += 1;
    }
    john.expect(&["from='jane@example.org/a'", "type='unavailable'"]);
}

#[test]
fn whoever_is_blocked_sees_the_account_go_and_come() {
    let server = Server::start();
    let mut john = server.log_in("john", "b");
    let mut jane = server.log_in("jane", "a");
    john.expect(&["<presence", "from='jane@example.org/a'"]);
    jane.ask(
        "<iq type='set' id='block'><block xmlns='urn:xmpp:blocking'><item jid='john@example.org'/></block></iq>",
        "block",
    );
    john.expect(&["<presence", "from='jane@example.org/a'", "type='unavailable'"]);
    jane.send("<presence><status>hidden</status></presence>");
    jane.sync();
    john.send("<presence type='probe' to='jane@example.org'/>");
    john.send("<presence><status>unheard</status></presence>");
    john.expect_none(&["from='jane@example.org/a'"]);
    jane.expect_none(&["from='john@example.org/b'"]);
    // The presence of the other may come before the answer, and after it.
    jane.send("<iq type='set' id='unblock'><unblock xmlns='urn:xmpp:blocking'/></iq>");
    john.expect(&["<presence", "from='jane@example.org/a'", "<status>hidden"]);
    jane.expect(&["<presence", "from='john@example.org/b'", "<status>unheard"]);
}

#[test]
fn presence_errors_reach_only_the_session_that_they_name() {
    let server = Server::start();
    let mut john = server.log_in("john", "b");
    let mut jane = server.log_in("jane", "a");
    jane.send("<presence type='error' id='e1' to='john@example.org'/>");
    jane.send("<presence type='error' id='e2' to='john@example.org/b'/>");
    let error = john.expect(&["<presence", "type='error'"]);
    assert!(error.contains("id='e2'"), "{error}");
    jane.sync();
    john.expect_none(&["type='error'"]);
    jane.expect_none(&["type='error'"]);
}

#[test]
fn a_client_that_does_not_read_does_not_keep_others_from_seeing_each_other() {
    let server = Server::start_with(Settings::demo().with("xmpp.limits.queue", "64KiB"));
    let deaf = server.log_in("jane", "deaf");
    let mut john = server.log_in("john", "b");
    let status = "x".repeat(1000);
    // Beyond what sockets and queue hold; at the end the deaf one has lost its session.
    let mut number = 0;
    loop {
        john.send(&format!("<presence><status>{number} {status}</status></presence>"));
        number += 1;
        let seen = john.sync();
        if seen
            .iter()
            .any(|stanza| contains(stanza, &["from='jane@example.org/deaf'", "type='unavailable'"]))
        {
            break;
        }
        assert!(number < 100_000, "the deaf one stays");
    }
    deaf.vanish();
}
