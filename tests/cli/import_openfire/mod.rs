//! `import openfire FILE`: people move in with all they have, and every password keeps working.

mod dumps;
mod embedded;

use std::{fs, path::PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use rusqlite::Connection;

use super::place::{Place, Service, assert_fails, fetch, get};
use super::ports::free_address;

const DOMAIN: &str = "server.domain=example.org";

fn fixture(name: &str) -> String {
    format!("{}/fixtures/openfire/migration/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn import(place: &Place, name: &str) -> String {
    place.done(&["import", "--set", DOMAIN, "openfire", &fixture(name)])
}

/// The service with everybody of the dumps as administrator, so that each can try the password.
struct Running {
    service: Service,
    address: String,
}

fn serve(place: &Place) -> Running {
    let administrators = "openfire.administrators=kim@example.org,lee@example.org,jane@example.org,john@example.org,\
                          admin@example.org,ülrik@example.org,o\\27hara@example.org,locked@example.org,\
                          noname@example.org,anna@example.org,bert@example.org";
    // The address of the first start is in a file, that of another start nowhere.
    let address = free_address();
    let listen = format!("http.listen={address}");
    let service = place.serve(&["serve", "--set", DOMAIN, "--set", administrators, "--set", &listen]);
    Running { service, address }
}

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

impl Running {
    /// What kim sees at a path of the API.
    fn seen(&self, path: &str) -> String {
        let path = format!("/plugins/restapi/v1/{path}");
        fetch(&self.address, &path, &basic("kim", "pw-kim"))
    }

    fn status(&self, name: &str, password: &str) -> u16 {
        get(&self.address, "/plugins/restapi/v1/users", &basic(name, password))
    }
}

/// The rows of a query on the database, values between bars.
fn rows(place: &Place, query: &str) -> Vec<String> {
    let connection = Connection::open(place.data("firekeeper.db")).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        let values = (0..columns).map(|column| {
            let value: rusqlite::types::Value = row.get(column)?;
            Ok(match value {
                rusqlite::types::Value::Null => "-".to_owned(),
                rusqlite::types::Value::Integer(number) => number.to_string(),
                rusqlite::types::Value::Text(text) => text,
                other => format!("{other:?}"),
            })
        });
        values.collect::<Result<Vec<_>, _>>().map(|values| values.join("|"))
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

/// A file in the place with this content.
fn written(place: &Place, name: &str, content: &str) -> PathBuf {
    let path = place.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

#[test]
fn a_file_that_cannot_be_taken_as_a_whole_changes_nothing() {
    let place = Place::new();
    place.done(&["account", "create", "admin@localhost", "--password", "x"]);
    let before = fs::read(place.data("firekeeper.db")).unwrap();
    let refused = |file: &str, parts: &[&str]| {
        assert_fails(&place.run(&["import", "openfire", file]), 1, parts);
        assert_eq!(fs::read(place.data("firekeeper.db")).unwrap(), before);
    };
    refused(
        &fixture("openfire.script"),
        &["example.org", "localhost", "server.domain"],
    );
    refused("missing.sql", &["missing.sql"]);
    written(&place, "a.sql", "SELECT 1;\n");
    refused("a.sql", &["a.sql", "no rows"]);
    written(
        &place,
        "b.sql",
        "--\n-- PostgreSQL database dump\nCOPY public.ofuser (username) FROM stdin;\n",
    );
    refused("b.sql", &["b.sql", "line 3", "--inserts"]);
    for dump in ["mysqldump.sql", "pg_dump.sql"] {
        let whole = fs::read_to_string(fixture(dump)).unwrap();
        let end = whole.rfind(");\n").unwrap() + 3;
        written(&place, dump, &whole[..end].replace("example.org", "localhost"));
        refused(dump, &[dump, "was cut"]);
    }
    written(&place, "c.sql", "INSERT INTO ofUser VALUES ('a','b');\n");
    refused("c.sql", &["c.sql", "line 1", "2 values"]);
    written(
        &place,
        "d.sql",
        "INSERT INTO ofUser (username, plainPassword) VALUES ('new','x');\nINSERT INTO ofUser (username, plainPassword) VALUES ('admin','x');\n",
    );
    refused("d.sql", &["admin@localhost", "exists already", "--existing"]);
}

#[test]
fn people_move_into_a_service_that_has_started_before() {
    let place = Place::new();
    place.serve(&["serve", "--set", DOMAIN]).stop();
    let script = fixture("openfire.script");
    let refused = place.run(&["import", "--set", DOMAIN, "openfire", &script]);
    assert_eq!(refused.status.code(), Some(1));
    let said = place.done(&["import", "--set", DOMAIN, "openfire", &script, "--existing=keep"]);
    assert!(
        said.contains("admin@example.org: exists already") && said.contains("8 accounts"),
        "{said}"
    );
    let again = place.done(&["import", "--set", DOMAIN, "openfire", &script, "--existing=replace"]);
    assert!(again.contains("9 accounts"), "{again}");
    let service = serve(&place);
    assert_eq!(service.status("admin", "admin"), 200);
    assert_eq!(service.status("kim", "pw-kim"), 200);
    assert_eq!(rows(&place, "SELECT count(*) FROM rooms"), ["3"]);
}

#[test]
fn a_dry_run_tells_everything_and_keeps_nothing() {
    let place = Place::new();
    let script = fixture("openfire.script");
    let tried = place.done(&["import", "--set", DOMAIN, "openfire", &script, "--dry-run"]);
    assert!(!place.path().join("data").exists());
    let done = import(&place, "openfire.script");
    assert_eq!(
        tried.strip_suffix("nothing was changed: this was a dry run\n").unwrap(),
        done
    );
}
