//! The language of stanzas (RFC 6120 §8.1.5).

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
