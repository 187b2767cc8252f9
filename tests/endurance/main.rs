//! The service under stress and in trouble: what it says of itself is true, and what it acknowledged is kept.

mod connections;
mod disk;
mod kills;
mod load;
mod opening;
#[path = "../support/mod.rs"]
mod support;

use std::thread;
use std::time::{Duration, Instant};

use support::service::Service;
use support::wire::Request;

const API: &str = "/plugins/restapi/v1";

/// The status of a request with the shared secret.
fn status(service: &Service, method: &str, path: &str, body: &str) -> u16 {
    let request = Request::new(method, &format!("{API}{path}")).header("Authorization", "potato");
    let request = match body {
        "" => request,
        body => request.body("application/json", body),
    };
    service.send(&request).expect("an answer").status
}

/// The status of a probe.
fn probe(service: &Service, name: &str) -> u16 {
    let request = Request::get(&format!("{API}/system/{name}"));
    service.send(&request).expect("a probe is always answered").status
}

/// Waits for a condition, as long as a busy machine may need.
fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < Duration::from_mins(2), "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
