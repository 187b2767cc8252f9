//! Bodies that are too long, announced or not: refused in time, with little memory, and the next client is served.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::support::service::Service;
use super::support::wire::{Connection, Request};
use super::visitor::{API, SECRET, Visitor, everything, secret_mode};

/// Routes that read a body.
const READERS: [&str; 11] = [
    "POST /users",
    "PUT /users/jane",
    "POST /users/jane/groups",
    "DELETE /users/jane/groups",
    "POST /users/jane/roster",
    "PUT /users/jane/vcard",
    "POST /groups",
    "POST /chatrooms",
    "POST /chatrooms/bulk",
    "POST /messages/users",
    "POST /system/properties",
];
const LIMIT: usize = 2 << 20;

fn head(request: &str, authorization: &str, headers: &str) -> Vec<u8> {
    let (method, path) = request.split_once(' ').expect("a method and a path");
    format!(
        "{method} {API}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: {authorization}\r\nContent-Type: application/xml\r\n{headers}\r\n\r\n"
    )
    .into_bytes()
}

/// Sends the head alone and reads the status of the answer, which must not wait for a body.
fn status_of_head(service: &Service, head: &[u8]) -> u16 {
    let mut connection = Connection::open(service.http_port).expect("a connection");
    connection.send(head).expect("a head");
    let answer = connection.receive("POST").expect("an answer");
    answer.status
}

#[test]
fn a_body_that_is_announced_as_too_long_is_refused_before_it_comes() {
    let service = Service::demo(secret_mode());
    for request in READERS {
        for length in ["2097153", "10737418240", "9223372036854775807", "18446744073709551614"] {
            for expect in ["", "\r\nExpect: 100-continue"] {
                let headers = format!("Content-Length: {length}{expect}");
                // A length that no computer has need not be a length at all.
                let status = status_of_head(&service, &head(request, SECRET, &headers));
                let is_absurd = length.len() > 18;
                assert!(
                    status == 413 || (is_absurd && status == 431),
                    "{request} {headers}: {status}"
                );
                let status = status_of_head(&service, &head(request, "wrong", &headers));
                assert!(
                    status == 401 || (is_absurd && status == 431),
                    "{request} {headers}: {status}"
                );
            }
        }
    }
    assert_eq!(Visitor::with(&service, SECRET).send("GET /users").status, 200);
}

/// Writes chunks until the service has had enough, at most `most` bytes; what it answered.
fn pour(service: &Service, head: &[u8], most: usize) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", service.http_port)).expect("a connection");
    socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a limit");
    socket
        .set_write_timeout(Some(Duration::from_secs(20)))
        .expect("a limit");
    socket.write_all(head).expect("a head");
    let chunk = [b"10000\r\n".as_slice(), b" ".repeat(65536).as_slice(), b"\r\n"].concat();
    for _ in 0..most / 65536 {
        if socket.write_all(&chunk).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    if let Err(error) = socket.read_to_end(&mut answer) {
        // A reset after the answer, as not all that was sent has been read.
        assert_eq!(error.kind(), ErrorKind::ConnectionReset, "{error}");
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_body_that_grows_too_long_is_refused_and_the_connection_ends() {
    let service = Service::demo(secret_mode());
    for request in READERS {
        let head = head(request, SECRET, "Transfer-Encoding: chunked");
        let answer = pour(&service, &head, 64 << 20);
        // The reset may have overtaken the answer.
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 413 "),
            "{request}: {answer}"
        );
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{request}: {answer}");
    }
    assert_eq!(Visitor::with(&service, SECRET).send("GET /users").status, 200);
}

#[test]
fn a_body_just_within_the_limit_is_read() {
    let service = Service::demo(secret_mode());
    let mut caller = Visitor::with(&service, SECRET);
    let body = |length: usize| {
        let mut body = "{\"username\":\"big\",\"password\":\"pw\"}".to_owned();
        body.push_str(&" ".repeat(length - body.len()));
        body
    };
    assert_eq!(caller.send_json("POST /users", &body(LIMIT + 1)).status, 413);
    assert_eq!(caller.send("GET /users/big").status, 404);
    assert_eq!(caller.send_json("POST /users", &body(LIMIT)).status, 201);
}

#[test]
fn bodies_that_nobody_reads_are_not_kept() {
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    let least = service.most_memory();
    for request in [
        "GET /users",
        "POST /lockouts/nobody",
        "GET /nowhere",
        "PUT /users",
        "GET /system/liveness",
    ] {
        for authorization in [SECRET, "wrong"] {
            let head = head(request, authorization, "Transfer-Encoding: chunked");
            let answer = pour(&service, &head, 256 << 20);
            assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{request}: {answer}");
        }
    }
    assert_eq!(everything(&service, SECRET), before);
    if let (Some(least), Some(most)) = (least, service.most_memory()) {
        assert!(most < least + (64 << 20), "from {least} to {most}");
    }
}

#[test]
fn many_long_bodies_at_once_need_no_more_than_their_limits() {
    const CLIENTS: u64 = 40;
    let service = Service::demo(secret_mode());
    let least = service.most_memory();
    let head = head("POST /groups", SECRET, "Transfer-Encoding: chunked");
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| pour(&service, &head, 16 << 20));
        }
    });
    assert_eq!(Visitor::with(&service, SECRET).send("GET /users").status, 200);
    if let (Some(least), Some(most)) = (least, service.most_memory()) {
        // each body once, and once more while it is put together
        let each = 2 * LIMIT as u64 + (1 << 20);
        assert!(most < least + CLIENTS * each, "from {least} to {most}");
    }
}

#[test]
fn strangers_cannot_make_the_legacy_endpoint_read_much() {
    for (enabled, refused) in [("true", "RequestNotAuthorised"), ("false", "UserServiceDisabled")] {
        let service = Service::demo(secret_mode().with("userservice.enabled", enabled));
        let target = format!("{API}/userservice?type=grouplist");
        let form = |length: usize| {
            Request::new("POST", &target).body(
                "application/x-www-form-urlencoded",
                "secret=wrong&x=".repeat(length / 15),
            )
        };
        let answer = service.send(&form(1_000)).expect("an answer");
        assert!(answer.text().contains(refused), "{}", answer.text());
        let head = format!(
            "POST {target} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000000\r\n\r\n"
        );
        let status = status_of_head(&service, head.as_bytes());
        assert_eq!(status, if enabled == "true" { 413 } else { 200 });
    }
}

#[test]
fn long_values_are_refused_and_not_cut() {
    let service = Service::demo(secret_mode());
    let before = everything(&service, SECRET);
    let mut caller = Visitor::with(&service, SECRET);
    let long = "x".repeat(1 << 20);
    for (request, body) in [
        (
            "POST /users",
            format!("{{\"username\":\"{long}\",\"password\":\"pw\"}}"),
        ),
        (
            "POST /users",
            format!("{{\"username\":\"a\",\"password\":\"pw\",\"name\":\"{long}\"}}"),
        ),
        (
            "POST /users",
            format!("{{\"username\":\"a\",\"password\":\"pw\",\"email\":\"{long}\"}}"),
        ),
        (
            "PUT /users/jane",
            format!("{{\"properties\":[{{\"key\":\"k\",\"value\":\"{long}\"}}]}}"),
        ),
        (
            "POST /users/jane/roster",
            format!("{{\"jid\":\"a@example.net\",\"nickname\":\"{long}\"}}"),
        ),
        ("POST /users/jane/roster", format!("{{\"jid\":\"{long}@example.net\"}}")),
        ("POST /users/jane/groups", format!("{{\"groupnames\":[\"{long}\"]}}")),
        ("POST /groups", format!("{{\"name\":\"{long}\"}}")),
        ("POST /groups", format!("{{\"name\":\"a\",\"description\":\"{long}\"}}")),
        ("POST /chatrooms", format!("{{\"roomName\":\"{long}\"}}")),
        (
            "POST /chatrooms",
            format!("{{\"roomName\":\"a\",\"description\":\"{long}\"}}"),
        ),
        ("POST /chatservices", format!("{{\"serviceName\":\"{long}\"}}")),
        (
            "POST /system/properties",
            format!("{{\"key\":\"{long}\",\"value\":\"x\"}}"),
        ),
        (
            "POST /system/properties",
            format!("{{\"key\":\"a\",\"value\":\"{long}\"}}"),
        ),
    ] {
        let answer = caller.send_json(request, &body);
        let shown: String = body.chars().take(60).collect();
        assert_eq!(answer.status, 400, "{request} {shown}");
        assert!(answer.body.len() < body.len() + 1_000, "{request} {shown}");
    }
    assert_eq!(everything(&service, SECRET), before);
}
