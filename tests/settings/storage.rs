//! `[storage]` and `[audit]`.

use std::fs;

use firekeeper::config::{Config, Sources};
use firekeeper::data_dir::DataDir;
use firekeeper::{app, start};
use rusqlite::Connection;

use super::support::measured::Measured;
use super::support::service::{Service, Settings};
use super::{at_once, status, wait_until};

const TOO_MANY: &str = "too many changes are waiting to be stored";

/// Holds the lock of writers, so that no change of the service gets on.
fn holding_the_database(service: &Service) -> Connection {
    let database = Connection::open(service.data_directory().join("firekeeper.db")).expect("a database");
    database.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    database
}

fn set_property(service: &Service, number: usize) -> u16 {
    let body = format!(r#"{{"key":"p{number}","value":"v"}}"#);
    status(service, "POST", "/system/properties", &body)
}

#[test]
fn changes_beyond_the_write_queue_are_refused_and_the_log_does_not_say_so_for_each() {
    let service = Service::demo(Settings::demo().with("storage.write_queue", "2"));
    let database = holding_the_database(&service);
    let statuses = at_once(12, |number| set_property(&service, number));
    let refused = statuses.iter().filter(|status| **status == 503).count();
    assert!(refused >= 9, "{statuses:?}");
    let log = service.log();
    let told = log
        .lines()
        .filter(|line| line.contains("requests are refused") && line.contains(TOO_MANY))
        .count();
    assert!((1..=3).contains(&told), "{log}");
    drop(database);
    wait_until("changes are stored again", || set_property(&service, 0) == 201);
}

#[test]
fn changes_within_the_write_queue_wait() {
    let service = Service::demo(Settings::demo());
    let database = holding_the_database(&service);
    at_once(12, |number| set_property(&service, number));
    assert!(!service.log().contains(TOO_MANY), "{}", service.log());
    drop(database);
    wait_until("changes are stored again", || set_property(&service, 0) == 201);
}

#[test]
fn the_service_reads_through_as_many_connections_as_set() {
    let opened = |readers: &str| {
        let service = Service::demo(Settings::demo().with("storage.readers", readers));
        assert_eq!(status(&service, "GET", "/users", ""), 200);
        let files = fs::read_dir(format!("/proc/{}/fd", service.process_id())).ok()?;
        let paths = files.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        Some(paths.filter(|path| path.ends_with("firekeeper.db")).count())
    };
    // Where the system does not tell (Linux does), there is nothing to count.
    let (Some(one), Some(six)) = (opened("1"), opened("6")) else {
        return;
    };
    assert_eq!(six, one + 5);
}

#[test]
fn as_many_accounts_are_kept_in_memory_as_set() {
    let hits = |settings: Settings| {
        let measured = Measured::start(settings);
        for name in ["admin", "jane", "john"].repeat(10) {
            assert_eq!(measured.get(&format!("/users/{name}")), 200);
        }
        let labels = [("cache", "accounts")];
        measured.scrape().sum("firekeeper_cache_hits_total", &labels)
    };
    let (few, many) = (
        hits(Settings::demo().with("storage.cached_accounts", "1")),
        hits(Settings::demo()),
    );
    assert!(many >= 27.0, "{many}");
    assert!(few <= 10.0, "{few}");
}

#[tokio::test]
async fn every_connection_has_as_much_memory_for_pages_as_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = Config::load(&Sources {
        settings: vec!["storage.page_cache=3MiB".to_owned()],
        ..Sources::default()
    })
    .expect("a configuration");
    let data_dir = DataDir::open(folder.path()).expect("a data directory");
    let opened = start::open(&config, &data_dir, app::clock(), app::random())
        .await
        .expect("a database");
    let kibibytes = |connection: &Connection| {
        let asked = connection.query_row("PRAGMA cache_size", [], |row| row.get::<_, i64>(0));
        Ok(asked.expect("a size"))
    };
    let store = opened.embedded.store();
    assert_eq!(store.read(kibibytes).await.expect("a size"), -3072);
    let written = store.write(move |transaction| kibibytes(transaction)).await;
    assert_eq!(written.expect("a size"), -3072);
}

#[test]
fn audit_entries_are_kept_as_long_as_set() {
    let entries = |service: &Service| {
        let request = super::Request::get("/plugins/restapi/v1/logs/security").header("Authorization", "potato");
        let text = service.send(&request).expect("an answer").text();
        text.matches("<log>").count()
    };
    let mut service = Service::demo(Settings::demo());
    assert_eq!(set_property(&service, 1), 201);
    service.restart();
    assert_eq!(entries(&service), 1);
    service.restart_with(Settings::demo().with("audit.retention", "1ms"));
    wait_until("the old entry is removed", || entries(&service) == 0);
}
