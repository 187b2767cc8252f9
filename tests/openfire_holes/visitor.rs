//! Somebody who sends request after request to one service.

use super::support::service::{Service, Settings};
use super::support::wire::{Answer, Connection, Request};

pub const API: &str = "/plugins/restapi/v1";
/// `admin` with the password `admin`.
pub const ADMIN: &str = "Basic YWRtaW46YWRtaW4=";
pub const SECRET: &str = "potato";

pub fn secret_mode() -> Settings {
    Settings::demo()
}

/// With so many wrong passwords allowed that no test meets the limit by the way.
pub fn basic_mode() -> Settings {
    Settings::demo()
        .with("openfire.auth", "basic")
        .with("accounts.wrong_passwords", "1000000")
}

/// Keeps its connection as long as the service does, so that thousands of requests cost little.
pub struct Visitor<'s> {
    service: &'s Service,
    authorization: Option<&'static str>,
    connection: Option<Connection>,
}

impl<'s> Visitor<'s> {
    pub fn stranger(service: &'s Service) -> Self {
        Self {
            service,
            authorization: None,
            connection: None,
        }
    }

    /// One who sends this `Authorization` with every request.
    pub fn with(service: &'s Service, authorization: &'static str) -> Self {
        Self {
            authorization: Some(authorization),
            ..Self::stranger(service)
        }
    }

    pub fn ask(&mut self, request: &Request) -> Answer {
        let request = match self.authorization {
            Some(value) => request.clone().header("Authorization", value),
            None => request.clone(),
        };
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::open(self.service.http_port).expect("a connection"),
        };
        let answer = connection
            .exchange(&request)
            .unwrap_or_else(|error| panic!("no answer to {} {}: {error}", request.method, request.path));
        let closes = answer.header("connection").is_some_and(|value| value == "close");
        self.connection = (!closes).then_some(connection);
        answer
    }

    /// `request` is method and target; a target that does not start with `/plugins` is below the API.
    pub fn send(&mut self, request: &str) -> Answer {
        self.ask(&parse(request))
    }

    pub fn send_json(&mut self, request: &str, body: &str) -> Answer {
        self.ask(&parse(request).body("application/json", body))
    }

    pub fn send_xml(&mut self, request: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.ask(&parse(request).body("application/xml", body))
    }
}

fn parse(request: &str) -> Request {
    let (method, target) = request.split_once(' ').expect("a method and a target");
    if target.starts_with("/plugins") {
        Request::new(method, target)
    } else {
        Request::new(method, &format!("{API}{target}"))
    }
}

/// Everything that an administrator can see, to be compared with what is seen later.
pub fn everything(service: &Service, authorization: &'static str) -> Vec<String> {
    let mut administrator = Visitor::with(service, authorization);
    [
        "/users",
        "/users/jane/groups",
        "/users/jane/roster",
        "/users/jane/vcard",
        "/groups",
        "/chatservices",
        "/chatrooms?type=all",
        "/sessions",
        "/system/properties",
        "/logs/security",
    ]
    .into_iter()
    .map(|path| {
        let answer = administrator.send(&format!("GET {path}"));
        assert!(matches!(answer.status, 200 | 204), "GET {path}: {}", answer.status);
        format!("{path}: {}", answer.text())
    })
    .collect()
}

/// The answer comes from the API itself and not from the web server around it.
pub fn is_of_the_api(answer: &Answer) -> bool {
    answer.header("access-control-allow-origin").is_some()
}
