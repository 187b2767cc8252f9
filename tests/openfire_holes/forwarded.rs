//! A client's address is that of its connection. What a header says counts only when a trusted proxy sends it.

use super::support::service::{Service, Settings};
use super::support::wire::Request;
use super::visitor::{API, SECRET, Visitor, basic_mode, secret_mode};

/// On the list; no test comes from there.
const LISTED: &str = "192.0.2.1";

const NAMES: [&str; 16] = [
    "X-Forwarded-For",
    "x-forwarded-for",
    "X_FORWARDED_FOR",
    "X-Forward-For",
    "Forwarded-For",
    "X-Forwarded",
    "X-Real-IP",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Remote-Addr",
    "X-Originating-IP",
    "X-ProxyUser-Ip",
    "True-Client-IP",
    "CF-Connecting-IP",
    "Client-IP",
    "Remote_Addr",
];

fn listed(settings: Settings) -> Settings {
    settings.with("openfire.allowed_ips", LISTED)
}

fn status(service: &Service, headers: &[(&str, &str)]) -> u16 {
    let request = Request::get(&format!("{API}/users"));
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    let status = Visitor::with(service, SECRET).ask(&request).status;
    let request = Request::get(&format!("{API}/userservice?type=grouplist&secret={SECRET}"));
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| request.header(name, value));
    let is_refused = Visitor::stranger(service)
        .ask(&request)
        .text()
        .contains("RequestNotAuthorised");
    assert_eq!(is_refused, status == 401, "{headers:?}");
    status
}

#[test]
fn a_stranger_does_not_pass_the_list_by_naming_an_address() {
    // nobody is trusted, or somebody else
    for settings in [
        listed(secret_mode()),
        listed(secret_mode()).with("http.trusted_proxies", "10.0.0.0/8,::1"),
    ] {
        let service = Service::demo(settings);
        assert_eq!(status(&service, &[]), 401);
        for name in NAMES {
            for value in [
                "192.0.2.1",
                "192.0.2.1, 10.0.0.1",
                "10.0.0.1, 192.0.2.1",
                "::ffff:192.0.2.1",
            ] {
                assert_eq!(status(&service, &[(name, value)]), 401, "{name}: {value}");
            }
        }
        assert_eq!(
            status(&service, &[("Forwarded", "for=192.0.2.1;proto=http;by=10.0.0.1")]),
            401
        );
        assert_eq!(
            status(&service, &[("Via", "1.1 192.0.2.1"), ("Host", "192.0.2.1")]),
            401
        );
    }
}

#[test]
fn of_what_a_trusted_proxy_sends_only_its_own_part_counts() {
    let service = Service::demo(listed(secret_mode()).with("http.trusted_proxies", "127.0.0.1,10.0.0.0/8"));
    let name = "X-Forwarded-For";
    for (values, expected) in [
        (&["192.0.2.1"][..], 200),
        (&["203.0.113.9, 192.0.2.1"], 200),
        (&["192.0.2.1, 10.0.0.1"], 200),
        (&["::ffff:192.0.2.1"], 200),
        // the client wrote the first part, the proxy the last
        (&["192.0.2.1, 203.0.113.9"], 401),
        (&["192.0.2.1,203.0.113.9,10.0.0.1"], 401),
        (&["192.0.2.1", "203.0.113.9"], 401),
        (&["192.0.2.1, unknown"], 401),
        (&["192.0.2.1,"], 401),
        (&["192.0.2.1", ""], 401),
        (&[""], 401),
        (&["unknown"], 401),
        (&["192.0.2.1:80"], 401),
        (&["192.0.2.1/32"], 401),
        (&["0.0.0.0/0"], 401),
        (&["\"192.0.2.1\""], 401),
        (&["192.0.2.1\u{a0}"], 401),
        (&["192.0.2.001"], 401),
        (&["3221225985"], 401),
        (&["127.0.0.1"], 401),
    ] {
        let headers: Vec<_> = values.iter().map(|value| (name, *value)).collect();
        assert_eq!(status(&service, &headers), expected, "{values:?}");
    }
    // the other names count only where the first is not there
    assert_eq!(
        status(&service, &[(name, "203.0.113.9"), ("X_FORWARDED_FOR", LISTED)]),
        401
    );
    assert_eq!(status(&service, &[(name, ""), ("X-Forward-For", LISTED)]), 401);
    assert_eq!(
        status(&service, &[("X-Real-IP", LISTED), ("Forwarded", "for=192.0.2.1")]),
        401
    );
    assert_eq!(status(&service, &[]), 401);
}

#[test]
fn wrong_passwords_are_counted_for_the_connection_and_not_for_a_named_address() {
    let service = Service::demo(basic_mode().with("accounts.wrong_passwords", "3"));
    let ask = |authorization, address: &str| {
        let request = Request::get(&format!("{API}/users")).header("X-Forwarded-For", address);
        Visitor::with(&service, authorization).ask(&request).status
    };
    for last in 1..=3 {
        assert_eq!(ask("Basic YWRtaW46d3Jvbmc=", &format!("192.0.2.{last}")), 401);
    }
    assert_eq!(ask("Basic YWRtaW46YWRtaW4=", "192.0.2.9"), 401);
}

#[test]
fn the_access_log_names_the_client_that_a_trusted_proxy_tells_and_the_peer_otherwise() {
    let service = Service::demo(
        secret_mode()
            .with("log.access", "true")
            .with("http.trusted_proxies", "127.0.0.1"),
    );
    let mut caller = Visitor::with(&service, SECRET);
    for (path, forwarded) in [
        ("/groups", Some("198.51.100.7")),
        ("/users", Some("unknown")),
        ("/chatrooms", None),
    ] {
        let request = Request::get(&format!("{API}{path}"));
        let request = match forwarded {
            Some(address) => request.header("X-Forwarded-For", address),
            None => request,
        };
        assert!(matches!(caller.ask(&request).status, 200 | 401), "{path}");
        let log = service.log();
        let line = log
            .lines()
            .find(|line| line.contains(path))
            .expect("a line for the request");
        let named = forwarded.filter(|address| *address != "unknown").unwrap_or("127.0.0.1");
        assert!(line.contains(&format!("client.address={named}")), "{line}");
    }
}

#[test]
fn the_audit_log_names_the_address_of_the_connection() {
    let service = Service::demo(secret_mode());
    let mut caller = Visitor::with(&service, SECRET);
    let request = Request::new("POST", &format!("{API}/lockouts/jane")).header("X-Forwarded-For", "198.51.100.7");
    assert_eq!(caller.ask(&request).status, 201);
    let log = caller.send("GET /logs/security").text();
    assert!(log.contains("127.0.0.1") && !log.contains("198.51.100.7"), "{log}");
}
