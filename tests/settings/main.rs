//! Settings of capacity and time: what an operator sets is what the running service does.

mod accounts;
mod storage;
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

/// The statuses of so many requests that are sent at once.
fn at_once(count: usize, send: impl Fn(usize) -> u16 + Sync) -> Vec<u16> {
    thread::scope(|scope| {
        let send = &send;
        let sending: Vec<_> = (0..count).map(|number| scope.spawn(move || send(number))).collect();
        sending
            .into_iter()
            .map(|sent| sent.join().expect("an answer"))
            .collect()
    })
}

/// Waits for a condition, as long as a busy machine may need.
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < Duration::from_mins(1), "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
