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
        let line = line_of_listener(&service);
        let (_, address) = line.split_once("127.0.0.1:").expect("its address");
        let port = address
            .split(|c: char| !c.is_ascii_digit())
            .next()
            .and_then(|port| port.parse().ok());
        Self {
            port: port.expect("its port"),
            service,
        }
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

/// The line of the log that names the address of the listener. It may come a moment after the first answer.
fn line_of_listener(service: &Service) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        let log = service.log();
        if let Some(line) = log.lines().find(|line| line.contains("http.listeners")) {
            return line.to_owned();
        }
        assert!(Instant::now() < until, "no line of the listener in:\n{log}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
