//! `backup` and `restore`: what comes back, what is refused, and that nothing is lost on the way.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    os::unix::{fs::symlink, net::UnixStream},
    path::{Path, PathBuf},
    process::Command,
};

use rusqlite::Connection;
use rustix::fs::{CWD, Mode, mkfifoat};

use super::place::{Place, assert_fails, fetch, mode, stdout};

fn make_account(place: &Place, name: &str) {
    place.done(&[
        "account",
        "create",
        &format!("{name}@localhost"),
        "--password",
        "secret",
    ]);
}

/// The localparts of the accounts in a database file.
fn accounts_in(database: &Path) -> Vec<String> {
    let connection = Connection::open(database).unwrap();
    let mut statement = connection
        .prepare("SELECT localpart FROM accounts ORDER BY localpart")
        .unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// The former databases that `restore` has kept.
fn kept(place: &Place) -> Vec<PathBuf> {
    let entries = fs::read_dir(place.path().join("data")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            name.starts_with("firekeeper.before-restore-") && path.extension().is_some_and(|kind| kind == "db")
        })
        .collect()
}

#[test]
fn a_backup_of_the_running_service_brings_its_state_back() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    make_account(&place, "jane");
    let said = place.done(&["backup", "monday.db"]);
    assert!(said.contains("monday.db"), "{said}");
    assert_eq!(mode(&place.path().join("monday.db")), 0o600);
    assert_eq!(fs::read_dir(place.data("exchange")).unwrap().count(), 0);
    make_account(&place, "john");
    service.stop();

    let said = place.done(&["restore", "monday.db"]);
    let kept = kept(&place);
    assert!(said.contains(kept[0].file_name().unwrap().to_str().unwrap()), "{said}");
    assert_eq!(accounts_in(&kept[0]), ["admin", "jane", "john"]);
    let _service = place.serve(&["serve"]);
    let listed = place.done(&["account", "list"]);
    assert!(
        listed.contains("jane@localhost") && !listed.contains("john@localhost"),
        "{listed}"
    );
}

/// The last entry of the audit log in a database file: what was done, and through which door.
fn last_entry_in(database: &Path) -> (String, String) {
    let sql = "SELECT summary, details FROM audit_log ORDER BY id DESC LIMIT 1";
    let connection = Connection::open(database).unwrap();
    connection
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
}

fn by_command(summary: &str) -> (String, String) {
    (summary.to_owned(), "command line".to_owned())
}

#[test]
fn a_restoration_stands_in_the_log_of_what_it_restored_and_nowhere_else() {
    let place = Place::new();
    make_account(&place, "jane");
    place.done(&["backup", "monday.db"]);
    make_account(&place, "john");
    place.done(&["restore", "--dry-run", "monday.db"]);
    let john = by_command("created account john@localhost");
    assert_eq!(last_entry_in(&place.data("firekeeper.db")), john);

    place.done(&["restore", "monday.db"]);
    assert!(!place.data("firekeeper.db-wal").exists() && !place.data("firekeeper.db-journal").exists());
    assert_eq!(
        last_entry_in(&place.data("firekeeper.db")),
        by_command("restored monday.db")
    );
    assert_eq!(last_entry_in(&kept(&place)[0]), john);
    assert_ne!(
        last_entry_in(&place.path().join("monday.db")),
        by_command("restored monday.db"),
        "a backup is read and never written"
    );

    let _service = place.serve(&[
        "serve",
        "--set",
        "openfire.auth=secret",
        "--set",
        "openfire.secret=potato",
    ]);
    let log = fetch(&place.address(), "/plugins/restapi/v1/logs/security", "potato");
    assert!(log.contains("<summary>restored monday.db</summary>"), "{log}");
    assert!(!log.contains("john@localhost"), "{log}");
}

#[test]
fn a_backup_is_made_without_the_service_too() {
    let place = Place::new();
    make_account(&place, "jane");
    place.done(&["backup", "monday.db"]);
    assert_eq!(accounts_in(&place.path().join("monday.db")), ["jane"]);
    assert!(!place.path().join("monday.db-wal").exists());
}

#[test]
fn a_backup_is_one_state_while_changes_go_on() {
    let place = Place::new();
    let _service = place.serve(&["serve", "--set", "accounts.scram_iterations=4096"]);
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| (0..40).for_each(|number| make_account(&place, &format!("user{number:02}"))));
        for number in 0..5 {
            let file = format!("{number}.db");
            place.done(&["backup", &file]);
            place.done(&["restore", "--dry-run", &file]);
            let accounts = accounts_in(&place.path().join(file));
            let users = accounts.iter().filter(|name| name.starts_with("user")).cloned();
            let expected = (0..accounts.len() - 1).map(|number| format!("user{number:02}"));
            assert!(users.eq(expected), "{accounts:?}");
        }
        writing.join().unwrap();
    });
    assert!(place.done(&["account", "list"]).contains("user39@localhost"));
}

#[test]
fn a_backup_replaces_no_file() {
    let place = Place::new();
    make_account(&place, "jane");
    fs::write(place.path().join("mine.txt"), "mine").unwrap();
    assert_fails(&place.run(&["backup", "mine.txt"]), 1, &["mine.txt", "exists already"]);
    assert_eq!(fs::read_to_string(place.path().join("mine.txt")).unwrap(), "mine");
    assert_fails(&place.run(&["backup", "no/folder.db"]), 1, &["no/folder.db"]);
}

#[test]
fn the_running_service_writes_in_its_exchange_folder_only() {
    let place = Place::new();
    let _service = place.serve(&["serve", "--set", "server.exchange_dir=shared"]);
    fs::create_dir(place.path().join("shared")).unwrap();
    symlink(place.path(), place.path().join("shared/out")).unwrap();
    let stream = UnixStream::connect(place.data("control.sock")).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    for file in ["../x.db", "/tmp/x.db", "out/x.db", ""] {
        let request = serde_json::json!({"command": "back_up", "file": file});
        writeln!(&stream, "{request}").unwrap();
        let answer = lines.next().unwrap().unwrap();
        assert!(
            answer.contains("failed") && answer.contains("server.exchange_dir"),
            "{answer}"
        );
    }
    writeln!(&stream, "{}", serde_json::json!({"command": "back_up", "file": "x.db"})).unwrap();
    let answer = lines
        .map(Result::unwrap)
        .find(|line| !line.contains("progress"))
        .unwrap();
    assert!(answer.contains("backed_up"), "{answer}");
    assert!(place.path().join("shared/x.db").exists());
}

#[test]
fn nothing_is_restored_under_a_running_service() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    place.done(&["backup", "monday.db"]);
    let process = format!("process {}", service.child.id());
    assert_fails(&place.run(&["restore", "monday.db"]), 1, &["server.data_dir", &process]);
}

#[test]
fn a_backup_is_restored_where_nothing_was() {
    let old = Place::new();
    make_account(&old, "jane");
    old.done(&["backup", "monday.db"]);
    let new = Place::new();
    fs::copy(old.path().join("monday.db"), new.path().join("monday.db")).unwrap();
    let said = new.done(&["restore", "monday.db"]);
    assert!(!said.contains("kept"), "{said}");
    assert!(new.done(&["account", "list"]).contains("jane@localhost"));
    assert_eq!(mode(&new.data("firekeeper.db")), 0o600);
}

#[test]
fn what_a_killed_service_has_in_its_log_is_kept_and_not_mixed_in() {
    let place = Place::new();
    make_account(&place, "jane");
    place.done(&["backup", "monday.db"]);
    let service = place.serve(&["serve"]);
    make_account(&place, "john");
    drop(service);
    assert!(fs::metadata(place.data("firekeeper.db-wal")).unwrap().len() > 0);
    place.done(&["restore", "monday.db"]);
    assert!(!place.data("firekeeper.db-wal").exists());
    assert_eq!(accounts_in(&place.data("firekeeper.db")), ["jane"]);
    assert_eq!(accounts_in(&kept(&place)[0]), ["admin", "jane", "john"]);
}

#[test]
fn a_damaged_database_is_replaced_and_kept_with_its_log() {
    let place = Place::new();
    make_account(&place, "jane");
    place.done(&["backup", "monday.db"]);
    fs::write(place.data("firekeeper.db"), "nonsense").unwrap();
    fs::write(place.data("firekeeper.db-wal"), "its log").unwrap();
    place.done(&["restore", "monday.db"]);
    let kept = &kept(&place)[0];
    assert_eq!(fs::read_to_string(kept).unwrap(), "nonsense");
    assert_eq!(accounts_in(&place.data("firekeeper.db")), ["jane"]);
}

/// A backup that somebody worked on.
fn changed(place: &Place, statements: &str) {
    let file = place.path().join("changed.db");
    fs::copy(place.path().join("monday.db"), &file).unwrap();
    Connection::open(file).unwrap().execute_batch(statements).unwrap();
}

#[test]
fn what_is_no_sound_backup_is_refused_and_changes_nothing() {
    let place = Place::new();
    make_account(&place, "jane");
    place.done(&["backup", "monday.db"]);
    let before = fs::read(place.data("firekeeper.db")).unwrap();
    let refused = |parts: &[&str]| {
        for arguments in [&["restore", "changed.db"][..], &["restore", "--dry-run", "changed.db"]] {
            let output = place.run(arguments);
            assert_fails(&output, 1, &[&["changed.db"], parts].concat());
            assert_eq!(stdout(&output), "");
        }
        assert_eq!(fs::read(place.data("firekeeper.db")).unwrap(), before);
        assert!(kept(&place).is_empty());
        assert!(!place.data("firekeeper.restoring.db").exists());
    };

    assert_fails(&place.run(&["restore", "missing.db"]), 1, &["missing.db"]);
    changed(&place, "PRAGMA user_version = 999");
    refused(&["newer version", "999"]);
    changed(&place, "PRAGMA application_id = 7");
    refused(&["another program"]);
    changed(&place, "PRAGMA user_version = 0; PRAGMA application_id = 0");
    refused(&["another program"]);
    changed(&place, "DROP TABLE vcards");
    refused(&["table vcards is missing"]);
    changed(
        &place,
        "CREATE TRIGGER spy AFTER INSERT ON accounts BEGIN DELETE FROM audit_log; END",
    );
    refused(&["trigger spy is unknown"]);
    changed(
        &place,
        "PRAGMA foreign_keys = OFF; INSERT INTO account_properties VALUES (77, 'k', 'v')",
    );
    refused(&["account_properties", "accounts"]);
    changed(
        &place,
        "PRAGMA foreign_keys = OFF; DELETE FROM room_services; UPDATE accounts SET host = 'a'; UPDATE hosts SET name = 'a' WHERE name <> ''",
    );
    refused(&["server.domain", "localhost"]);
    fs::write(place.path().join("changed.db"), "not a database at all").unwrap();
    refused(&["cannot be read"]);
    fs::remove_file(place.path().join("changed.db")).unwrap();
    // A pipe without a writer: who opened it would wait for ever.
    mkfifoat(CWD, place.path().join("changed.db"), Mode::RUSR).unwrap();
    refused(&["is not a file"]);
}

#[test]
fn a_damaged_backup_is_refused() {
    let place = Place::new();
    make_account(&place, "jane");
    place.done(&["backup", "monday.db"]);
    let file = place.path().join("monday.db");
    let mut bytes = fs::read(&file).unwrap();
    // The index of a table, torn out: SQLite opens such a file without complaint.
    let page = bytes.len() / 4096 * 7 / 8 * 4096;
    bytes[page..page + 4096].fill(0xAA);
    fs::write(&file, bytes).unwrap();
    let output = place.run(&["restore", "monday.db"]);
    assert_fails(&output, 1, &["monday.db", "cannot be restored"]);
}

#[test]
fn a_client_that_leaves_stops_its_backup() {
    let place = Place::new();
    let _service = place.serve(&["serve"]);
    let request = format!("{}\n", serde_json::json!({"command": "back_up", "file": "left.db"}));
    let mut stream = UnixStream::connect(place.data("control.sock")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    drop(stream);
    // Complete or not there: never half. The next backup is not held up by it.
    let mut output = Command::new("true").output().unwrap();
    for number in 0..100 {
        output = place.run(&["backup", &format!("next{number}.db")]);
        if output.status.success() {
            break;
        }
        assert_fails(&output, 1, &["being made already"]);
    }
    assert!(output.status.success());
    let left = place.data("exchange").join("left.db");
    if left.exists() {
        place.done(&["restore", "--dry-run", left.to_str().unwrap()]);
    }
}
