//! Which credentials open the API: those of the first start, and those that the operator gave.

use std::fs;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::place::{Place, credential, get};
use super::ports::free_address;

/// The status of a list of accounts.
fn status(place: &Place, authorization: &str) -> u16 {
    get(&place.address(), "/plugins/restapi/v1/users", authorization)
}

#[test]
fn the_access_log_tells_who_did_what_and_no_secret() {
    let place = Place::new();
    let arguments = [
        "serve",
        "--set",
        "openfire.auth=secret",
        "--set",
        "openfire.secret=hunter2",
    ];
    let service = place.serve(&[&arguments[..], &["--set", "log.access=true"]].concat());
    get(
        &place.address(),
        "/plugins/restapi/v1/users?password=hunter2",
        "hunter2",
    );
    get(&place.address(), "/plugins/restapi/v1/system/liveness", "");
    let log = service.log();
    assert!(
        log.contains("GET") && log.contains("/plugins/restapi/v1/users") && log.contains("200"),
        "{log}"
    );
    assert!(!log.contains("hunter2") && !log.contains("liveness"), "{log}");
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

#[test]
fn the_password_of_the_first_start_opens_the_api() {
    let place = Place::new();
    let _service = place.serve(&["serve"]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    assert_eq!(status(&place, &basic("admin", &credential(&text, "password"))), 200);
    assert_eq!(status(&place, &basic("admin", "admin")), 401);
    assert_eq!(status(&place, &credential(&text, "shared secret")), 401);
}

#[test]
fn the_secret_of_the_first_start_opens_the_api() {
    let place = Place::new();
    let _service = place.serve(&["serve", "--set", "openfire.auth=secret"]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    let secret = credential(&text, "shared secret");
    assert_eq!(status(&place, &secret), 200);
    assert_eq!(status(&place, &basic("admin", &credential(&text, "password"))), 401);
    assert!(
        text.contains(&format!("curl -H 'Authorization: {secret}' http://")),
        "{text}"
    );
}

#[test]
fn an_administrator_of_the_operator_may_log_in_until_locked() {
    let place = Place::new();
    let _service = place.serve(&["serve"]);
    place.done(&["account", "create", "jane@localhost", "--password", "old"]);
    place.done(&["account", "create", "john@localhost", "--password", "old", "--admin"]);
    assert_eq!(status(&place, &basic("jane", "old")), 401);
    assert_eq!(status(&place, &basic("john", "old")), 200);
    place.done(&["account", "set-password", "john@localhost", "--password", "new"]);
    assert_eq!(status(&place, &basic("john", "old")), 401);
    assert_eq!(status(&place, &basic("john", "new")), 200);
    place.done(&["account", "lock", "john@localhost"]);
    assert_eq!(status(&place, &basic("john", "new")), 401);
    place.done(&["account", "unlock", "john@localhost"]);
    assert_eq!(status(&place, &basic("john", "new")), 200);
}

#[test]
fn what_was_done_without_the_service_counts_at_its_next_start() {
    let place = Place::new();
    let listen = format!("http.listen={}", free_address());
    let serve = ["serve", "--set", &listen];
    assert_eq!(place.serve(&serve).stop(), Some(0));
    for name in ["jane", "john", "mary", "kim"] {
        let address = format!("{name}@localhost");
        let made = ["account", "create", &address, "--password", "old"];
        let rank: &[&str] = if name == "jane" { &[] } else { &["--admin"] };
        place.done(&[&made, rank].concat());
    }
    place.done(&["account", "set-password", "john@localhost", "--password", "new"]);
    place.done(&["account", "lock", "mary@localhost"]);
    place.done(&["account", "lock", "kim@localhost"]);

    let service = place.serve(&serve);
    assert_eq!(status(&place, &basic("jane", "old")), 401, "no administrator");
    assert_eq!(status(&place, &basic("john", "old")), 401, "has another password");
    assert_eq!(status(&place, &basic("john", "new")), 200);
    assert_eq!(status(&place, &basic("mary", "old")), 401, "is locked out");
    assert_eq!(status(&place, &basic("kim", "old")), 401, "is locked out");
    assert_eq!(service.stop(), Some(0));

    place.done(&["account", "unlock", "mary@localhost"]);
    place.done(&["account", "delete", "john@localhost"]);
    let _service = place.serve(&serve);
    assert_eq!(status(&place, &basic("mary", "old")), 200, "is let in again");
    assert_eq!(status(&place, &basic("kim", "old")), 401, "is locked out still");
    assert_eq!(status(&place, &basic("john", "new")), 401, "is gone");
}
