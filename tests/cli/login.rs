//! Which credentials open the API: those of the first start, and those that the operator gave.

use std::{
    fs,
    io::{Read, Write},
    net::TcpStream,
};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::place::{Place, credential};

/// The status of a list of accounts, asked for at the address of the first start's text.
fn status(credentials: &str, authorization: &str) -> u16 {
    let url = credential(credentials, "REST API");
    let address = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("Host: {address}\r\nAuthorization: {authorization}\r\nConnection: close");
    write!(stream, "GET /plugins/restapi/v1/users HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

#[test]
fn the_password_of_the_first_start_opens_the_api() {
    let place = Place::new();
    let _service = place.serve(&["serve"]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    assert_eq!(status(&text, &basic("admin", &credential(&text, "password"))), 200);
    assert_eq!(status(&text, &basic("admin", "admin")), 401);
    assert_eq!(status(&text, &credential(&text, "shared secret")), 401);
}

#[test]
fn the_secret_of_the_first_start_opens_the_api() {
    let place = Place::new();
    let _service = place.serve(&["serve", "--set", "openfire.auth=secret"]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    let secret = credential(&text, "shared secret");
    assert_eq!(status(&text, &secret), 200);
    assert_eq!(status(&text, &basic("admin", &credential(&text, "password"))), 401);
    assert!(
        text.contains(&format!("curl -H 'Authorization: {secret}' http://")),
        "{text}"
    );
}

#[test]
fn an_administrator_of_the_operator_may_log_in_until_locked() {
    let place = Place::new();
    let _service = place.serve(&["serve"]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    place.done(&["account", "create", "jane@localhost", "--password", "old"]);
    place.done(&["account", "create", "john@localhost", "--password", "old", "--admin"]);
    assert_eq!(status(&text, &basic("jane", "old")), 401);
    assert_eq!(status(&text, &basic("john", "old")), 200);
    place.done(&["account", "set-password", "john@localhost", "--password", "new"]);
    assert_eq!(status(&text, &basic("john", "old")), 401);
    assert_eq!(status(&text, &basic("john", "new")), 200);
    place.done(&["account", "lock", "john@localhost"]);
    assert_eq!(status(&text, &basic("john", "new")), 401);
    place.done(&["account", "unlock", "john@localhost"]);
    assert_eq!(status(&text, &basic("john", "new")), 200);
}
