//! `account …` while the service runs and while it does not, and who holds the data directory.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::net::UnixStream,
};

use super::place::{Place, assert_fails};

#[test]
fn accounts_are_managed_while_the_service_runs() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    manage_accounts(&place);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn accounts_are_managed_while_no_service_runs() {
    let place = Place::new();
    assert_eq!(place.serve(&["serve"]).stop(), Some(0));
    assert!(!place.data("control.sock").exists());
    manage_accounts(&place);
}

fn manage_accounts(place: &Place) {
    let jane = [
        "--password",
        "secret",
        "--name",
        "Jane Doe",
        "--email",
        "jane@example.com",
    ];
    place.done(&[&["account", "create", "Jane@localhost"], &jane[..]].concat());
    let john = place.run_with_input(
        &["account", "create", "john@localhost", "--password-stdin", "--admin"],
        "two words\n",
    );
    assert!(john.status.success());
    assert_eq!(
        place.done(&["account", "list"]),
        "admin@localhost\tAdministrator\t\njane@localhost\tJane Doe\tjane@example.com\njohn@localhost\t\t\n"
    );
    place.done(&["account", "set-password", "jane@localhost", "--password", "other"]);
    place.done(&["account", "lock", "jane@localhost"]);
    place.done(&["account", "unlock", "jane@localhost"]);
    place.done(&["account", "delete", "john@localhost"]);
    assert!(!place.done(&["account", "list"]).contains("john@localhost"));

    let again = place.run(&["account", "create", "jane@localhost", "--password", "secret"]);
    assert_fails(&again, 1, &["jane@localhost", "exists already"]);
    let stranger = place.run(&["account", "create", "jane@elsewhere", "--password", "secret"]);
    assert_fails(&stranger, 1, &["elsewhere", "does not exist"]);
    assert_fails(
        &place.run(&["account", "lock", "nobody@localhost"]),
        1,
        &["nobody@localhost", "does not exist"],
    );
    assert_fails(&place.run(&["account", "lock", "nobody"]), 1, &["nobody", "user@host"]);
    let nothing = place.run_with_input(&["account", "set-password", "jane@localhost", "--password-stdin"], "\n");
    assert_fails(&nothing, 1, &["--password-stdin"]);
    let gone = place.run(&["account", "delete", "john@localhost"]);
    assert_fails(&gone, 1, &["john@localhost", "does not exist"]);
    let without = place.run(&["account", "create", "jim@localhost"]);
    assert_eq!(without.status.code(), Some(2));
}

#[test]
fn an_account_can_be_made_before_the_first_start() {
    let place = Place::new();
    place.done(&["account", "create", "jane@localhost", "--password", "secret"]);
    let _service = place.serve(&[]);
    let listed = place.done(&["account", "list"]);
    assert!(
        listed.contains("admin@localhost") && listed.contains("jane@localhost"),
        "{listed}"
    );
}

#[test]
fn commands_do_not_make_a_data_directory_by_mistake() {
    let place = Place::new();
    assert_fails(
        &place.run(&["account", "list"]),
        1,
        &["server.data_dir", "data", "does not exist"],
    );
    assert!(!place.path().join("data").exists());
}

#[test]
fn a_data_directory_belongs_to_one_service() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    let process = format!("process {}", service.child.id());
    assert_fails(&place.run(&["serve"]), 1, &["server.data_dir", &process]);
    // A service that does not answer is not gone round: its database stays its own.
    fs::remove_file(place.data("control.sock")).unwrap();
    assert_fails(&place.run(&["account", "list"]), 1, &["server.data_dir", &process]);
}

#[test]
fn what_a_killed_service_left_is_no_obstacle() {
    let place = Place::new();
    drop(place.serve(&["serve"]));
    assert!(place.data("control.sock").exists());
    place.done(&["account", "create", "jane@localhost", "--password", "secret"]);
    let _service = place.serve(&["serve"]);
    assert!(place.done(&["account", "list"]).contains("jane@localhost"));
}

#[test]
fn a_name_cannot_look_like_another_account() {
    let place = Place::new();
    place.done(&[
        "account",
        "create",
        "jane@localhost",
        "--password",
        "secret",
        "--name",
        "a\tb\nadmin@localhost",
    ]);
    assert_eq!(
        place.done(&["account", "list"]),
        "jane@localhost\ta b admin@localhost\t\n"
    );
}

#[test]
fn the_socket_answers_nonsense_and_goes_on() {
    let place = Place::new();
    let _service = place.serve(&["serve"]);
    let mut stream = UnixStream::connect(place.data("control.sock")).unwrap();
    stream.write_all(b"nonsense\n{\"command\":\"dance\"}\n").unwrap();
    let mut lines = BufReader::new(stream).lines();
    for _ in 0..2 {
        let answer = lines.next().unwrap().unwrap();
        assert!(answer.contains("does not know this command"), "{answer}");
    }
    let mut endless = UnixStream::connect(place.data("control.sock")).unwrap();
    endless.write_all("x".repeat(65 * 1024).as_bytes()).unwrap();
    place.done(&["account", "list"]);
}
