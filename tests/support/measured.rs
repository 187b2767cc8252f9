//! A service whose metrics are read.

use std::time::{Duration, Instant};

use super::exposition::Exposition;
use super::service::{Service, Settings};
use super::wire::{self, Request};

const PATIENCE: Duration = Duration::from_secs(20);
const BASE: &str = "/plugins/restapi/v1";

/// A service with a listener for its metrics.
pub struct Measured {
    pub service: Service,
    pub port: u16,
}

impl Measured {
    pub fn start(settings: Settings) -> Self {
        let listener = r#"[{ listen = "127.0.0.1:0", routes = ["metrics"] }]"#;
        let service = Service::demo(settings.with("http.listeners", listener));
        let port = ports_of_listeners(&service, 1)[0];
        Self { service, port }
    }

    pub fn scrape(&self) -> Exposition {
        let answer = wire::exchange(self.port, &Request::get("/metrics")).expect("an answer");
        assert_eq!(answer.status, 200);
        let content_type = answer.header("content-type");
        assert_eq!(
            content_type.as_deref(),
            Some("text/plain; version=0.0.4; charset=utf-8")
        );
        Exposition::read(&answer.text())
    }

    pub fn send(&self, request: &Request) -> u16 {
        self.service.send(request).expect("an answer").status
    }

    /// The status of a GET below the API with the shared secret.
    pub fn get(&self, path: &str) -> u16 {
        self.send(&Request::get(&format!("{BASE}{path}")).header("Authorization", "potato"))
    }
}

/// The ports of `http.listeners` without TLS, in the order of the setting, from the lines of the log that name them. Those
/// may come a moment after the first answer.
pub fn ports_of_listeners(service: &Service, count: usize) -> Vec<u16> {
    let until = Instant::now() + PATIENCE;
    loop {
        let log = service.log();
        let whole = log.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines = whole.lines().filter(|line| line.contains("http.listeners"));
        let ports: Vec<u16> = lines.map(port).collect();
        if ports.len() == count {
            return ports;
        }
        assert!(Instant::now() < until, "no {count} lines of listeners in:\n{log}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn port(line: &str) -> u16 {
    let (_, address) = line.split_once("127.0.0.1:").expect("an address");
    let digits = address.split(|c: char| !c.is_ascii_digit()).next();
    digits.and_then(|port| port.parse().ok()).expect("a port")
}
