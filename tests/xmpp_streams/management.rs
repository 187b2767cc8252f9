//! XEP-0198: counts, resumption, and what becomes of what was not acknowledged.

use std::time::Instant;

use firekeeper::engine::xml::Element;

use crate::client::{Client, PATIENCE, SM, body};
use crate::support::service::{Service, Settings};
use crate::support::wire::Request;

const JANE: &str = "jane@example.org";
const JOHN: &str = "john@example.org";

fn service() -> Service {
    Service::demo(Settings::demo())
}

#[test]
fn it_is_offered_behind_the_login() {
    let service = service();
    let (_, features) = Client::logged_in(service.xmpp_port, "jane", "secret");
    assert!(features.has_child("sm", SM), "{features}");
    assert!(features.has_child("csi", "urn:xmpp:csi:0"), "{features}");
}

#[test]
fn a_client_goes_on_where_its_connection_broke_off() {
    let service = service();
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    let mut john = Client::online(service.xmpp_port, "john", "b");
    let id = john.enable();
    jane.say(JOHN, "one");
    jane.say(JOHN, "two");
    assert_eq!(john.bodies(2), ["one", "two"]);
    john.say(JANE, "heard");
    assert_eq!(john.handled(), 1);
    john.drop_connection();
    // To the full address: there is no other session it could go to.
    jane.say("john@example.org/b", "three");
    let came: Vec<String> = jane.ping().iter().map(body).filter(|text| !text.is_empty()).collect();
    assert_eq!(came, ["heard"]);
    // The first came through, the second did not.
    let (mut john, resumed) = Client::resume(service.xmpp_port, "john", &id, 1);
    assert_eq!(resumed.name(), "resumed", "{resumed}");
    assert_eq!((resumed.attr("h"), resumed.attr("previd")), (Some("1"), Some(&*id)));
    assert_eq!(john.bodies(2), ["two", "three"]);
    john.acknowledge(3);
    john.say(JANE, "back");
    assert_eq!(john.handled(), 2);
    assert_eq!(jane.bodies(1), ["back"]);
}

#[test]
fn a_connection_that_still_lives_gives_way() {
    let service = service();
    let mut john = Client::online(service.xmpp_port, "john", "b");
    let id = john.enable();
    for number in 0..50 {
        john.say(JANE, &number.to_string());
    }
    assert_eq!(john.handled(), 50);
    let (mut again, resumed) = Client::resume(service.xmpp_port, "john", &id, 0);
    assert_eq!(resumed.attr("h"), Some("50"), "{resumed}");
    assert_eq!(john.stream_error(), "conflict");
    again.ping();
    let mut jane = Client::online_silently(service.xmpp_port, "jane", "a");
    let bodies: Vec<String> = (0..50).map(|number: u32| number.to_string()).collect();
    assert_eq!(jane.bodies(50), bodies);
}

/// Whether the session is this client's: it answers, or has ended because another one took it. `last` came already.
fn goes_on(client: &mut Client, mut last: Element) -> bool {
    client.send("<iq type='get' id='alive'><ping xmlns='urn:xmpp:ping'/></iq>");
    while let Some(element) = client.next() {
        if element.attr("id") == Some("alive") {
            return true;
        }
        last = element;
    }
    assert!(
        last.has_child("conflict", "urn:ietf:params:xml:ns:xmpp-streams"),
        "{last}"
    );
    false
}

#[test]
fn of_two_connections_that_resume_at_once_one_goes_on() {
    let service = service();
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    for round in 0..10 {
        let mut john = Client::bound(service.xmpp_port, "john", "b");
        let id = john.enable();
        john.drop_connection();
        jane.say("john@example.org/b", &format!("owed {round}"));
        jane.ping();
        let (mut one, _) = Client::logged_in(service.xmpp_port, "john", "secret");
        let (mut other, _) = Client::logged_in(service.xmpp_port, "john", "secret");
        let resume = format!("<resume xmlns='{SM}' previd='{id}' h='0'/>");
        one.send(&resume);
        other.send(&resume);
        // Whoever loses the session at once may not have been told that it had it.
        let [first, second] = [&mut one, &mut other].map(|client| client.next().expect("an answer"));
        let (is_one, is_other) = (goes_on(&mut one, first), goes_on(&mut other, second));
        assert!(is_one != is_other, "{is_one} and {is_other}");
        let mut survivor = if is_one { one } else { other };
        jane.say("john@example.org/b", &format!("said {round}"));
        jane.ping();
        let came = survivor.ping();
        let said = |text: &str| came.iter().filter(|stanza| body(stanza) == text).count();
        assert_eq!(said(&format!("said {round}")), 1, "{came:?}");
        survivor.send("</stream:stream>");
        survivor.wait_for_the_end();
    }
}

#[test]
fn what_an_expired_session_did_not_acknowledge_waits_for_the_next() {
    let service = Service::demo(Settings::demo().with("xmpp.limits.resumption", "1s"));
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    let mut john = Client::online(service.xmpp_port, "john", "b");
    let id = john.enable();
    jane.say(JOHN, "lost");
    assert_eq!(john.bodies(1), ["lost"]);
    john.drop_connection();
    // A question that nobody will answer is answered when the session expires.
    jane.send("<iq type='get' id='question' to='john@example.org/b'><q xmlns='urn:example:q'/></iq>");
    let answer = jane.find("iq");
    let error = answer.child("error", "jabber:client").expect("an error");
    assert_eq!(answer.attr("id"), Some("question"));
    assert!(
        error.has_child("recipient-unavailable", "urn:ietf:params:xml:ns:xmpp-stanzas")
            || error.has_child("service-unavailable", "urn:ietf:params:xml:ns:xmpp-stanzas"),
        "{answer}"
    );
    let (mut john, refused) = Client::resume(service.xmpp_port, "john", &id, 0);
    assert_eq!((refused.name(), refused.attr("h")), ("failed", Some("0")), "{refused}");
    john.bind("c");
    john.send("<presence/>");
    assert_eq!(john.bodies(1), ["lost"]);
    // It is in the archive once.
    john.send("<iq type='set' id='archive'><query xmlns='urn:xmpp:mam:2'/></iq>");
    let mut archived = 0;
    loop {
        let element = john.next().expect("the archive");
        archived += u32::from(element.has_child("result", "urn:xmpp:mam:2"));
        if element.name() == "iq" && element.attr("id") == Some("archive") {
            break;
        }
    }
    assert_eq!(archived, 1);
}

#[test]
fn offline_messages_stay_until_they_are_acknowledged() {
    let service = service();
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    jane.say(JOHN, "one");
    jane.say(JOHN, "two");
    jane.ping();
    let mut john = Client::bound(service.xmpp_port, "john", "b");
    john.enable();
    john.send("<presence/>");
    let mut stanzas = 0;
    loop {
        let element = john.next().expect("a message");
        stanzas += u32::from(["message", "presence"].contains(&element.name()));
        if element.name() == "message" {
            assert_eq!(body(&element), "one");
            break;
        }
    }
    assert_eq!(john.bodies(1), ["two"]);
    john.acknowledge(stanzas);
    john.ping();
    // A second one ends without having said that it has the other.
    john.send("</stream:stream>");
    while john.next().is_some() {}
    let mut john = Client::bound(service.xmpp_port, "john", "c");
    john.send("<presence/>");
    let again = john.find("message");
    assert_eq!(body(&again), "two", "{again}");
}

#[test]
fn a_restart_keeps_what_was_not_acknowledged() {
    let mut service = service();
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    let mut john = Client::online(service.xmpp_port, "john", "b");
    john.enable();
    jane.say(JOHN, "lost");
    assert_eq!(john.bodies(1), ["lost"]);
    john.drop_connection();
    jane.ping();
    service.restart();
    let mut john = Client::online_silently(service.xmpp_port, "john", "c");
    assert_eq!(john.bodies(1), ["lost"]);
}

#[test]
fn a_session_that_an_administrator_ended_is_not_resumed() {
    let service = service();
    let api = "/plugins/restapi/v1";
    let ask = |method: &str, path: &str| {
        let request = Request::new(method, &format!("{api}{path}"));
        let answer = service
            .send(
                &request
                    .header("Authorization", "potato")
                    .header("Accept", "application/json"),
            )
            .expect("an answer");
        (answer.status, answer.text())
    };
    for (method, path) in [("DELETE", "/sessions/john"), ("POST", "/lockouts/john")] {
        let mut john = Client::online(service.xmpp_port, "john", "b");
        let id = john.enable();
        john.handled();
        john.drop_connection();
        let until = Instant::now() + PATIENCE;
        // It is shown as long as it waits, without an address of its client.
        loop {
            let (_, shown) = ask("GET", "/sessions/john");
            assert!(shown.contains("john@example.org/b"), "{shown}");
            if !shown.contains("127.0.0.1") {
                break;
            }
            assert!(Instant::now() < until, "the connection does not go: {shown}");
        }
        let (status, text) = ask(method, path);
        assert!(matches!(status, 200 | 201), "{status} {text}");
        let (_, left) = ask("GET", "/sessions/john");
        assert!(!left.contains("john@example.org/b"), "{left}");
        if method == "DELETE" {
            let (_, answer) = Client::resume(service.xmpp_port, "john", &id, 0);
            assert!(
                answer.has_child("item-not-found", "urn:ietf:params:xml:ns:xmpp-stanzas"),
                "{answer}"
            );
        }
    }
}

#[test]
fn without_an_archive_a_message_is_owed_to_a_session_until_that_has_it() {
    let mut service = Service::demo(Settings::demo().with("xmpp.archive", "off"));
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    jane.enable();
    let mut john = Client::online(service.xmpp_port, "john", "b");
    john.enable();
    jane.say(JOHN, "acknowledged");
    assert_eq!(john.bodies(1), ["acknowledged"]);
    john.acknowledge(1);
    john.ping();
    jane.say(JOHN, "not acknowledged");
    assert_eq!(jane.handled(), 2);
    service.kill_and_restart();
    let mut john = Client::online_silently(service.xmpp_port, "john", "b");
    assert_eq!(john.bodies(1), ["not acknowledged"]);
}

#[test]
fn what_a_client_without_acknowledgements_was_sent_is_not_kept() {
    let mut service = Service::demo(Settings::demo().with("xmpp.archive", "off"));
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    let mut john = Client::online(service.xmpp_port, "john", "b");
    jane.say(JOHN, "seen");
    assert_eq!(john.bodies(1), ["seen"]);
    john.ping();
    service.restart();
    let mut john = Client::online_silently(service.xmpp_port, "john", "b");
    assert!(john.ping().iter().all(|stanza| stanza.name() != "message"));
}
