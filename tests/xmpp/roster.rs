//! Rosters (RFC 6121 §2).

use super::client::Client;
use super::server::Server;
use super::support::service::Settings;

const GET: &str = "<iq type='get' id='get'><query xmlns='jabber:iq:roster'/></iq>";

fn set(client: &mut Client, item: &str) -> String {
    let request = format!("<iq type='set' id='set'><query xmlns='jabber:iq:roster'>{item}</query></iq>");
    client.ask(&request, "set")
}

/// The value of an attribute in a flattened stanza.
fn attribute<'stanza>(stanza: &'stanza str, name: &str) -> &'stanza str {
    let start = format!(" {name}='");
    let rest = stanza.split_once(&start).expect("the attribute").1;
    rest.split_once('\'').expect("its end").0
}

#[test]
fn a_client_gets_its_roster_and_every_change_of_it() {
    let server = Server::start();
    let mut jane = server.connect("jane", "a");
    let mut other = server.connect("jane", "b");
    let roster = jane.ask(GET, "get");
    assert!(roster.contains("type='result'"));
    assert!(
        roster.contains("<item jid='john@example.org' name='John' subscription='both'></item>"),
        "{roster}"
    );

    let item = "<item jid='kim@example.org' name='Kim' subscription='both' ask='subscribe'><group>Pals</group></item>";
    set(&mut other, item);
    let push = jane.expect(&["type='set'", "jabber:iq:roster"]);
    let pushed = "<item jid='kim@example.org' name='Kim' subscription='none'><group>Pals</group></item>";
    assert!(push.contains(pushed), "{push}");
    assert!(
        push.contains(" to='jane@example.org/a'") && !push.contains(" from="),
        "{push}"
    );
    other.expect_none(&["type='set'"]);

    assert!(set(&mut jane, "<item jid='kim@example.org'/>").contains("type='result'"));
    let roster = jane.ask(GET, "get");
    assert!(
        roster.contains("<item jid='kim@example.org' subscription='none'></item>"),
        "{roster}"
    );

    assert!(set(&mut other, "<item jid='kim@example.org' subscription='remove'/>").contains("type='result'"));
    jane.expect(&[
        "type='set'",
        "<item jid='kim@example.org' subscription='remove'></item>",
    ]);
    assert!(!jane.ask(GET, "get").contains("kim@"));
}

#[test]
fn a_set_that_cannot_be_done_is_refused_and_changes_nothing() {
    let server = Server::start_with(
        Settings::demo()
            .with("xmpp.limits.contacts", "2")
            .with("xmpp.limits.contact_groups", "2"),
    );
    let mut jane = server.connect("jane", "a");
    let before = jane.ask(GET, "get");
    let long = "x".repeat(256);
    for (item, condition) in [
        ("", "bad-request"),
        ("<item/>", "bad-request"),
        ("<item jid='a@example.org'/><item jid='b@example.org'/>", "bad-request"),
        (
            "<item jid='a@example.org'><group>G</group><group>G</group></item>",
            "bad-request",
        ),
        ("<item jid='@'/>", "jid-malformed"),
        ("<item jid='a@example.org'><group/></item>", "not-acceptable"),
        (
            &format!("<item jid='a@example.org'><group>{long}</group></item>"),
            "not-acceptable",
        ),
        (&format!("<item jid='a@example.org' name='{long}'/>"), "not-acceptable"),
        (
            "<item jid='nobody@example.org' subscription='remove'/>",
            "item-not-found",
        ),
        ("<item jid='jane@example.org'/>", "not-allowed"),
        (
            "<item jid='a@example.org'><group>1</group><group>2</group><group>3</group></item>",
            "resource-constraint",
        ),
    ] {
        let answer = set(&mut jane, item);
        assert!(
            answer.contains("type='error'") && answer.contains(condition),
            "{item}: {answer}"
        );
    }
    assert!(set(&mut jane, "<item jid='second@example.org'/>").contains("type='result'"));
    let third = set(&mut jane, "<item jid='third@example.org'/>");
    assert!(third.contains("resource-constraint"), "{third}");
    assert!(set(&mut jane, "<item jid='second@example.org' subscription='remove'/>").contains("type='result'"));
    let items = |roster: &str| roster.split_once("<item").map(|(_, items)| items.to_owned());
    assert_eq!(items(&jane.ask(GET, "get")), items(&before));
}

#[test]
fn a_roster_is_its_owners_alone() {
    let server = Server::start();
    let mut john = server.log_in("john", "a");
    let mut jane = server.connect("jane", "a");
    for to in [
        "john@example.org",
        "john@example.org/a",
        "nobody@example.org",
        "jane@example.org/a",
    ] {
        for kind in ["get", "set"] {
            let request = format!(
                "<iq type='{kind}' id='x' to='{to}'><query xmlns='jabber:iq:roster'><item jid='evil@example.org'/></query></iq>"
            );
            let answer = jane.ask(&request, "x");
            assert!(answer.contains("<forbidden"), "{kind} {to}: {answer}");
        }
    }
    let own = "<iq type='get' id='own' to='jane@example.org'><query xmlns='jabber:iq:roster'/></iq>";
    assert!(jane.ask(own, "own").contains("john@example.org"));
    john.expect_none(&["evil@example.org"]);
}

#[test]
fn a_client_that_knows_a_version_gets_what_has_changed_since() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let known = attribute(&jane.ask(GET, "get"), "ver").to_owned();
    let versioned =
        |version: &str| format!("<iq type='get' id='v'><query xmlns='jabber:iq:roster' ver='{version}'/></iq>");
    let same = jane.ask(&versioned(&known), "v");
    assert!(same.contains("type='result'") && !same.contains("<query"), "{same}");

    set(&mut jane, "<item jid='kim@example.org'/>");
    set(&mut jane, "<item jid='leo@example.org'/>");
    set(&mut jane, "<item jid='kim@example.org' subscription='remove'/>");
    jane.sync();
    jane.send(&versioned(&known));
    jane.send("<iq type='get' id='end'><ping xmlns='urn:xmpp:ping'/></iq>");
    assert!(!jane.expect(&[" id='v'"]).contains("<query"));
    let first = jane.next();
    assert!(first.contains("jid='leo@example.org' subscription='none'"), "{first}");
    let second = jane.next();
    assert!(
        second.contains("jid='kim@example.org' subscription='remove'"),
        "{second}"
    );
    assert!(jane.next().contains(" id='end'"));
    let reached = attribute(&second, "ver").to_owned();
    assert!(!jane.ask(&versioned(&reached), "v").contains("<query"));

    for unknown in ["", "1", "999999.0", "x.y"] {
        assert!(
            jane.ask(&versioned(unknown), "v").contains("leo@example.org"),
            "{unknown}"
        );
    }
}

#[test]
fn each_push_has_a_version_of_its_own_and_they_come_in_order() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let mut other = server.log_in("jane", "b");
    let mut versions = Vec::new();
    for item in [
        "<item jid='kim@example.org'/>",
        "<item jid='kim@example.org'/>",
        "<item jid='kim@example.org' name='Kim'/>",
        "<item jid='leo@example.org'/>",
        "<item jid='kim@example.org' subscription='remove'/>",
    ] {
        set(&mut other, item);
        let push = jane.expect(&["type='set'", "jabber:iq:roster"]);
        versions.push(attribute(&push, "ver").to_owned());
    }
    // From any of them on a client gets what came after it, in the same order.
    for (number, known) in versions.iter().enumerate() {
        let later = &versions[number + 1..];
        assert!(!later.contains(known), "{versions:?}");
        jane.send(&format!(
            "<iq type='get' id='v'><query xmlns='jabber:iq:roster' ver='{known}'/></iq>"
        ));
        jane.expect(&[" id='v'"]);
        let mut pushed: Vec<String> = Vec::new();
        for stanza in jane.sync().iter().filter(|stanza| stanza.contains("jabber:iq:roster")) {
            pushed.push(attribute(stanza, "ver").to_owned());
        }
        let changed = later.iter().filter(|version| pushed.contains(version));
        assert!(changed.eq(&pushed), "{known}: {pushed:?} of {versions:?}");
        assert_eq!(pushed.last(), later.last(), "{versions:?}");
    }
}

#[test]
fn a_stream_tells_that_rosters_have_versions_and_subscriptions_can_be_approved_before() {
    let server = Server::start();
    let jane = server.connect("jane", "a");
    let features = jane.features();
    assert!(features.contains("urn:xmpp:features:rosterver"), "{features}");
    assert!(features.contains("urn:xmpp:features:pre-approval"), "{features}");
}

#[test]
fn an_administrators_changes_reach_every_client_of_the_owner() {
    let server = Server::start();
    let mut asked = server.log_in("jane", "asked");
    let mut silent = server.connect("jane", "silent");
    server.rest(
        "POST /users/jane/roster",
        r#"{"jid": "kim@example.org", "nickname": "Kim", "subscriptionType": 3, "groups": ["Pals"]}"#,
    );
    for client in [&mut asked, &mut silent] {
        client.expect(&[
            "type='set'",
            "jid='kim@example.org'",
            "name='Kim'",
            "subscription='both'",
            "<group>Pals</group>",
        ]);
    }
    server.rest("PUT /users/jane/roster/kim@example.org", r#"{"subscriptionType": -1}"#);
    asked.expect(&["type='set'", "jid='kim@example.org'", "subscription='remove'"]);
    server.rest("DELETE /users/jane/roster/kim@example.org", "");
    asked.expect(&["type='set'", "jid='kim@example.org'", "subscription='remove'"]);
}

#[test]
fn removing_a_contact_ends_the_subscriptions_of_both_sides() {
    let server = Server::start();
    let mut jane = server.log_in("jane", "a");
    let mut john = server.log_in("john", "b");
    jane.expect(&["<presence", "from='john@example.org/b'"]);
    jane.send(
        "<iq type='set' id='x'><query xmlns='jabber:iq:roster'><item jid='john@example.org' subscription='remove'/></query></iq>",
    );
    // The last presence before the word, and the word before the push (§3.2.2, §3.3.3).
    john.expect(&["<presence", "type='unavailable'", "from='jane@example.org/a'"]);
    john.expect(&["<presence", "type='unsubscribe'", "from='jane@example.org'"]);
    john.expect(&["type='set'", "jid='jane@example.org'", "subscription='to'"]);
    john.expect(&["<presence", "type='unsubscribed'", "from='jane@example.org'"]);
    john.expect(&["type='set'", "jid='jane@example.org'", "subscription='none'"]);
    jane.expect(&["<presence", "type='unavailable'", "from='john@example.org/b'"]);
}

#[test]
fn a_contact_that_an_administrator_removes_hears_of_what_the_owner_kept() {
    let server = Server::start();
    server.create(&["kim", "lee"]);
    let mut contacts = [server.log_in("kim", "c"), server.log_in("lee", "c")];
    let mut silent = server.connect("kim", "silent");
    for contact in ["kim", "lee"] {
        let item = format!(r#"{{"jid": "{contact}@example.org", "subscriptionType": 3}}"#);
        server.rest("POST /users/jane/roster", &item);
    }
    server.rest(
        "POST /users/kim/roster",
        r#"{"jid": "jane@example.org", "subscriptionType": 2}"#,
    );
    for contact in ["kim", "lee"] {
        server.rest(&format!("DELETE /users/jane/roster/{contact}@example.org"), "");
    }
    // Of what an administrator changes those hear too that never asked for the roster.
    for client in [&mut contacts[0], &mut silent] {
        client.expect(&["type='set'", "jid='jane@example.org'", "subscription='none'"]);
    }
    for contact in &mut contacts {
        contact.expect(&["<presence", "from='jane@example.org'", "type='unsubscribe'"]);
        contact.expect(&["<presence", "from='jane@example.org'", "type='unsubscribed'"]);
    }
    contacts[1].expect_none(&["jid='jane@example.org'"]);
}

/// The subscription that the account kept counts, not what the contact knew of it.
#[test]
fn an_account_that_goes_ends_the_subscriptions_that_it_kept() {
    for (request, body, heirs) in [
        ("DELETE /users/jane", "", &[][..]),
        (
            "PUT /users/jane",
            r#"{"username": "janet"}"#,
            &["jid='janet@example.org'"],
        ),
    ] {
        let server = Server::start();
        server.create(&["kim"]);
        server.rest(
            "POST /users/jane/roster",
            r#"{"jid": "kim@example.org", "subscriptionType": 3}"#,
        );
        server.rest(
            "POST /users/kim/roster",
            r#"{"jid": "jane@example.org", "subscriptionType": 2, "groups": ["Pals"]}"#,
        );
        let mut jane = server.log_in("jane", "a");
        let mut contacts = [server.log_in("john", "b"), server.log_in("kim", "c")];
        let [john, kim] = &mut contacts;
        server.rest(request, body);
        for heir in heirs {
            john.expect(&["type='set'", heir, "subscription='both'"]);
            kim.expect(&["type='set'", heir, "subscription='from'", "Pals"]);
        }
        john.expect(&[
            "type='set'",
            "jid='jane@example.org'",
            "name='Jane'",
            "subscription='to'",
        ]);
        kim.expect(&["type='set'", "jid='jane@example.org'", "subscription='none'", "Pals"]);
        for contact in &mut contacts {
            contact.expect(&["<presence", "from='jane@example.org'", "type='unsubscribe'"]);
        }
        contacts[0].expect(&["type='set'", "jid='jane@example.org'", "subscription='none'"]);
        for contact in &mut contacts {
            contact.expect(&["<presence", "from='jane@example.org'", "type='unsubscribed'"]);
            contact.expect(&["type='set'", "jid='jane@example.org'", "subscription='remove'"]);
        }
        jane.expect_end();
    }
}

#[test]
fn a_roster_survives_a_restart() {
    let mut server = Server::start();
    set(
        &mut server.connect("jane", "a"),
        "<item jid='kim@example.org' name='Kim'><group>Pals</group></item>",
    );
    server.0.kill_and_restart();
    let roster = server.connect("jane", "a").ask(GET, "get");
    assert!(roster.contains("<item jid='kim@example.org' name='Kim' subscription='none'><group>Pals</group></item>"));
}
