//! `[xmpp.limits]`: what happens to a client at each of them.

use std::time::{Duration, Instant};

use crate::client::{Client, SM};
use crate::support::service::{Service, Settings};

fn service(limit: &str, value: &str) -> Service {
    Service::demo(Settings::demo().with(&format!("xmpp.limits.{limit}"), value))
}

#[test]
fn a_stanza_beyond_the_size_ends_the_stream() {
    let service = service("stanza", "20KiB");
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    jane.say("john@example.org", &"x".repeat(5_000));
    jane.ping();
    jane.say("john@example.org", &"x".repeat(30_000));
    assert_eq!(jane.stream_error(), "policy-violation");
}

#[test]
fn a_fast_client_is_read_more_slowly_and_loses_nothing() {
    let service = Service::demo(
        Settings::demo()
            .with("xmpp.limits.stanza_rate", "10")
            .with("xmpp.limits.stanza_burst", "10"),
    );
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    jane.enable();
    let since = Instant::now();
    for number in 0..30 {
        jane.say("john@example.org", &number.to_string());
    }
    assert_eq!(jane.handled(), 30);
    // At ten a second, less the burst; slower machines only take longer.
    assert!(since.elapsed() > Duration::from_millis(1500), "{:?}", since.elapsed());
}

#[test]
fn connections_of_one_address_are_bounded() {
    let service = service("connections_per_address", "2");
    let first = open_when_free(service.xmpp_port);
    let _second = open_when_free(service.xmpp_port);
    let mut third = Client::dial(service.xmpp_port);
    assert!(third.next().is_none());
    first.drop_connection();
    // The place is free as soon as the server has seen that.
    open_when_free(service.xmpp_port);
}

/// A stream, once there is a place for it: the server's look at its own listener takes one for a moment.
fn open_when_free(port: u16) -> Client {
    let until = Instant::now() + crate::client::PATIENCE;
    loop {
        let mut client = Client::dial(port);
        client.send("<?xml version='1.0'?><stream:stream to='example.org' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>");
        if client.next().is_some() {
            return client;
        }
        assert!(Instant::now() < until, "the place stays taken");
    }
}

#[test]
fn connections_are_bounded() {
    let service = service("connections", "1");
    let _first = open_when_free(service.xmpp_port);
    assert!(Client::dial(service.xmpp_port).next().is_none());
}

#[test]
fn sessions_of_one_account_are_bounded_and_waiting_ones_give_way() {
    let service = service("sessions", "1");
    let mut john = Client::bound(service.xmpp_port, "john", "a");
    let id = john.enable();
    let (mut second, _) = Client::logged_in(service.xmpp_port, "john", "secret");
    let refused = second.bind("b");
    assert_eq!(refused.attr("type"), Some("error"), "{refused}");
    assert!(refused.to_string().contains("resource-constraint"), "{refused}");
    john.drop_connection();
    let until = Instant::now() + crate::client::PATIENCE;
    while second.bind("b").attr("type") == Some("error") {
        assert!(Instant::now() < until, "the waiting session does not give way");
    }
    let (_, answer) = Client::resume(service.xmpp_port, "john", &id, 0);
    assert!(answer.is("failed", SM), "{answer}");
}

#[test]
fn failed_logins_of_one_connection_are_bounded() {
    let service = service("login_attempts", "2");
    let mut client = Client::open(service.xmpp_port);
    for _ in 0..2 {
        client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGphbmUAd3Jvbmc=</auth>");
        client.expect("failure");
    }
    assert_eq!(client.stream_error(), "policy-violation");
}

#[test]
fn who_does_not_log_in_in_time_is_closed_however_it_drips() {
    let service = service("login_timeout", "1s");
    let mut silent = Client::dial(service.xmpp_port);
    let mut begun = Client::dial(service.xmpp_port);
    begun.send("<?xml version='1.0'?>");
    let mut dripping = Client::dial(service.xmpp_port);
    for byte in "<?xml version='1.0'?><stream:stream to='example.org' ".bytes().cycle() {
        if !dripping.try_send(&[byte]) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(begun.stream_error(), "connection-timeout");
    // Who has said nothing may have wanted TLS, and is told nothing.
    assert!(silent.next().is_none());
}

#[test]
fn a_silent_client_is_asked_for_a_sign_of_life_and_then_given_up() {
    let service = service("idle_timeout", "1s");
    let mut jane = Client::bound(service.xmpp_port, "jane", "a");
    let ping = jane.find("iq");
    assert!(ping.has_child("ping", "urn:xmpp:ping"), "{ping}");
    assert_eq!(jane.stream_error(), "connection-timeout");
    // With stream management it is asked by that, and the session waits.
    let mut john = Client::bound(service.xmpp_port, "john", "b");
    let id = john.enable();
    john.expect("r");
    john.wait_for_the_end();
    let (_, answer) = Client::resume(service.xmpp_port, "john", &id, 0);
    assert!(answer.is("resumed", SM), "{answer}");
}

#[test]
fn who_does_not_read_loses_only_the_own_session() {
    // Because of how much waits for him, or because of how long he takes to read it.
    for (queue, write_timeout) in [("256KiB", "5m"), ("64MiB", "1s")] {
        let service = Service::demo(
            Settings::demo()
                .with("xmpp.limits.queue", queue)
                .with("xmpp.limits.write_timeout", write_timeout),
        );
        let mut jane = Client::online(service.xmpp_port, "jane", "a");
        let _john_reads_nothing = Client::online(service.xmpp_port, "john", "b");
        send_until_john_is_gone(&mut jane);
        jane.ping();
    }
}

fn send_until_john_is_gone(jane: &mut Client) {
    let text = "x".repeat(100_000);
    let until = Instant::now() + crate::client::PATIENCE;
    loop {
        jane.send(&format!(
            "<message type='headline' to='john@example.org/b'><body>{text}</body></message>\
             <iq type='get' to='john@example.org/b' id='there'><q xmlns='urn:example:q'/></iq>"
        ));
        let told: Vec<String> = jane.ping().iter().map(ToString::to_string).collect();
        if told.iter().any(|told| told.contains("service-unavailable")) {
            return;
        }
        assert!(Instant::now() < until, "john keeps his session");
    }
}

#[test]
fn what_waits_for_all_clients_is_bounded_and_costs_only_the_slow_ones_their_sessions() {
    let service = Service::demo(
        Settings::demo()
            .with("xmpp.limits.queues", "256KiB")
            .with("xmpp.limits.queue", "64MiB")
            .with("xmpp.limits.stanza_rate", "100000"),
    );
    let mut jane = Client::online(service.xmpp_port, "jane", "a");
    let mut other = Client::online(service.xmpp_port, "jane", "b");
    let _john_reads_nothing = Client::online(service.xmpp_port, "john", "b");
    send_until_john_is_gone(&mut jane);
    jane.say("jane@example.org/b", "still there");
    assert_eq!(other.bodies(1), ["still there"]);
}
