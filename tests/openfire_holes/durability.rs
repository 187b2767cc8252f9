//! What was answered with success is kept, whatever happens next; what was refused has left nothing.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::support::service::Service;
use super::visitor::{SECRET, Visitor, secret_mode};

const WRITERS: usize = 4;

/// Long enough that a few dozen fill a small disk.
fn value(key: &str) -> String {
    format!("{key}-{}", "v".repeat(3_000))
}

/// Each writer sets `each` properties of its own, one after the other; the status of every one.
fn write(service: &Service, name: &str, each: usize) -> BTreeMap<String, u16> {
    let one = |writer: usize| {
        let mut visitor = Visitor::with(service, SECRET);
        (0..each)
            .map(|number| {
                let key = format!("{name}.{writer}.{number}");
                let body = format!(r#"{{"key":"{key}","value":"{}"}}"#, value(&key));
                let status = visitor.send_json("POST /system/properties", &body).status;
                (key, status)
            })
            .collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS).map(|writer| scope.spawn(move || one(writer))).collect();
        writers
            .into_iter()
            .flat_map(|writer| writer.join().expect("a writer"))
            .collect()
    })
}

fn assert_kept(service: &Service, written: &BTreeMap<String, u16>) {
    let mut visitor = Visitor::with(service, SECRET);
    for (key, status) in written {
        let found = visitor.send(&format!("GET /system/properties/{key}"));
        match status {
            201 => assert!(found.text().contains(&value(key)), "{key} was acknowledged and is lost"),
            _ => assert_eq!(found.status, 404, "{key} was refused with {status} and is there"),
        }
    }
}

#[test]
fn what_was_acknowledged_outlives_the_process() {
    let mut service = Service::demo(secret_mode());
    let mut written = BTreeMap::new();
    for round in ["a", "b", "c"] {
        written.extend(write(&service, round, 10));
        service.kill_and_restart();
        assert_kept(&service, &written);
    }
    assert!(written.values().all(|status| *status == 201));
}

#[test]
fn a_large_group_is_gone_at_once_and_whatever_ends_the_process_its_rows_follow() {
    let mut service = Service::demo(secret_mode());
    let members: Vec<String> = (0..20_000).map(|number| format!("\"m{number}@example.net\"")).collect();
    let large = format!(r#"{{"name":"large","members":[{}]}}"#, members.join(","));
    let mut visitor = Visitor::with(&service, SECRET);
    assert_eq!(visitor.send_json("POST /groups", &large).status, 201);
    assert_eq!(visitor.send("DELETE /groups/large").status, 200);
    assert_eq!(visitor.send("GET /groups/large").status, 404);
    service.kill_and_restart();
    let mut visitor = Visitor::with(&service, SECRET);
    assert!(!visitor.send("GET /groups").text().contains("large"));
    assert_eq!(visitor.send_json("POST /groups", r#"{"name":"large"}"#).status, 201);
    assert!(!visitor.send("GET /groups/large").text().contains("m1"));
    let database = Connection::open(service.data_directory().join("firekeeper.db")).expect("a database");
    wait_until("the rows have followed", || {
        let left = database.query_row("SELECT count(*) FROM group_members", [], |row| row.get::<_, i64>(0));
        left.expect("a number") == 0
    });
}

#[test]
fn what_a_full_disk_refuses_is_told_and_leaves_nothing() {
    let mut service = Service::demo(secret_mode());
    let before = write(&service, "before", 2);
    service.restart_with_largest_file(Some(600 << 10));
    let full = write(&service, "full", 40);
    let refused = full.values().filter(|status| **status != 201).count();
    assert!(refused > 0 && refused < full.len(), "{refused} of {}", full.len());
    assert!(full.values().all(|status| matches!(status, 201 | 503)), "{full:?}");
    // it still reads, and says that it cannot write
    let mut visitor = Visitor::with(&service, SECRET);
    assert_eq!(visitor.send("GET /users/jane").status, 200);
    assert_eq!(visitor.send("GET /system/liveness").status, 200);
    assert_kept(&service, &full);
    service.kill_and_restart();
    assert_kept(&service, &full);
    service.restart_with_largest_file(None);
    assert_kept(&service, &full);
    assert_kept(&service, &before);
    let after = write(&service, "after", 2);
    assert!(after.values().all(|status| *status == 201));
    assert_kept(&service, &after);
}

/// Another process holds the database, which no restart of this service would change.
#[test]
fn a_database_that_is_locked_is_told_without_a_call_for_a_restart_and_is_used_again() {
    let service = Service::demo(secret_mode());
    let before = write(&service, "before", 1);
    let other = Connection::open(service.data_directory().join("firekeeper.db")).expect("a database");
    other.execute_batch("BEGIN EXCLUSIVE").expect("the lock");
    let refused = write(&service, "locked", 1);
    assert!(refused.values().all(|status| *status == 503), "{refused:?}");
    let probe = |name: &str| Visitor::stranger(&service).send(&format!("GET /system/{name}")).status;
    wait_until("readiness falls", || probe("readiness/server") == 503);
    assert_eq!(probe("readiness"), 503);
    for well in [
        "liveness",
        "liveness/deadlock",
        "readiness/plugins",
        "readiness/connections",
    ] {
        assert_eq!(probe(well), 200, "{well}");
    }
    assert_eq!(Visitor::with(&service, SECRET).send("GET /users/jane").status, 200);
    drop(other);
    wait_until("readiness comes back", || probe("readiness") == 200);
    let after = write(&service, "after", 1);
    assert!(after.values().all(|status| *status == 201), "{after:?}");
    for written in [before, refused, after] {
        assert_kept(&service, &written);
    }
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < Duration::from_mins(1), "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
