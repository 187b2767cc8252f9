//! `dns`: the records for a configuration.

use super::place::{Place, assert_fails};

/// What the command says for these settings.
fn records(settings: &[&str], more: &[&str]) -> String {
    let place = Place::new();
    let mut arguments = vec!["dns"];
    for setting in settings {
        arguments.extend(["--set", *setting]);
    }
    arguments.extend(more);
    place.done(&arguments)
}

#[test]
fn clients_are_led_to_every_host() {
    let said = records(
        &[
            "server.domain=example.org",
            "server.hosts=[\"bücher.example\"]",
            "xmpp.listen=0.0.0.0:5222",
            "xmpp.tls_listen=[::]:443",
            "xmpp.proxy_host=files.example.org",
            "upload.url=https://pictures.example.org/upload",
        ],
        &["--address", "192.0.2.7", "--address", "2001:db8::7"],
    );
    for line in [
        "_xmpp-client._tcp.example.org. IN SRV 0 5 5222 example.org.",
        "_xmpps-client._tcp.example.org. IN SRV 0 5 443 example.org.",
        "_xmpp-client._tcp.xn--bcher-kva.example. IN SRV 0 5 5222 xn--bcher-kva.example.",
        "_xmpp-server._tcp.example.org. IN SRV 0 0 0 .",
        "example.org. IN A 192.0.2.7",
        "example.org. IN AAAA 2001:db8::7",
        "xn--bcher-kva.example. IN A 192.0.2.7",
        "files.example.org. IN A 192.0.2.7",
        "pictures.example.org. IN AAAA 2001:db8::7",
    ] {
        assert!(said.lines().any(|found| found == line), "{line} is not in {said}");
    }
    let unlike_records = |line: &&str| !line.starts_with(';') && line.split(' ').count() < 4;
    assert_eq!(said.lines().find(unlike_records), None, "{said}");
}

#[test]
fn nobody_is_led_to_where_nobody_listens() {
    let said = records(
        &[
            "server.domain=example.org",
            "xmpp.tls_listen=",
            "upload.url=https://[2001:db8::7]/upload",
        ],
        &[],
    );
    for line in [
        "; none for _xmpp-client._tcp.example.org.: xmpp.listen = 127.0.0.1:0 is reached from this machine only",
        "_xmpps-client._tcp.example.org. IN SRV 0 0 0 .",
        "; example.org. IN A ...: give the addresses with --address",
    ] {
        assert!(said.lines().any(|found| found == line), "{line} is not in {said}");
    }
    assert!(!said.contains("2001"), "{said}");
}

#[test]
fn the_address_of_a_listener_is_known() {
    let said = records(&["server.domain=example.org", "xmpp.listen=192.0.2.7:5222"], &[]);
    assert!(said.contains("\nexample.org. IN A 192.0.2.7\n"), "{said}");
}

#[test]
fn an_address_is_no_name() {
    let output = Place::new().run(&["dns", "--address", "example.org"]);
    assert_eq!(output.status.code(), Some(2));
    let output = Place::new().run(&["dns", "--set", "server.domain=a b"]);
    assert_fails(&output, 2, &["server.domain"]);
}
