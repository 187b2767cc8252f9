//! What the very first start makes, and that its credentials are shown once.

use std::{fs, net::TcpListener};

use super::place::{Place, assert_fails, credential, mode};

#[test]
fn the_first_start_leaves_its_credentials_in_a_file_of_the_owner() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    let file = place.data("initial-credentials");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(mode(&file), 0o600);
    for private in ["firekeeper.db", "control.sock", "lock"] {
        assert_eq!(mode(&place.data(private)) & 0o077, 0, "{private}");
    }
    let (password, secret) = (credential(&text, "password"), credential(&text, "shared secret"));
    assert_eq!((password.len(), secret.len()), (16, 16));
    assert!(
        text.contains(&format!("curl -u admin:{password} http://127.0.0.1:")),
        "{text}"
    );
    let log = service.log();
    assert!(log.contains("initial-credentials"), "{log}");
    assert!(!log.contains(&password) && !log.contains(&secret), "{log}");
    service.stop();

    fs::remove_file(&file).unwrap();
    place.serve(&["serve"]).stop();
    assert!(!file.exists(), "the credentials were shown twice");
}

#[test]
fn the_first_start_leaves_an_admin_of_the_operator_alone() {
    let place = Place::new();
    place.done(&[
        "account",
        "create",
        "admin@localhost",
        "--password",
        "mine",
        "--name",
        "Mine",
    ]);
    let _service = place.serve(&[]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    assert!(text.contains("that you gave it"), "{text}");
    assert_eq!(place.done(&["account", "list"]), "admin@localhost\tMine\t\n");
}

#[test]
fn the_first_start_takes_the_password_of_admin_from_a_file() {
    let place = Place::new();
    let setting = "server.initial_admin_password_file=given.txt";
    assert_fails(
        &place.run(&["serve", "--set", setting, "--set", "log.level=error"]),
        1,
        &["server.initial_admin_password_file", "given.txt"],
    );
    fs::write(place.path().join("given.txt"), "from the file\n").unwrap();
    let service = place.serve(&["serve", "--set", setting]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    assert!(
        text.contains("admin@localhost") && !text.contains("from the file"),
        "{text}"
    );
    assert!(!service.log().contains("from the file"));
}

#[test]
fn the_first_start_can_do_without_admin() {
    let place = Place::new();
    let _service = place.serve(&[
        "serve",
        "--set",
        "server.initial_admin=false",
        "--set",
        "openfire.secret=given",
    ]);
    assert_eq!(place.done(&["account", "list"]), "");
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    assert!(!text.contains("given") && !text.contains("password"), "{text}");
}

#[test]
fn a_start_with_another_domain_is_refused() {
    let place = Place::new();
    place.serve(&["serve"]).stop();
    let other = place.run(&[
        "serve",
        "--set",
        "server.domain=other.example",
        "--set",
        "log.level=error",
    ]);
    assert_fails(
        &other,
        1,
        &["server.domain", "other.example", "localhost", "server.data_dir"],
    );
}

#[test]
fn a_port_in_use_is_named_and_the_next_start_still_shows_the_credentials() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("http.listen={}", taken.local_addr().unwrap());
    let refused = place.run(&["serve", "--set", &listen, "--set", "log.level=error"]);
    assert_fails(
        &refused,
        1,
        &[
            "http.listen",
            &taken.local_addr().unwrap().to_string(),
            "another address",
        ],
    );
    assert!(!place.data("initial-credentials").exists());
    drop(taken);
    let _service = place.serve(&["serve"]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    assert_eq!(credential(&text, "password").len(), 16);
    assert_eq!(credential(&text, "shared secret").len(), 16);
}
