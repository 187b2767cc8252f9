//! A database that takes long to open, as while a new version rewrites a large one.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::API;
use super::support::ports::free_port;

struct Started {
    child: Child,
    port: u16,
}

impl Started {
    /// Starts the service and waits for nothing.
    fn begin(folder: &Path) -> Self {
        let port = free_port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_firekeeper"));
        command.arg("serve").current_dir(folder).env_clear();
        command.env("FIREKEEPER__HTTP__LISTEN", format!("127.0.0.1:{port}"));
        for name in [
            "HTTP__TLS_LISTEN",
            "XMPP__LISTEN",
            "XMPP__TLS_LISTEN",
            "XMPP__PROXY_LISTEN",
        ] {
            command.env(format!("FIREKEEPER__{name}"), "127.0.0.1:0");
        }
        for (name, value) in [
            ("HTTP__DRAIN_DELAY", "0s"),
            ("OPENFIRE__AUTH", "secret"),
            ("OPENFIRE__SECRET", "potato"),
        ] {
            command.env(format!("FIREKEEPER__{name}"), value);
        }
        let log = File::create(folder.join("log.txt")).unwrap();
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap();
        Self { child, port }
    }

    /// The status of a request; `None`: no answer.
    fn get(&self, path: &str) -> Option<String> {
        self.fetch(path, "")?.split(' ').nth(1).map(str::to_owned)
    }

    /// The answer to a request with these further headers.
    fn fetch(&self, path: &str, headers: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(
            stream,
            "GET {API}{path} HTTP/1.1\r\nHost: x\r\n{headers}Connection: close\r\n\r\n"
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        Some(answer)
    }

    /// Asks until the status is this one; false: the process has ended.
    fn comes_to(&mut self, status: &str, path: &str) -> bool {
        while self.child.try_wait().unwrap().is_none() {
            if self.get(path).as_deref() == Some(status) {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody else holds the database when the service opens it, which waits five seconds for it; on a machine that is so
/// busy that nobody looks within these, it is tried again.
#[test]
fn a_service_that_still_opens_its_database_is_alive_and_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Started::begin(folder.path());
    assert!(first.comes_to("200", "/system/readiness"));
    drop(first);
    let attempts = (0..5).any(|_| {
        let other = Connection::open(folder.path().join("data/firekeeper.db")).unwrap();
        other.pragma_update(None, "locking_mode", "EXCLUSIVE").unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let mut service = Started::begin(folder.path());
        if !service.comes_to("200", "/system/liveness") {
            return false;
        }
        let seen = ["/system/readiness", "/users"].map(|path| service.get(path));
        drop(other);
        if !service.comes_to("200", "/system/readiness") {
            return false;
        }
        assert_eq!(seen.each_ref().map(Option::as_deref), [Some("503"); 2]);
        assert_eq!(service.get("/users").as_deref(), Some("401"));
        true
    });
    assert!(attempts, "the service gave up five times");
}

/// What the first versions of the program made of a new database.
const FIRST_STEPS: [&str; 5] = [
    include_str!("../../src/storage/migrations/0001_start.sql"),
    include_str!("../../src/storage/migrations/0002_engine.sql"),
    include_str!("../../src/storage/migrations/0003_services.sql"),
    include_str!("../../src/storage/migrations/0004_room_profiles.sql"),
    include_str!("../../src/storage/migrations/0005_pubsub.sql"),
];

const OLD_SCHEMA: u32 = 5;

/// Contacts in each roster.
const CONTACTS: u32 = 100;

/// A database of schema 5 with as many accounts, whose rosters schema 6 stores in another form.
fn write_old_database(folder: &Path, accounts: u32) {
    fs::create_dir_all(folder.join("data")).unwrap();
    let connection = Connection::open(folder.join("data/firekeeper.db")).unwrap();
    connection.pragma_update(None, "synchronous", "OFF").unwrap();
    for step in FIRST_STEPS {
        connection.execute_batch(step).unwrap();
    }
    connection.pragma_update(None, "user_version", OLD_SCHEMA).unwrap();
    connection
        .execute_batch(&format!(
            "BEGIN;
             INSERT INTO hosts (name, created) VALUES ('localhost', 1);
             WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {accounts})
                 INSERT INTO accounts (id, host, localpart, created, modified)
                 SELECT n, 'localhost', printf('user%06d', n), 1, 1 FROM number;
             WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {CONTACTS})
                 INSERT INTO roster_items (host, localpart, contact, nickname, subscription)
                 SELECT host, localpart, printf('contact%06d@example.net', n), 'Somebody ' || n, 3 FROM accounts, number;
             COMMIT;"
        ))
        .unwrap();
}

fn schema(database: &Path) -> u32 {
    let connection = Connection::open(database).unwrap();
    connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap()
}

/// Starts the service on a database of this size, and kills it as soon as it has said that it is alive and not ready.
/// `None`: it was ready before anybody could ask.
fn killed_while_it_migrates(accounts: u32) -> Option<tempfile::TempDir> {
    let folder = tempfile::tempdir().unwrap();
    write_old_database(folder.path(), accounts);
    let mut service = Started::begin(folder.path());
    assert!(service.comes_to("200", "/system/liveness"), "{}", log(folder.path()));
    let paths = [
        "/system/readiness",
        "/users",
        "/system/readiness/server",
        "/system/liveness",
    ];
    let seen = paths.map(|path| service.get(path));
    let hint = service.fetch("/users", "Authorization: potato\r\n");
    // The signal that nobody can catch.
    drop(service);
    if schema(&folder.path().join("data/firekeeper.db")) != OLD_SCHEMA {
        return None;
    }
    let statuses = seen.each_ref().map(Option::as_deref);
    assert_eq!(statuses, [Some("503"), Some("503"), Some("503"), Some("200")]);
    let hint = hint.expect("an answer").to_ascii_lowercase();
    assert!(
        hint.starts_with("http/1.1 503") && hint.contains("retry-after"),
        "{hint}"
    );
    let log = log(folder.path());
    assert!(log.contains("the database takes long to open"), "{log}");
    Some(folder)
}

fn log(folder: &Path) -> String {
    fs::read_to_string(folder.join("log.txt")).unwrap()
}

#[test]
fn a_service_that_rewrites_an_old_database_says_so_and_loses_nothing_when_it_is_killed() {
    // On a machine that is too fast, or too busy with others, it is tried with a larger one.
    let sizes = [16_000_u32, 32_000, 64_000, 128_000];
    let (accounts, folder) = sizes
        .into_iter()
        .find_map(|accounts| Some((accounts, killed_while_it_migrates(accounts)?)))
        .expect("no database takes long enough");
    let mut service = Started::begin(folder.path());
    assert!(service.comes_to("200", "/system/readiness"), "{}", log(folder.path()));
    let roster = service.fetch("/users/user000007/roster", "Authorization: potato\r\n");
    let roster = roster.expect("an answer");
    assert_eq!(roster.matches("<rosterItem>").count(), CONTACTS as usize, "{roster}");
    drop(service);
    let database = folder.path().join("data/firekeeper.db");
    assert!(schema(&database) > OLD_SCHEMA);
    let connection = Connection::open(&database).unwrap();
    let counts: (u32, u32, u32) = connection
        .query_row(
            "SELECT (SELECT count(*) FROM accounts WHERE localpart GLOB 'user*'), (SELECT count(*) FROM rosters), \
             (SELECT count(*) FROM roster_items WHERE subscription = 3)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    assert_eq!(counts, (accounts, accounts, accounts * CONTACTS));
    assert_eq!(
        schema(&folder.path().join("data/firekeeper.before-schema-6.db")),
        OLD_SCHEMA
    );
}
