//! What the service does on a signal.

use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

use super::place::{Place, get};

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
    let mut service = place.serve(&["serve", "--set", "http.drain_delay=3s"]);
    let address = place.address();
    assert_eq!(get(&address, READINESS, ""), 200);
    let since = Instant::now();
    service.signal("-TERM");
    while get(&address, READINESS, "") == 200 {
        assert!(since.elapsed() < Duration::from_secs(2), "readiness stays");
    }
    assert_eq!(get(&address, READINESS, ""), 503);
    assert_eq!(get(&address, "/plugins/restapi/v1/system/liveness", ""), 200);
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
    assert!(since.elapsed() >= Duration::from_secs(3));
    assert!(TcpStream::connect(&address).is_err());
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let place = Place::new();
    let mut service = place.serve(&["serve", "--set", "http.drain_delay=1h"]);
    service.signal("-TERM");
    while get(&place.address(), READINESS, "") == 200 {}
    service.signal("-INT");
    assert_eq!(service.child.wait().unwrap().code(), Some(0));
}
