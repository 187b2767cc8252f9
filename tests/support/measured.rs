//! A service whose metrics are read.

use super::exposition::Exposition;
use super::service::{Service, Settings};
use super::wire::{self, Request};

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
        let log = service.log();
        let line = log
            .lines()
            .find(|line| line.contains("http.listeners"))
            .expect("a line of the listener");
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
