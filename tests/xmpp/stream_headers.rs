//! What the header of a stream says of what comes in it (RFC 6120 §4.7, §8.1.5).

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
