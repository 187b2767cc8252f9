//! Files that clients put on the server (XEP-0363): what is taken over HTTP, and how it is given out.

use super::client::Client;
use super::server::Server;
use super::support::service::Settings;
use super::support::wire::{Answer, Request};

const CONTENT: &[u8] = b"0123456789";

/// A place for a file.
struct Slot {
    path: String,
    permit: String,
}

fn between<'text>(text: &'text str, before: &str, after: &str) -> &'text str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before} in {text}"));
    rest.split_once(after).unwrap_or_else(|| panic!("{after} in {rest}")).0
}

fn slot(client: &mut Client, id: &str, name: &str, content_type: &str) -> Slot {
    let told = client.ask(
        &format!(
            "<iq to='upload.example.org' type='get' id='{id}'><request xmlns='urn:xmpp:http:upload:0' \
             filename='{name}' size='{}' content-type='{content_type}'/></iq>",
            CONTENT.len()
        ),
        id,
    );
    let url = between(&told, "<put url='", "'");
    let (_, path) = url.split_once("/upload/").expect("a path");
    Slot {
        path: format!("/upload/{path}"),
        permit: between(&told, "<header name='Authorization'>", "<").to_owned(),
    }
}

fn put(server: &Server, slot: &Slot, permit: &str, content_type: &str, content: &[u8]) -> u16 {
    let request = Request::new("PUT", &slot.path)
        .header("Authorization", permit)
        .body(content_type, content);
    server.0.send(&request).expect("an answer").status
}

fn get(server: &Server, path: &str, headers: &[(&str, &str)]) -> Answer {
    let request = headers
        .iter()
        .fold(Request::get(path), |request, (name, value)| request.header(name, value));
    server.0.send(&request).expect("an answer")
}

#[test]
fn a_file_is_put_once_by_who_may_and_read_by_whoever_knows_where() {
    let server = Server::start();
    let mut jane = server.connect("jane", "balcony");
    let place = slot(&mut jane, "one", "a picture.png", "image/png");
    assert_eq!(get(&server, &place.path, &[]).status, 404, "it has not come yet");
    assert_eq!(put(&server, &place, "Bearer guessed", "image/png", CONTENT), 403);
    assert_eq!(put(&server, &place, &place.permit, "text/html", CONTENT), 415);
    assert_eq!(put(&server, &place, &place.permit, "image/png", &CONTENT[1..]), 400);
    assert_eq!(put(&server, &place, &place.permit, "image/png", b"0123456789a"), 413);
    assert_eq!(put(&server, &place, &place.permit, "image/png", CONTENT), 201);
    assert_eq!(put(&server, &place, &place.permit, "image/png", CONTENT), 409);

    let answer = get(&server, &place.path, &[]);
    assert_eq!((answer.status, &answer.body[..]), (200, CONTENT));
    for (name, value) in [
        ("Content-Type", "image/png"),
        ("Content-Disposition", "inline"),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "sandbox; default-src 'none'"),
        ("Access-Control-Allow-Origin", "*"),
    ] {
        assert_eq!(answer.header(name).as_deref(), Some(value), "{name}");
    }
    assert_eq!(answer.header("Access-Control-Allow-Credentials"), None);
    let tag = answer.header("ETag").expect("a tag");
    assert_eq!(get(&server, &place.path, &[("If-None-Match", &tag)]).status, 304);
    let part = get(&server, &place.path, &[("Range", "bytes=2-4")]);
    assert_eq!((part.status, &part.body[..]), (206, &CONTENT[2..5]));
    assert_eq!(part.header("Content-Range").as_deref(), Some("bytes 2-4/10"));
    assert_eq!(get(&server, &place.path, &[("Range", "bytes=10-")]).status, 416);
    let head = server.0.send(&Request::new("HEAD", &place.path)).expect("an answer");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("Content-Length").as_deref(), Some("10"));
}

#[test]
fn scripts_of_every_site_may_put_and_read_files() {
    let server = Server::start();
    let place = slot(&mut server.connect("jane", "balcony"), "one", "a.txt", "text/plain");
    let asked = Request::new("OPTIONS", &place.path)
        .header("Origin", "https://chat.example.net")
        .header("Access-Control-Request-Method", "PUT")
        .header("Access-Control-Request-Headers", "authorization,content-type");
    let told = server.0.send(&asked).expect("an answer");
    assert_eq!(told.status, 204);
    for (name, value) in [
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Allow-Methods", "GET, HEAD, PUT, OPTIONS"),
        ("Access-Control-Allow-Headers", "Authorization, Content-Type, Range"),
    ] {
        assert_eq!(told.header(name).as_deref(), Some(value), "{name}");
    }
    let other = server.0.send(&Request::new("DELETE", &place.path)).expect("an answer");
    assert_eq!(other.status, 405);
    assert_eq!(other.header("Allow").as_deref(), Some("GET, HEAD, PUT, OPTIONS"));
    // What is put as a file of no type in particular is of the type that was announced.
    assert_eq!(
        put(&server, &place, &place.permit, "application/octet-stream", CONTENT),
        201
    );
    let answer = get(&server, &place.path, &[]);
    assert_eq!(answer.header("Content-Type").as_deref(), Some("text/plain"));
}

#[test]
fn what_could_act_in_a_browser_is_an_attachment() {
    let server = Server::start();
    let mut jane = server.connect("jane", "balcony");
    for (id, content_type) in [("html", "text/html"), ("svg", "image/svg+xml")] {
        let place = slot(&mut jane, id, "page", content_type);
        assert_eq!(put(&server, &place, &place.permit, content_type, CONTENT), 201);
        let answer = get(&server, &place.path, &[]);
        assert_eq!(
            answer.header("Content-Disposition").as_deref(),
            Some("attachment"),
            "{id}"
        );
    }
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let server = Server::start();
    let mut jane = server.connect("jane", "balcony");
    let place = slot(&mut jane, "one", "../../firekeeper.db", "text/plain");
    assert!(place.path.ends_with("/..%2F..%2Ffirekeeper.db"), "{}", place.path);
    assert_eq!(put(&server, &place, &place.permit, "text/plain", CONTENT), 201);
    assert_eq!(get(&server, &place.path, &[]).body, CONTENT);
    for path in [
        "/upload/../firekeeper.db",
        "/upload/..%2ffirekeeper.db/x",
        "/upload/%2e%2e/firekeeper.db",
        "/upload/",
        "/upload/x/y",
        &place.path.replace("..%2F..%2Ffirekeeper.db", "other"),
        &place.path.replace("..%2F..%2Ffirekeeper.db", ""),
    ] {
        let status = get(&server, path, &[]).status;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
}

#[test]
fn files_outlive_a_restart_and_go_with_their_owner() {
    let mut server = Server::start();
    let place = slot(&mut server.connect("jane", "balcony"), "one", "a.txt", "text/plain");
    assert_eq!(put(&server, &place, &place.permit, "text/plain", CONTENT), 201);
    server.0.restart();
    assert_eq!(get(&server, &place.path, &[]).body, CONTENT);
    server.rest("DELETE /users/jane", "");
    assert_eq!(get(&server, &place.path, &[]).status, 404);
}

#[test]
fn nothing_is_taken_where_uploading_is_switched_off() {
    let server = Server::start_with(Settings::demo().with("upload.enabled", "false"));
    let told = server.connect("jane", "balcony").ask(
        "<iq to='upload.example.org' type='get' id='x'><request xmlns='urn:xmpp:http:upload:0' filename='a' size='1'/></iq>",
        "x",
    );
    assert!(told.contains("<remote-server-not-found"), "{told}");
    assert_eq!(get(&server, "/upload/x/y", &[]).status, 404);
}
