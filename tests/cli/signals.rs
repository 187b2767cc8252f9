//! What the service does on a signal.

use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

use super::place::{Place, get, wait_until};

const READINESS: &str = "/plugins/restapi/v1/system/readiness/server";

#[test]
fn a_hangup_does_not_end_the_service() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    service.signal("-HUP");
    place.done(&["account", "list"]);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn an_interrupt_ends_it_in_order() {
    let place = Place::new();
    let mut service = place.serve(&["serve"]);
    service.signal("-INT");
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    assert!(!place.data("control.sock").exists());
}

#[test]
fn readiness_goes_before_the_listener_closes() {
    let place = Place::new();
    // so long that the listener is still open whenever this test looks
    let service = place.serve(&["serve", "--set", "http.drain_delay=1h"]);
    let address = place.address();
    assert_eq!(get(&address, READINESS, ""), 200);
    service.signal("-TERM");
    wait_until("readiness goes", || get(&address, READINESS, "") == 503);
    for (probe, status) in [
        ("liveness", 200),
        ("liveness/deadlock", 200),
        ("liveness/properties", 200),
        ("readiness", 503),
        ("readiness/server", 503),
        ("readiness/cluster", 200),
        ("readiness/plugins", 200),
        ("readiness/connections", 200),
    ] {
        let path = format!("/plugins/restapi/v1/system/{probe}");
        assert_eq!(get(&address, &path, ""), status, "{probe}");
    }
}

#[test]
fn the_listener_closes_after_the_drain_delay() {
    let place = Place::new();
    let mut service = place.serve(&["serve", "--set", "http.drain_delay=1s"]);
    let address = place.address();
    let since = Instant::now();
    service.signal("-TERM");
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    assert!(since.elapsed() >= Duration::from_secs(1));
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let place = Place::new();
    let mut service = place.serve(&["serve", "--set", "http.drain_delay=1h"]);
    let address = place.address();
    service.signal("-TERM");
    wait_until("readiness goes", || get(&address, READINESS, "") == 503);
    service.signal("-INT");
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
}
