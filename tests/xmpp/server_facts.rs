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

#[test]
fn the_server_and_its_accounts_say_what_they_can_do() {
    let services = r#"[{ type = "stun", host = "turn.example.org", port = 3478 }]"#;
    let server = Server::start_with(Settings::demo().with("xmpp.external_services", services));
    let mut jane = server.connect("jane", "a");
    for (address, features) in [
        (
            "example.org",
            &["urn:xmpp:extdisco:2", "http://jabber.org/protocol/commands"][..],
        ),
        (
            "jane@example.org",
            &[
                "urn:xmpp:pep-vcard-conversion:0",
                "urn:xmpp:bookmarks:1#compat",
                "urn:xmpp:bookmarks:1#compat-pep",
                "http://jabber.org/protocol/pubsub#publish-options",
                "http://jabber.org/protocol/pubsub#delete-items",
                "urn:ietf:params:xml:ns:vcard-4.0",
                "urn:xmpp:push:0",
            ],
        ),
        ("conference.example.org", &["urn:xmpp:channel-search:0:search"]),
        ("upload.example.org", &["urn:xmpp:http:upload:0"]),
    ] {
        let asked =
            format!("<iq type='get' id='d' to='{address}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>");
        let told = jane.ask(&asked, "d");
        for feature in features {
            assert!(
                told.contains(&format!("<feature var='{feature}'>")),
                "{feature} in {told}"
            );
        }
    }
}
