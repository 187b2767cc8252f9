//! What the server tells of itself: contact addresses (XEP-0157), what its streams bear (XEP-0478), and that accounts
//! publish (XEP-0222, XEP-0223).

use super::server::Server;
use super::support::service::Settings;

#[test]
fn contact_addresses_stand_in_the_information_of_the_server() {
    let given = r#"[{ purpose = "admin", address = "mailto:admin@example.org" },
        { purpose = "abuse", address = "mailto:abuse@example.org" },
        { purpose = "abuse", address = "xmpp:abuse@example.org" }]"#;
    let server = Server::start_with(Settings::demo().with("xmpp.contact_addresses", given));
    let mut jane = server.connect("jane", "a");
    let asked = "<iq type='get' id='d' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>";
    let told = jane.ask(asked, "d");
    for part in [
        "http://jabber.org/network/serverinfo",
        "<value>mailto:admin@example.org</value>",
        "<value>mailto:abuse@example.org</value><value>xmpp:abuse@example.org</value>",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.contains("support-addresses"), "{told}");
}

#[test]
fn without_contact_addresses_there_is_no_form() {
    let server = Server::start();
    let mut jane = server.connect("jane", "a");
    let asked = "<iq type='get' id='d' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>";
    let told = jane.ask(asked, "d");
    assert!(!told.contains("serverinfo"), "{told}");
}

#[test]
fn a_stream_tells_how_large_stanzas_and_how_long_silence_may_be() {
    let settings = Settings::demo()
        .with("xmpp.limits.stanza", "64KiB")
        .with("xmpp.limits.idle_timeout", "2m");
    let server = Server::start_with(settings);
    let jane = server.connect("jane", "a");
    let features = jane.features();
    assert!(features.contains("urn:xmpp:stream-limits:0"), "{features}");
    assert!(features.contains("<max-bytes>65536</max-bytes>"), "{features}");
    assert!(features.contains("<idle-seconds>120</idle-seconds>"), "{features}");
}

#[test]
fn the_server_says_that_accounts_publish_and_with_options() {
    let server = Server::start();
    let mut jane = server.connect("jane", "a");
    let asked = "<iq type='get' id='d' to='example.org'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>";
    let told = jane.ask(asked, "d");
    for part in ["type='pep'", "'http://jabber.org/protocol/pubsub#publish-options'"] {
        assert!(told.contains(part), "{part} in {told}");
    }
}
