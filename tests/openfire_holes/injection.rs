//! What a client sends comes back as text: it makes no header, no second answer and no markup.

use super::support::service::Service;
use super::support::wire::{Answer, Connection, Request};
use super::visitor::{API, SECRET, Visitor, secret_mode};

/// Every header that the service sends; anything else was put in by somebody.
const HEADERS: [&str; 11] = [
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "allow",
    "cache-control",
    "connection",
    "content-length",
    "content-type",
    "date",
    "transfer-encoding",
];

fn assert_own_headers(what: &str, answer: &Answer) {
    for (name, value) in &answer.headers {
        assert!(
            HEADERS.contains(&name.to_lowercase().as_str()),
            "{what}: {name}: {value}"
        );
        assert!(
            !value.contains("injected") || name.eq_ignore_ascii_case("content-type"),
            "{what}: {name}: {value}"
        );
    }
}

#[test]
fn no_path_and_no_value_makes_a_header() {
    let service = Service::demo(secret_mode());
    let mut caller = Visitor::with(&service, SECRET);
    for piece in [
        "a%0d%0aX-Injected:%201",
        "a%0D%0A%0D%0A<html>",
        "a%0aSet-Cookie:%20a=b",
        "a%00",
        "a%e5%98%8a%e5%98%8dX-Injected:%201",
        "a%c4%8d%c4%8aX-Injected:%201",
        "a%e2%80%a8X-Injected:%201",
        "a%c2%85X-Injected:%201",
        "a%7f",
    ] {
        for target in [
            "users/",
            "groups/",
            "chatrooms/",
            "system/properties/",
            "sessions/",
            "clustering/nodes/",
            "users?search=",
            "chatrooms?servicename=",
            "nowhere/",
        ] {
            for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
                let target = format!("{API}/{target}{piece}");
                let answer = caller.ask(&Request::new(method, &target).header("Accept", "application/json"));
                assert_own_headers(&target, &answer);
            }
        }
    }
    for body in [
        r#"{"key":"a\r\nX-Injected: 1","value":"b\r\n\r\nX-Injected: 1"}"#,
        r#"{"key":"b","value":"\u0000\u000d\u000aX-Injected: 1"}"#,
    ] {
        let answer = caller.send_json("POST /system/properties", body);
        assert_own_headers(body, &answer);
    }
    for path in ["/system/properties", "/logs/security", "/system/properties/b"] {
        for accept in ["application/json", "application/xml"] {
            let request = Request::get(&format!("{API}{path}")).header("Accept", accept);
            assert_own_headers(path, &caller.ask(&request));
        }
    }
}

#[test]
fn an_echoed_type_is_only_ever_the_value_of_its_own_header() {
    let service = Service::demo(secret_mode());
    let mut caller = Visitor::with(&service, SECRET);
    for accept in [
        "application/json;injected=1",
        "application/json;x=\"injected, a\"",
        "application/json;x=\"\\\"injected\"",
        "application/xml;charset=injected",
        "text/html;injected=<script>",
        "application/xhtml+xml;injected=1",
        "image/svg+xml;x=injected",
        "application/json;x=injected\u{e9}",
    ] {
        for request in [
            "GET /users/jane",
            "GET /users/nobody",
            "GET /nowhere",
            "OPTIONS /users",
            "POST /users",
        ] {
            let (method, path) = request.split_once(' ').expect("a method and a path");
            let request = Request::new(method, &format!("{API}{path}")).header("Accept", accept);
            let answer = caller.ask(&request);
            assert_own_headers(accept, &answer);
        }
    }
    // a line end within a header is refused by the parser
    for head in [
        "Accept: application/json\n injected: 1",
        "Accept: a\rX: b",
        "Accept: application/json;x=\"\r\n X-Injected: 1\"",
    ] {
        let mut connection = Connection::open(service.http_port).expect("a connection");
        let request = format!("GET {API}/users HTTP/1.1\r\nHost: x\r\nAuthorization: {SECRET}\r\n{head}\r\n\r\n");
        connection.send(request.as_bytes()).expect("a request");
        let answer = connection.receive("GET").expect("an answer");
        assert_eq!(answer.status, 400, "{head:?}");
        assert_own_headers(head, &answer);
    }
}

const SCRIPT: &str = "<script>alert(1)</script><img src=x>\"'&";
const ENCODED: &str = "%3Cscript%3Ealert(1)%3C%2Fscript%3E%3Cimg%20src=x%3E%22'&";

/// A browser finds no markup of somebody else in the answer.
fn assert_no_markup(what: &str, answer: &Answer) {
    assert_own_headers(what, answer);
    let content_type = answer.header("content-type").unwrap_or_default();
    let text = answer.text();
    let is_shown_as_text = content_type.starts_with("text/plain") || content_type.contains("json");
    if is_shown_as_text || text.is_empty() {
        return;
    }
    for mark in ["<script", "<img"] {
        assert!(!text.contains(mark), "{what} ({content_type}): {text}");
    }
}

#[test]
fn error_pages_and_entities_hold_no_markup_of_the_client() {
    let service = Service::demo(secret_mode());
    for authorization in [Some(SECRET), None] {
        for accept in [
            "text/html",
            "*/*",
            "application/xml",
            "application/xhtml+xml",
            "image/svg+xml",
            "text/xml",
            "application/json",
            "text/plain",
        ] {
            for path in [
                "/users/",
                "/groups/",
                "/chatrooms/",
                "/system/properties/",
                "/clustering/nodes/",
                "/nowhere/",
                "/users/jane/vcard/",
                "/../",
                "//",
                "/users/%zz",
            ] {
                for piece in [ENCODED, SCRIPT, "jane?<script>", "jane;<script>", "%3cscript>"] {
                    let target = format!("{API}{path}{piece}").replace(' ', "%20");
                    let request = Request::get(&target).header("Accept", accept);
                    let request = authorization.map_or(request.clone(), |value| request.header("Authorization", value));
                    let answer = service.send(&request).expect("an answer");
                    assert_no_markup(&target, &answer);
                }
            }
        }
    }
}

#[test]
fn stored_markup_comes_back_escaped() {
    let service = Service::demo(secret_mode());
    let mut caller = Visitor::with(&service, SECRET);
    let text = serde_json::Value::from(SCRIPT);
    for (request, body) in [
        (
            "PUT /users/jane",
            format!(r#"{{"name":{text},"email":{text},"properties":[{{"key":{text},"value":{text}}}]}}"#),
        ),
        ("POST /groups", format!(r#"{{"name":{text},"description":{text}}}"#)),
        ("POST /users/jane/groups", format!(r#"{{"groupnames":[{text}]}}"#)),
        (
            "POST /chatrooms",
            format!(r#"{{"roomName":"den","naturalName":{text},"description":{text},"subject":{text}}}"#),
        ),
        (
            "POST /users/jane/roster",
            format!(r#"{{"jid":"a@example.net","nickname":{text},"groups":[{text}]}}"#),
        ),
        ("POST /system/properties", format!(r#"{{"key":{text},"value":{text}}}"#)),
    ] {
        let answer = caller.send_json(request, &body);
        assert!(
            matches!(answer.status, 200 | 201),
            "{request}: {} {}",
            answer.status,
            answer.text()
        );
    }
    let legacy = format!("/userservice?type=grouplist&secret={SECRET}");
    for path in [
        "/users",
        "/users/jane",
        "/users/jane/groups",
        "/users/jane/roster",
        "/groups",
        "/chatrooms?type=all",
        "/chatrooms/den",
        "/system/properties",
        "/logs/security",
        &legacy,
    ] {
        for accept in ["application/xml", "*/*", "application/json"] {
            let request = Request::get(&format!("{API}{path}")).header("Accept", accept);
            let answer = caller.ask(&request);
            assert_eq!(answer.status, 200, "{path}");
            assert!(
                answer.text().contains("alert(1)") || path.starts_with("/logs"),
                "{path}"
            );
            assert_no_markup(path, &answer);
        }
    }
}

#[test]
fn a_refused_body_is_quoted_as_plain_text_only() {
    let service = Service::demo(secret_mode());
    let mut caller = Visitor::with(&service, SECRET);
    for body in [
        r#"{"<script>alert(1)</script>":1}"#,
        r#"{"username":"<script>","password":"x"}"#,
        r#"{"roomName":"<script>"}"#,
        "<script>",
    ] {
        for request in ["POST /users", "PUT /users/jane", "POST /chatrooms", "POST /groups"] {
            for accept in ["text/html", "*/*", "application/xml"] {
                let sent = Request::new("POST", &format!("{API}{}", request.split_once(' ').expect("a path").1));
                let answer = caller.ask(&sent.header("Accept", accept).body("application/json", body));
                assert_no_markup(body, &answer);
            }
        }
    }
}

#[test]
fn no_request_hides_in_another() {
    let service = Service::demo(secret_mode());
    // What follows a request whose end is in doubt is never taken for a request.
    let hidden = format!("DELETE {API}/users/jane HTTP/1.1\r\nHost: x\r\nAuthorization: {SECRET}\r\n\r\n");
    for (length, body) in [
        ("Content-Length: 0\r\nContent-Length: 5", ""),
        ("Content-Length: 0, 5", ""),
        ("Content-Length: +0", ""),
        ("Content-Length: 4\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", "0\r\n\r\n"),
        ("Transfer-Encoding: chunked, x", "0\r\n\r\n"),
        ("Transfer-Encoding:\u{b}chunked", "0\r\n\r\n"),
        ("Transfer-Encoding : chunked", "0\r\n\r\n"),
    ] {
        let mut connection = Connection::open(service.http_port).expect("a connection");
        let request = format!("POST {API}/lockouts/nobody HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n{body}{hidden}");
        connection.send(request.as_bytes()).expect("a request");
        let first = connection.receive("POST").expect("an answer");
        assert!(matches!(first.status, 400 | 401), "{length}: {}", first.status);
        assert!(connection.receive("DELETE").is_err(), "{length}");
        let jane = Visitor::with(&service, SECRET).send("GET /users/jane");
        assert_eq!(jane.status, 200, "{length}");
    }
}
