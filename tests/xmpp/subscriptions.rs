//! Presence subscriptions (RFC 6121 §3).

use super::server::Server;
use super::support::service::Settings;
use super::support::wire::Request;

#[test]
fn a_subscription_is_asked_for_and_given_in_both_directions() {
    let server = Server::start();
    server.create(&["kim", "leo"]);
    let mut kim = server.log_in("kim", "k");
    let mut leo = server.log_in("leo", "l");
    kim.send("<presence type='subscribe' to='leo@example.org/whatever' id='s1'><status>Hi</status></presence>");
    kim.expect(&[
        "type='set'",
        "jid='leo@example.org'",
        "subscription='none'",
        "ask='subscribe'",
    ]);
    let request = leo.expect(&["<presence", "type='subscribe'"]);
    assert!(
        request.contains("from='kim@example.org'") && request.contains("to='leo@example.org'"),
        "{request}"
    );
    assert!(
        request.contains("<status>Hi") && request.contains("id='s1'"),
        "{request}"
    );
    // A request puts nothing into the roster of who is asked.
    leo.expect_none(&["type='set'"]);

    leo.send("<presence type='subscribed' to='kim@example.org'/>");
    leo.expect(&["type='set'", "jid='kim@example.org'", "subscription='from'"]);
    kim.expect(&["<presence", "type='subscribed'", "from='leo@example.org'"]);
    let push = kim.expect(&["type='set'", "jid='leo@example.org'", "subscription='to'"]);
    assert!(!push.contains("ask="), "{push}");
    kim.expect(&["<presence", "from='leo@example.org/l'"]);

    leo.send("<presence type='subscribe' to='kim@example.org'/>");
    kim.expect(&["<presence", "type='subscribe'", "from='leo@example.org'"]);
    kim.send("<presence type='subscribed' to='leo@example.org'/>");
    kim.expect(&["type='set'", "jid='leo@example.org'", "subscription='both'"]);
    leo.expect(&["<presence", "type='subscribed'"]);
    leo.expect(&["type='set'", "jid='kim@example.org'", "subscription='both'"]);
    leo.expect(&["<presence", "from='kim@example.org/k'"]);

    // Cancelled by who is seen: the last presence comes before the word (§3.2.2).
    kim.send("<presence type='unsubscribed' to='leo@example.org'/>");
    leo.expect(&["<presence", "from='kim@example.org/k'", "type='unavailable'"]);
    leo.expect(&["<presence", "from='kim@example.org'", "type='unsubscribed'"]);
    leo.expect(&["type='set'", "jid='kim@example.org'", "subscription='from'"]);
    // Cancelled by who sees (§3.3).
    kim.send("<presence type='unsubscribe' to='leo@example.org'/>");
    leo.expect(&["<presence", "from='kim@example.org'", "type='unsubscribe'"]);
    kim.expect(&["<presence", "from='leo@example.org/l'", "type='unavailable'"]);
    leo.send("<presence><status>unseen</status></presence>");
    leo.sync();
    kim.expect_none(&["unseen"]);
}

#[test]
fn a_request_waits_until_it_is_answered() {
    let mut server = Server::start();
    server.create(&["kim", "leo"]);
    let mut kim = server.log_in("kim", "k");
    kim.send("<presence type='subscribe' to='leo@example.org'><nick xmlns='http://jabber.org/protocol/nick'>K</nick></presence>");
    kim.sync();
    server.0.kill_and_restart();
    for _ in 0..2 {
        let mut leo = server.connect("leo", "l");
        leo.send("<presence/>");
        let request = leo.expect(&["<presence", "type='subscribe'", "from='kim@example.org'"]);
        assert!(
            request.contains("http://jabber.org/protocol/nick") && request.contains("to='leo@example.org'"),
            "{request}"
        );
        leo.vanish();
    }
    let mut leo = server.log_in("leo", "l");
    leo.send("<presence type='unsubscribed' to='kim@example.org'/>");
    leo.sync();
    leo.vanish();
    server.log_in("leo", "l").expect_none(&["type='subscribe'"]);
    let roster = server
        .log_in("kim", "k")
        .ask("<iq type='get' id='g'><query xmlns='jabber:iq:roster'/></iq>", "g");
    assert!(
        roster.contains("jid='leo@example.org' subscription='none'") && !roster.contains("ask="),
        "{roster}"
    );
}

/// Administrators see a waiting request among the contacts, so for them there is one.
#[test]
fn who_waits_for_an_answer_cannot_be_added_but_changed() {
    let server = Server::start();
    server.create(&["kim"]);
    let mut kim = server.log_in("kim", "k");
    kim.send("<presence type='subscribe' to='jane@example.org'/>");
    kim.sync();
    let item = r#"{"jid": "kim@example.org", "subscriptionType": 2}"#;
    let add = Request::new("POST", "/plugins/restapi/v1/users/jane/roster")
        .header("Authorization", "potato")
        .header("Accept", "application/json")
        .body("application/json", item);
    let refused = server.0.send(&add).expect("an answer");
    assert_eq!(refused.status, 409, "{}", refused.text());
    let error = r#"{"resource":"","message":"Could not create roster item","exception":"UserAlreadyExistsException"}"#;
    assert_eq!(refused.text(), error);
    let mut jane = server.connect("jane", "a");
    jane.send("<presence/>");
    jane.expect(&["<presence", "type='subscribe'", "from='kim@example.org'"]);
    server.rest("PUT /users/jane/roster/kim@example.org", item);
    jane.expect(&["type='set'", "jid='kim@example.org'", "subscription='from'"]);
}

#[test]
fn a_repeated_request_is_delivered_again_but_not_at_once() {
    for (repetition, times) in [("1h", 1), ("0s", 3)] {
        let server = Server::start_with(Settings::demo().with("xmpp.limits.subscription_repetition", repetition));
        server.create(&["kim", "leo"]);
        let mut leo = server.log_in("leo", "l");
        let mut kim = server.log_in("kim", "k");
        for _ in 0..3 {
            kim.send("<presence type='subscribe' to='leo@example.org'/>");
        }
        kim.sync();
        let seen = leo.sync();
        assert_eq!(
            seen.iter().filter(|stanza| stanza.contains("type='subscribe'")).count(),
            times,
            "{seen:?}"
        );
    }
}

#[test]
fn so_many_requests_wait_for_one_account() {
    let server = Server::start_with(Settings::demo().with("xmpp.limits.subscription_requests", "1"));
    server.create(&["kim", "leo", "mia"]);
    for name in ["kim", "mia"] {
        let mut client = server.log_in(name, "r");
        client.send("<presence type='subscribe' to='leo@example.org'/>");
        client.sync();
    }
    let mut leo = server.connect("leo", "l");
    leo.send("<presence/>");
    let seen = leo.sync();
    assert_eq!(
        seen.iter().filter(|stanza| stanza.contains("type='subscribe'")).count(),
        1,
        "{seen:?}"
    );
}

#[test]
fn what_was_approved_before_is_given_at_once() {
    let server = Server::start();
    server.create(&["kim", "leo"]);
    let mut leo = server.log_in("leo", "l");
    leo.send("<presence type='subscribed' to='kim@example.org'/>");
    leo.expect(&[
        "type='set'",
        "jid='kim@example.org'",
        "subscription='none'",
        "approved='true'",
    ]);
    let mut kim = server.log_in("kim", "k");
    kim.expect_none(&["leo@example.org"]);
    kim.send("<presence type='subscribe' to='leo@example.org'/>");
    kim.expect(&["<presence", "type='subscribed'", "from='leo@example.org'"]);
    kim.expect(&["<presence", "from='leo@example.org/l'"]);
    let push = leo.expect(&["type='set'", "jid='kim@example.org'", "subscription='from'"]);
    assert!(!push.contains("approved="), "{push}");
    leo.expect_none(&["type='subscribe'"]);
}

#[test]
fn nobody_learns_whether_an_account_exists() {
    let server = Server::start();
    server.create(&["kim"]);
    let mut kim = server.log_in("kim", "k");
    for kind in ["subscribe", "subscribed", "unsubscribe", "unsubscribed"] {
        kim.send(&format!("<presence type='{kind}' to='nobody@example.org'/>"));
    }
    kim.expect_none(&["<presence"]);
}

#[test]
fn an_answer_that_nobody_asked_for_changes_nothing() {
    let server = Server::start();
    server.create(&["kim", "leo"]);
    let mut leo = server.log_in("leo", "l");
    let mut kim = server.log_in("kim", "k");
    for kind in ["subscribed", "unsubscribe", "unsubscribed"] {
        kim.send(&format!("<presence type='{kind}' to='leo@example.org'/>"));
    }
    kim.sync();
    leo.expect_none(&["kim@example.org"]);
}
