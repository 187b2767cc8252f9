//! HEAD is GET without the body, and OPTIONS is open to scripts of any site, on every route.

use std::collections::BTreeSet;

use super::contract::{ACCEPTS, UNLABELLED};
use super::support::compat::Compat;
use super::support::service::{Service, Settings};
use super::support::wire::{Connection, Request};
use super::{API, CROSS_ORIGIN, Client, Sent};

/// Something for every route to find.
const WRITES: [(&str, &str, &str, u16); 5] = [
    (
        "POST",
        "/users",
        r#"{"username":"kim","password":"pw","properties":[{"key":"k","value":"v"}]}"#,
        201,
    ),
    ("POST", "/users/kim/roster", r#"{"jid":"pal@example.net"}"#, 201),
    ("POST", "/groups", r#"{"name":"crew","description":"d"}"#, 201),
    ("POST", "/users/kim/groups", r#"{"groupnames":["crew"]}"#, 201),
    (
        "POST",
        "/chatrooms",
        r#"{"roomName":"den","naturalName":"den","description":"d","persistent":true,"members":["kim@example.org"]}"#,
        201,
    ),
];

/// A path with names of what is there.
fn existing(path: &str) -> String {
    [
        ("{username}", "kim"),
        ("{rosterJid}", "pal@example.net"),
        ("{groupName}", "crew"),
        ("{groupname}", "crew"),
        ("{roomName}", "den"),
        ("{affiliation}", "members"),
        ("{jid}", "kim@example.org"),
        ("{propertyKey}", "xmpp.domain"),
        ("{nodeId}", "node"),
    ]
    .into_iter()
    .fold(path.to_owned(), |path, (name, value)| path.replace(name, value))
}

fn furnished() -> Service {
    let service = Service::demo(Settings::demo());
    for (method, path, body, status) in WRITES {
        let request = Request::new(method, &format!("{API}{path}"))
            .header("Authorization", "potato")
            .body("application/json", body);
        let answer = service.send(&request).expect("an answer");
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
    let card = Request::new("PUT", &format!("{API}/users/kim/vcard"))
        .header("Authorization", "potato")
        .body("application/xml", "<vCard xmlns='vcard-temp'><FN>Kim</FN></vCard>");
    assert_eq!(service.send(&card).expect("an answer").status, 200);
    service
}

#[test]
fn head_tells_of_every_route_what_get_would_send() {
    let service = furnished();
    let mut client = Client {
        service: &service,
        connection: None,
    };
    let routes = Compat::read().rest.routes;
    let readable: BTreeSet<&str> = routes
        .iter()
        .filter(|route| route.method == "GET")
        .map(|route| route.path.as_str())
        .collect();
    let (mut with_length, mut without, mut wrong) = (0, 0, Vec::new());
    // What is there and what is not, so that errors are compared as well.
    let paths = readable.iter().flat_map(|path| [existing(path), (*path).to_owned()]);
    for path in paths.collect::<BTreeSet<_>>() {
        for accept in ACCEPTS {
            let sent = Sent {
                accept,
                content: UNLABELLED,
                body: None,
            };
            let get = client.ask("GET", &path, &sent);
            let head = client.ask("HEAD", &path, &sent);
            let told = |name: &str| (get.header(name), head.header(name));
            let place = format!("{path}, Accept {:?}", accept.header);
            if get.status != head.status {
                wrong.push(format!("{place}: {} and {}", get.status, head.status));
            }
            for name in ["content-type", "content-length", "transfer-encoding", "allow"] {
                let (of_get, of_head) = told(name);
                if of_get != of_head {
                    wrong.push(format!("{place}: {name} {of_get:?} and {of_head:?}"));
                }
            }
            let length = head.header("content-length");
            let wanted = (get.status != 204).then(|| get.body.len().to_string());
            if length != wanted {
                wrong.push(format!("{place}: {length:?}, not {wanted:?}"));
            }
            match (get.status, length) {
                (200, Some(length)) if length != "0" => with_length += 1,
                (204, None) => without += 1,
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(with_length > 100 && without > 0, "{with_length}, {without}");
}

#[test]
fn head_of_a_list_without_a_length_has_none_either() {
    let service = furnished();
    let users: Vec<String> = (0..200)
        .map(|n| {
            format!(
                r#"{{"username":"many{n}","password":"pw","name":"{}"}}"#,
                "x".repeat(60)
            )
        })
        .collect();
    for users in users.chunks(50) {
        let request = Request::new("POST", &format!("{API}/users"))
            .header("Authorization", "potato")
            .body("application/json", format!(r#"{{"users":[{}]}}"#, users.join(",")));
        assert_eq!(service.send(&request).expect("an answer").status, 201);
    }
    let mut connection = Connection::open(service.http_port).expect("a connection");
    let list = |method: &str| Request::new(method, &format!("{API}/users")).header("Authorization", "potato");
    let get = connection.exchange(&list("GET")).expect("an answer");
    assert_eq!(get.header("transfer-encoding").as_deref(), Some("chunked"));
    assert!(get.body.len() > 16 * 1024, "{}", get.body.len());
    let head = connection.exchange(&list("HEAD")).expect("an answer");
    assert_eq!((head.status, head.header("content-length")), (200, None));
    // No piece of the list is in the way of the next answer.
    assert_eq!(connection.exchange(&list("HEAD")).expect("an answer").status, 200);
}

#[test]
fn options_of_every_route_are_told_to_scripts_of_any_site() {
    let service = furnished();
    let routes = Compat::read().rest.routes;
    let paths: BTreeSet<&str> = routes.iter().map(|route| route.path.as_str()).collect();
    assert!(paths.len() > 40, "{}", paths.len());
    for path in paths {
        for authorization in [Some("potato"), None] {
            let mut request = Request::new("OPTIONS", &format!("{API}{}", existing(path)))
                .header("Origin", "https://elsewhere.example")
                .header("Access-Control-Request-Method", "GET");
            if let Some(value) = authorization {
                request = request.header("Authorization", value);
            }
            let answer = service.send(&request).expect("an answer");
            for (name, value) in CROSS_ORIGIN {
                assert_eq!(answer.header(name).as_deref(), Some(value), "{path}: {name}");
            }
            if authorization.is_some() {
                assert_eq!(answer.status, 200, "{path}");
                let allow = answer.header("allow").unwrap_or_default();
                for route in routes.iter().filter(|route| route.path == path) {
                    let mut allowed = allow.split(',').map(str::trim);
                    assert!(allowed.any(|method| method == route.method), "{path}: {allow}");
                }
            }
        }
    }
}
