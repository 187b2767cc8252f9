//! Clients that mean harm. Behind every attack another client is served as before.

use crate::client::Client;
use crate::support::service::{Service, Settings};

fn service() -> Service {
    Service::demo(Settings::demo())
}

fn is_well(service: &Service) {
    Client::online(service.xmpp_port, "jane", "well").ping();
}

#[test]
fn nobody_speaks_before_the_login_or_the_binding() {
    let service = service();
    for stanza in [
        "<message to='john@example.org'><body>x</body></message>",
        "<presence/>",
        "<iq type='get' id='x' to='jane@example.org'><ping xmlns='urn:xmpp:ping'/></iq>",
    ] {
        let mut client = Client::open(service.xmpp_port);
        client.send(stanza);
        assert_eq!(client.stream_error(), "not-authorized", "before the login: {stanza}");
        let (mut client, _) = Client::logged_in(service.xmpp_port, "john", "secret");
        client.send(stanza);
        assert_eq!(client.stream_error(), "not-authorized", "before the binding: {stanza}");
    }
    is_well(&service);
}

#[test]
fn what_comes_in_clear_behind_starttls_is_never_served() {
    let service = service();
    let mut client = Client::open(service.xmpp_port);
    client.send(
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' \
         mechanism='PLAIN'>AGpvaG4Ac2VjcmV0</auth>",
    );
    client.expect("failure");
    assert!(client.next().is_none());
    let mut client = Client::open(service.xmpp_port);
    client.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    client.expect("proceed");
    client.send("<presence/> instead of a handshake");
    assert!(client.end_of_bytes() != b'<', "no XML comes behind a broken handshake");
    is_well(&service);
}

#[test]
fn garbage_instead_of_tls_ends_the_connection() {
    let service = service();
    let mut client = Client::dial(service.xmpp_port);
    client.try_send(&[0x16, 0xff, 0xff, 0x00, 0x05, 1, 2, 3, 4, 5, 6, 7, 8]);
    client.end_of_bytes();
    is_well(&service);
}

#[test]
fn giant_stanzas_and_deep_ones_end_the_stream() {
    let service = service();
    for (start, piece) in [("<message><body>", "x"), ("<message>", "<a>")] {
        let mut client = Client::bound(service.xmpp_port, "john", "a");
        client.send(start);
        let chunk = piece.repeat(64 * 1024 / piece.len());
        for _ in 0..320 {
            if !client.try_send(chunk.as_bytes()) {
                break;
            }
        }
        client.wait_for_the_end();
    }
    is_well(&service);
}

#[test]
fn a_closed_stream_is_answered_and_a_half_closed_connection_ends() {
    let service = service();
    let mut client = Client::bound(service.xmpp_port, "john", "a");
    client.send("</stream:stream>");
    assert!(client.next().is_none());
    assert!(client.is_closed_well(), "</stream:stream> comes before the end");
    let mut client = Client::bound(service.xmpp_port, "john", "a");
    client.close_sending();
    assert!(client.next().is_none());
    is_well(&service);
}
