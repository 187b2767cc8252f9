//! A running service in the state of the demonstration: jane and john, who are each other's contacts, and admin.

use super::client::Client;
use super::support::service::{Service, Settings};
use super::support::wire::Request;

pub struct Server(pub Service);

impl Server {
    pub fn start() -> Self {
        Self::start_with(Settings::demo())
    }

    pub fn start_with(settings: Settings) -> Self {
        Self(Service::demo(settings))
    }

    /// One that believes whoever asks from this machine.
    pub fn behind_a_proxy() -> Self {
        Self::start_with(Settings::demo().with("http.trusted_proxies", r#"["127.0.0.1"]"#))
    }

    /// A session that has sent nothing yet.
    pub fn connect(&self, user: &str, resource: &str) -> Client {
        Client::connect(self.0.xmpp_port, user, "secret", resource)
    }

    /// A session that has asked for its roster and is available.
    pub fn log_in(&self, user: &str, resource: &str) -> Client {
        let mut client = self.connect(user, resource);
        client.ask(
            "<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq>",
            "roster",
        );
        client.send("<presence/>");
        client.sync();
        client
    }

    /// A REST request that must succeed.
    pub fn rest(&self, request: &str, body: &str) {
        let (method, path) = request.split_once(' ').expect("a method and a path");
        let mut sent = Request::new(method, &format!("/plugins/restapi/v1{path}"))
            .header("Authorization", "potato")
            .header("Accept", "application/json");
        if !body.is_empty() {
            sent = sent.body("application/json", body);
        }
        let answer = self.0.send(&sent).expect("an answer");
        assert!(answer.status < 300, "{request}: {} {}", answer.status, answer.text());
    }

    /// Accounts of these names, with the password `secret`.
    pub fn create(&self, names: &[&str]) {
        for name in names {
            let body = format!(r#"{{"username": "{name}", "name": "{name} of all", "password": "secret"}}"#);
            self.rest("POST /users", &body);
        }
    }
}
