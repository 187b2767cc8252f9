//! `/metrics` as Prometheus meets it.

mod deploy;
#[path = "../support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use support::measured::Measured;
use support::service::{Service, Settings};
use support::wire::{self, Request};
use support::xmpp::Client;

const BASE: &str = "/plugins/restapi/v1";

#[test]
fn nobody_sees_metrics_where_they_are_not_asked_for() {
    let service = Service::demo(Settings::demo());
    for path in ["/metrics", "/metrics/", "/plugins/restapi/v1/metrics"] {
        let request = Request::get(path).header("Authorization", "potato");
        assert_eq!(service.send(&request).expect("an answer").status, 404, "{path}");
    }
}

#[test]
fn a_listener_of_metrics_answers_nothing_else() {
    let measured = Measured::start(Settings::demo());
    let status = |method: &str, path: &str| {
        let request = Request::new(method, path).header("Authorization", "potato");
        wire::exchange(measured.port, &request).expect("an answer").status
    };
    assert_eq!(status("GET", "/metrics"), 200);
    assert_eq!(status("HEAD", "/metrics"), 200);
    assert_eq!(status("POST", "/metrics"), 405);
    assert_eq!(status("GET", "/plugins/restapi/v1/users"), 404);
    assert_eq!(status("GET", "/plugins/restapi/v1/system/liveness"), 404);
    assert_eq!(status("GET", "/"), 404);
}

#[test]
fn requests_count_by_template_method_and_status() {
    let measured = Measured::start(Settings::demo());
    assert_eq!(measured.get("/users/jane"), 200);
    assert_eq!(measured.get("/users/john"), 200);
    assert_eq!(measured.get("/users/nobody"), 404);
    assert_eq!(
        measured.send(&Request::new("PATCH", &format!("{BASE}/users")).header("Authorization", "potato")),
        405
    );
    assert_eq!(measured.send(&Request::get(&format!("{BASE}/users/jane"))), 401);
    let ask = Request::get("/plugins/userService/userservice?type=grouplist&secret=potato");
    assert_eq!(measured.send(&ask), 200);
    let scrape = measured.scrape();
    let count = |api, route: &str, method, status| {
        let labels = [("api", api), ("route", route), ("method", method), ("status", status)];
        scrape.sum("firekeeper_http_requests_total", &labels)
    };
    let user = format!("{BASE}/users/{{username}}");
    assert_counts(&[
        (count("openfire", &user, "GET", "200"), 2.0),
        (count("openfire", &user, "GET", "404"), 1.0),
        (count("openfire", &format!("{BASE}/users"), "other", "405"), 1.0),
        (count("none", "unmatched", "GET", "401"), 1.0),
        (count("userservice", &format!("{BASE}/userservice"), "GET", "200"), 1.0),
    ]);
    let timed = [("route", user.as_str()), ("method", "GET")];
    assert_counts(&[(
        scrape.sum("firekeeper_http_request_duration_seconds_count", &timed),
        3.0,
    )]);
    // The scrape itself is in flight while it is written.
    assert_counts(&[(scrape.sum("firekeeper_http_requests_in_flight", &[]), 1.0)]);
}

fn assert_counts(counts: &[(f64, f64)]) {
    for (at, (found, expected)) in counts.iter().enumerate() {
        assert!((found - expected).abs() < f64::EPSILON, "{at}: {found}, not {expected}");
    }
}

#[test]
fn nothing_that_a_client_sends_becomes_a_label() {
    let measured = Measured::start(Settings::demo());
    for request in [
        Request::get(&format!("{BASE}/users/zebra")).header("Authorization", "potato"),
        Request::get(&format!("{BASE}/zebra?zebra=zebra")).header("Authorization", "zebra"),
        Request::get(&format!("{BASE}/zebra")).header("Authorization", "potato"),
        Request::get("/zebra")
            .header("Host", "zebra")
            .header("X-Zebra", "zebra"),
        Request::get("/plugins/userService/zebra;zebra=1"),
        Request::new("ZEBRA", &format!("{BASE}/users")).header("Authorization", "potato"),
        Request::get(&format!("{BASE}/userservice?type=zebra&secret=potato&username=zebra")),
    ] {
        measured.send(&request);
    }
    let answer = wire::exchange(measured.port, &Request::get("/metrics")).expect("an answer");
    assert!(!answer.text().to_lowercase().contains("zebra"), "{}", answer.text());
}

#[test]
fn what_the_service_does_shows() {
    let measured = Measured::start(Settings::demo().with("openfire.auth", "basic"));
    let before = measured.scrape();
    let as_admin = |password: &str| {
        use base64::Engine;
        let credentials = base64::engine::general_purpose::STANDARD.encode(format!("admin:{password}"));
        Request::get(&format!("{BASE}/users/jane")).header("Authorization", &format!("Basic {credentials}"))
    };
    assert_eq!(measured.send(&as_admin("admin")), 200);
    assert_eq!(measured.send(&as_admin("admin")), 200);
    assert_eq!(measured.send(&as_admin("wrong")), 401);
    let mut create = as_admin("admin").body("application/xml", "<group><name>g</name><description/></group>");
    create.method = "POST".to_owned();
    create.path = format!("{BASE}/groups");
    assert_eq!(measured.send(&create), 201);
    let after = measured.scrape();
    let rise = |name: &str, labels: &[(&str, &str)]| after.sum(name, labels) - before.sum(name, labels);
    assert_counts(&[
        (rise("firekeeper_logins_total", &[("result", "accepted")]), 3.0),
        (rise("firekeeper_logins_total", &[("result", "refused")]), 1.0),
        (rise("firekeeper_cache_hits_total", &[("cache", "credentials")]), 2.0),
        (rise("firekeeper_hashing_duration_seconds_count", &[]), 2.0),
        (rise("firekeeper_storage_failed_commits_total", &[]), 0.0),
        (rise("firekeeper_audit_entries", &[]), 1.0),
        (after.sum("firekeeper_alive", &[]), 1.0),
        (after.sum("firekeeper_ready", &[]), 1.0),
        (after.sum("firekeeper_storage_writer_alive", &[]), 1.0),
        (after.sum("firekeeper_storage_failing", &[]), 0.0),
        (
            after.sum("firekeeper_build_info", &[("version", env!("CARGO_PKG_VERSION"))]),
            1.0,
        ),
    ]);
    assert!(rise("firekeeper_storage_commit_duration_seconds_count", &[]) >= 1.0);
    assert!(rise("firekeeper_storage_group_changes_sum", &[]) >= 1.0);
    let listener = format!("127.0.0.1:{}", measured.service.http_port);
    let accepted = rise("firekeeper_http_connections_accepted_total", &[("listener", &listener)]);
    assert!(accepted >= 4.0, "{accepted}");
    for positive in [
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
        "firekeeper_storage_database_bytes",
        "firekeeper_storage_write_queue_limit",
    ] {
        assert!(after.sum(positive, &[]) > 0.0, "{positive}");
    }
}

#[test]
fn a_connection_that_makes_room_counts_for_its_listener() {
    let measured = Measured::start(Settings::demo().with("http.limits.max_connections", "4"));
    let listener = format!("127.0.0.1:{}", measured.service.http_port);
    let labels = [("listener", listener.as_str())];
    let open = || wire::Connection::open(measured.service.http_port).expect("a connection");
    let _idle: Vec<_> = std::iter::repeat_with(open).take(8).collect();
    let since = Instant::now();
    // They are let in one after the other.
    while measured
        .scrape()
        .sum("firekeeper_http_connections_evicted_total", &labels)
        < 1.0
    {
        assert!(since.elapsed() < Duration::from_secs(30), "nobody had to make room");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn stanzas_and_logins_of_clients_are_counted() {
    let measured = Measured::start(Settings::demo());
    let logins = |result| {
        measured
            .scrape()
            .sum("firekeeper_xmpp_logins_total", &[("result", result)])
    };
    let stanzas = |direction, kind| {
        let labels = [("direction", direction), ("kind", kind)];
        measured.scrape().sum("firekeeper_xmpp_stanzas_total", &labels)
    };
    let mut stranger = Client::dial(measured.service.xmpp_port, "example.org").expect("a connection");
    assert!(stranger.log_in("jane", "wrong").is_err());
    let of_rooms = || {
        let scrape = measured.scrape();
        [
            "firekeeper_xmpp_rooms",
            "firekeeper_xmpp_room_occupants",
            "firekeeper_xmpp_room_messages_total",
        ]
        .map(|name| scrape.sum(name, &[]))
    };
    assert_counts(&of_rooms().map(|count| (count, 0.0)));
    let mut jane = Client::dial(measured.service.xmpp_port, "example.org").expect("a connection");
    jane.log_in("jane", "secret").expect("her password");
    jane.bind("phone").expect("a session");
    let room = "den@conference.example.org";
    jane.send(&format!(
        "<presence to='{room}/Jane'><x xmlns='http://jabber.org/protocol/muc'/></presence>\
         <iq type='set' id='o' to='{room}'><query xmlns='http://jabber.org/protocol/muc#owner'>\
         <x xmlns='jabber:x:data' type='submit'/></query></iq>\
         <message to='{room}' type='groupchat'><body>Hello</body></message>"
    ));
    jane.settle();
    assert_counts(&of_rooms().map(|count| (count, 1.0)));
    assert_counts(&[(logins("success"), 1.0), (logins("not-authorized"), 1.0)]);
    let counted = || {
        [
            ("received", "message"),
            ("received", "presence"),
            ("received", "iq"),
            ("sent", "message"),
            ("sent", "presence"),
        ]
        .map(|(direction, kind)| stanzas(direction, kind))
    };
    let before = counted();
    jane.send("<presence/><message to='jane@example.org' type='chat'><body>hi</body></message>");
    jane.settle();
    let after = counted();
    assert_counts(&std::array::from_fn::<_, 5, _>(|at| (after[at], before[at] + 1.0)));
    assert_counts(&[(measured.scrape().sum("firekeeper_xmpp_resumptions_total", &[]), 0.0)]);
}

#[test]
fn a_client_that_is_connected_counts_as_a_session() {
    let measured = Measured::start(Settings::demo());
    let over = |transport| {
        measured
            .scrape()
            .sum("firekeeper_xmpp_sessions", &[("transport", transport)])
    };
    let sessions = || over("tcp");
    assert_counts(&[(sessions(), 0.0), (over("websocket"), 0.0), (over("bosh"), 0.0)]);
    let mut jane = Client::dial(measured.service.xmpp_port, "example.org").expect("a connection");
    jane.log_in("jane", "secret").expect("her password");
    jane.bind("phone").expect("a session");
    assert_counts(&[(sessions(), 1.0), (over("websocket"), 0.0)]);
    jane.close();
    let since = Instant::now();
    while sessions() > 0.0 {
        assert!(since.elapsed() < Duration::from_secs(30), "the session stays");
        std::thread::sleep(Duration::from_millis(10));
    }
}
