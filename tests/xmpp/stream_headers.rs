//! What the header of a stream says of what comes in it (RFC 6120 §4.7, §8.1.5).

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;

use firekeeper::engine::xml::{Element, Frame, Limits, StreamParser};

use super::client::Client;
use super::server::Server;

#[test]
fn what_does_not_say_its_language_is_in_that_of_its_stream() {
    let server = Server::start();
    let mut john = server.log_in("john", "b");
    let mut jane = Client::connect_with(server.0.xmpp_port, "jane", "secret", "a", "xml:lang='de'");
    jane.send("<message to='john@example.org/b'><body>Hallo</body></message>");
    assert!(john.expect(&["<body>Hallo"]).contains("lang='de'"));
    jane.send("<message to='john@example.org/b' xml:lang='fr'><body>Salut</body></message>");
    assert!(john.expect(&["<body>Salut"]).contains("lang='fr'"));
    jane.send("<presence><status>da</status></presence>");
    assert!(john.expect(&["<status>da"]).contains("lang='de'"));
    john.send("<message to='jane@example.org/a'><body>Hi</body></message>");
    assert!(!jane.expect(&["<body>Hi"]).contains("lang="));
    let mut jane = Client::connect_with(server.0.xmpp_port, "jane", "secret", "c", "xml:lang='no language'");
    jane.send("<message to='john@example.org/b'><body>?</body></message>");
    assert!(!john.expect(&["<body>?"]).contains("lang="));
}

#[test]
fn a_stream_behind_a_login_is_that_of_whoever_logged_in() {
    let server = Server::start();
    Client::connect_with(server.0.xmpp_port, "jane", "secret", "a", "from='Jane@example.org'");
    let mut client = Client::log_in(server.0.xmpp_port, "jane", "secret", "");
    client.send(
        "<?xml version='1.0'?><stream:stream to='example.org' from='john@example.org' version='1.0' \
         xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>",
    );
    client.expect(&["<error", "<invalid-from"]);
}

#[test]
fn a_stream_is_answered_with_a_header_of_its_own() {
    let server = Server::start();
    let headers = [
        ("id='mine'", None),
        ("from='Jane@Example.org'", Some("jane@example.org")),
        ("from='jane@example.org/balcony'", Some("jane@example.org")),
    ]
    .map(|(attributes, to)| (header(server.0.xmpp_port, attributes), to));
    let mut ids = BTreeSet::new();
    for (header, to) in &headers {
        assert_eq!(header.attr("from"), Some("example.org"), "{header}");
        assert_eq!(header.attr("to"), *to, "{header}");
        assert_eq!(header.attr("version"), Some("1.0"), "{header}");
        assert_eq!(header.lang(), Some("en"), "{header}");
        ids.insert(header.attr("id").expect("an id"));
    }
    assert!(!ids.contains("mine"), "{ids:?}");
    assert_eq!(ids.len(), headers.len(), "{ids:?}");
    // Also where the stream does not come to anything.
    let refused = header(server.0.xmpp_port, "from='jane@example.org' version='0.9'");
    assert!(
        refused.attr("id").is_some() && refused.attr("from") == Some("example.org"),
        "{refused}"
    );
    assert_eq!(refused.attr("to"), Some("jane@example.org"), "{refused}");
}

/// What the server answers to a header with these attributes.
fn header(port: u16, attributes: &str) -> Element {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("a listener");
    let version = if attributes.contains("version") {
        ""
    } else {
        "version='1.0'"
    };
    let sent = format!(
        "<?xml version='1.0'?><stream:stream to='example.org' {attributes} {version} xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'>"
    );
    socket.write_all(sent.as_bytes()).expect("a connection");
    let mut parser = StreamParser::new(Limits::OWN_TEXT);
    let mut bytes = [0; 4096];
    loop {
        match parser.next().expect("XML") {
            Some(Frame::Open(header)) => return header.element,
            Some(_) => {}
            None => {
                let length = socket.read(&mut bytes).expect("a connection");
                assert_ne!(length, 0, "no header");
                parser.push(&bytes[..length]);
            }
        }
    }
}
