//! `import users.csv`: all of the table or nothing.

use std::fs;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::place::{Place, assert_fails, get};

const TABLE: &str = "\
username,password,name,email,groups,property:floor
kim,pw-kim,\"Kim, the first\",kim@example.org,staff;night shift,3
lee,\"two
lines\",,,staff,
";

fn write(place: &Place, text: &str) {
    fs::write(place.path().join("users.csv"), text).unwrap();
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

#[test]
fn a_table_becomes_accounts_that_can_log_in() {
    let place = Place::new();
    write(&place, TABLE);
    let said = place.done(&["import", "users.csv"]);
    assert_eq!(said, "taken: 2 accounts; skipped: nothing\n");
    let administrators = "openfire.administrators=kim@localhost,lee@localhost";
    let _service = place.serve(&["serve", "--set", administrators]);
    let users = "/plugins/restapi/v1/users";
    assert_eq!(get(&place.address(), users, &basic("kim", "pw-kim")), 200);
    assert_eq!(get(&place.address(), users, &basic("lee", "two\nlines")), 200);
    let listed = place.done(&["account", "list"]);
    assert!(
        listed.contains("kim@localhost\tKim, the first\tkim@example.org\n"),
        "{listed}"
    );
    let night_shift = "/plugins/restapi/v1/groups/night%20shift";
    assert_eq!(get(&place.address(), night_shift, &basic("kim", "pw-kim")), 200);
}

#[test]
fn one_wrong_line_imports_nothing() {
    let place = Place::new();
    place.done(&["account", "create", "kim@localhost", "--password", "old"]);
    let wrong = |table: &str, parts: &[&str]| {
        write(&place, table);
        let before = fs::read(place.data("firekeeper.db")).unwrap();
        assert_fails(&place.run(&["import", "users.csv"]), 1, parts);
        assert_eq!(fs::read(place.data("firekeeper.db")).unwrap(), before);
    };
    wrong("username,password\nlee,x\na b,x\n", &["users.csv", "line 3", "a b"]);
    wrong(
        "username,password\nlee,x\nLEE,y\n",
        &["line 3", "lee@localhost", "line 2"],
    );
    wrong(
        "username,password\nlee,x\nlee@elsewhere,y\n",
        &["line 3", "elsewhere", "server.hosts"],
    );
    wrong(
        "username,password\nlee,x\nkim,y\n",
        &["kim@localhost", "exists already", "--existing"],
    );
    wrong("name\n", &["line 1", "username"]);
    assert_eq!(place.done(&["account", "list"]), "kim@localhost\t\t\n");
    fs::remove_file(place.path().join("users.csv")).unwrap();
    assert_fails(&place.run(&["import", "users.csv"]), 1, &["users.csv"]);
    assert_fails(&place.run(&["import", "users.txt"]), 1, &["users.txt", "users.csv"]);
}

#[test]
fn what_exists_is_kept_or_replaced_on_request() {
    let place = Place::new();
    place.done(&[
        "account",
        "create",
        "kim@localhost",
        "--password",
        "old",
        "--name",
        "Old",
    ]);
    write(&place, "username,password,name\nkim,new,New\nlee,x,Lee\n");
    let said = place.done(&["import", "--existing=keep", "users.csv"]);
    assert!(said.contains("kim@localhost: exists already"), "{said}");
    assert!(said.contains("taken: 1 accounts; skipped: 1 accounts"), "{said}");
    assert!(place.done(&["account", "list"]).contains("kim@localhost\tOld\t"));
    place.done(&["import", "--existing=replace", "users.csv"]);
    assert!(place.done(&["account", "list"]).contains("kim@localhost\tNew\t"));
}

#[test]
fn a_dry_run_changes_nothing() {
    let place = Place::new();
    write(&place, TABLE);
    let said = place.done(&["import", "--dry-run", "users.csv"]);
    assert!(said.contains("taken: 2 accounts") && said.contains("dry run"), "{said}");
    assert!(!place.path().join("data").exists());
    place.done(&["account", "create", "kim@localhost", "--password", "old"]);
    assert_fails(&place.run(&["import", "--dry-run", "users.csv"]), 1, &["kim@localhost"]);
    let before = fs::read(place.data("firekeeper.db")).unwrap();
    place.done(&["import", "--dry-run", "--existing=replace", "users.csv"]);
    assert_eq!(fs::read(place.data("firekeeper.db")).unwrap(), before);
}

#[test]
fn nothing_is_imported_under_a_running_service() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    write(&place, TABLE);
    let process = format!("process {}", service.child.id());
    assert_fails(&place.run(&["import", "users.csv"]), 1, &["server.data_dir", &process]);
}
