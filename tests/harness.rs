//! The harness itself: that it reads answers as HTTP says, that its comparisons forgive what they should and nothing else,
//! and that a wrong or stale line of the tables would be found.

mod support;

use std::io::{Read, Write};
use std::net::TcpListener;

use support::canonical::{Leniency, canonical};
use support::compat::Compat;
use support::recording::{Captured, Exchange, Recording};
use support::wire::{Answer, Request, exchange};

const XML: Option<&str> = Some("application/xml");
const JSON: Option<&str> = Some("application/json;charset=utf-8");

#[test]
fn answers_are_read_by_length_by_chunks_and_to_the_end() {
    let answers = [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nhello",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ];
    for bytes in answers {
        let (answer, _) = answered_with(bytes, &Request::get("/"));
        assert_eq!(answer.expect("an answer").text(), "hello", "{bytes:?}");
    }
}

#[test]
fn a_broken_answer_is_a_failure() {
    for bytes in [
        "",
        "nonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n",
    ] {
        let (answer, _) = answered_with(bytes, &Request::get("/"));
        assert!(answer.is_err(), "{bytes:?}");
    }
}

#[test]
fn a_request_is_sent_as_it_stands() {
    let mut request = Request::new("get", "/a//b%zz?é");
    request = request.header("X-Twice", "1").header("X-Twice", "2");
    let (_, sent) = answered_with("HTTP/1.1 200 OK\r\n\r\n", &request);
    assert!(sent.starts_with(b"get /a//b%zz?\xE9 HTTP/1.1\r\nHost: 127.0.0.1:"));
    assert!(sent.ends_with(b"X-Twice: 1\r\nX-Twice: 2\r\nConnection: close\r\n\r\n"));
}

#[test]
fn bodies_that_mean_the_same_are_equal() {
    let same = |a, b, content_type, leniency| {
        assert_eq!(
            canonical(a, content_type, leniency),
            canonical(b, content_type, leniency)
        );
    };
    let strict = Leniency::default();
    let unordered = Leniency {
        unordered: true,
        mask: &[],
    };
    let mask = ["t".to_owned()];
    let masked = Leniency {
        unordered: false,
        mask: &mask,
    };
    same(
        r#"<a x="1" y="2"><b/></a>"#,
        "<a y='2' x='1'>\n<b></b>\n</a>",
        XML,
        strict,
    );
    same("<a><![CDATA[x<]]>y</a>", "<a>x&lt;<!-- c -->y</a>", XML, strict);
    same("<a><b>1</b><b>2</b></a>", "<a><b>2</b><b>1</b></a>", XML, unordered);
    same("<a><t>1</t></a>", "<a><t>2</t></a>", XML, masked);
    same(r#"{"a":1,"b":[1,2]}"#, r#"{ "b": [1, 2], "a": 1 }"#, JSON, strict);
    same(
        r#"{"a":[{"x":1},{"y":2}]}"#,
        r#"{"a":[{"y":2},{"x":1}]}"#,
        JSON,
        unordered,
    );
    same(r#"{"t":1}"#, r#"{"t":[]}"#, JSON, masked);
}

#[test]
fn bodies_that_mean_something_else_are_not_equal() {
    let differ = |a, b, content_type| {
        let strict = Leniency::default();
        assert_ne!(canonical(a, content_type, strict), canonical(b, content_type, strict));
    };
    differ("<a><b/><c/></a>", "<a><c/><b/></a>", XML);
    differ("<a> x </a>", "<a>x</a>", XML);
    differ("<a/>", "<a xmlns='urn:x'/>", XML);
    differ("<a/>", "<a>", XML);
    differ(r#"{"a":[1,2]}"#, r#"{"a":[2,1]}"#, JSON);
    differ(r#"{"a":"1"}"#, r#"{"a":1}"#, JSON);
    differ("<a x='1' y='2'/>", "<a y='2' x='1'/>", Some("text/plain"));
}

#[test]
fn every_recorded_answer_agrees_with_itself() {
    for path in support::recording::files() {
        let file = Recording::read(&path);
        for step in &file.steps {
            let Ok(exchange) = serde_json::from_value::<Exchange>(step.clone()) else {
                continue;
            };
            let differences = exchange.differences(&recorded(&exchange), &Captured::default());
            assert_eq!(differences, Vec::<String>::new(), "{} {}", file.name, exchange.id);
        }
    }
}

#[test]
fn another_status_header_or_body_is_a_difference() {
    let file = recording("users-list-search");
    let exchange = file.exchange("s001").expect("a step");
    let mut answers = [
        recorded(&exchange),
        recorded(&exchange),
        recorded(&exchange),
        recorded(&exchange),
    ];
    answers[0].status = 201;
    answers[1]
        .headers
        .retain(|(name, _)| name != "access-control-allow-origin");
    answers[2].body = b"<users/>".to_vec();
    answers[3].body.extend_from_slice(b"\n");
    for answer in answers {
        assert_ne!(
            exchange.differences(&answer, &Captured::default()),
            Vec::<String>::new()
        );
    }
}

#[test]
fn an_answer_that_is_not_the_listed_one_is_a_difference() {
    let compat = Compat::read();
    let file = recording("errors-uncaught");
    let exchange = file.exchange("s001").expect("a step");
    let listed = compat.deviation(&file.name, "s001").expect("a listed step");
    let recorded = recorded(&exchange);
    assert_ne!(
        compat.differences(listed, &exchange, &recorded, &file),
        Vec::<String>::new()
    );
}

/// The answer of a server that says exactly these bytes, and what it was sent.
fn answered_with(bytes: &'static str, request: &Request) -> (std::io::Result<Answer>, Vec<u8>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().expect("a client");
        let mut sent = vec![0; 4096];
        let length = socket.read(&mut sent).expect("a request");
        sent.truncate(length);
        socket.write_all(bytes.as_bytes()).expect("an answer");
        sent
    });
    let answer = exchange(port, request);
    (answer, server.join().expect("a server"))
}

fn recording(name: &str) -> Recording {
    let path = support::recording::files()
        .into_iter()
        .find(|path| path.file_stem().is_some_and(|stem| stem == name));
    Recording::read(&path.expect("a recording of that name"))
}

/// The recorded answer as if it had just come.
fn recorded(exchange: &Exchange) -> Answer {
    let response = &exchange.response;
    Answer {
        status: response.status,
        headers: response.headers.clone().into_iter().collect(),
        body: response.body.clone().unwrap_or_default().into_bytes(),
    }
}
