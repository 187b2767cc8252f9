//! `backup` and `restore` with the files that people have uploaded.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::Duration,
};

use rusqlite::{Connection, params};

use super::place::{Place, assert_fails, fetch, get, mode};
use super::ports::free_address;

/// The id of a file that begins with this letter.
fn id(letter: char) -> String {
    letter.to_string().repeat(32)
}

/// A place with an account, which no service uses.
fn place() -> Place {
    let place = Place::new();
    place.done(&["account", "create", "jane@localhost", "--password", "secret"]);
    place
}

/// What the database is told of a file that jane has put.
fn know(place: &Place, id: &str, bytes: u32) {
    let connection = Connection::open(place.data("firekeeper.db")).unwrap();
    connection
        .execute(
            "INSERT INTO uploads (id, account, name, bytes, content_type, permit, state, created) \
             SELECT ?1, id, 'a.txt', ?2, 'text/plain', x'00', 2, unixepoch() * 1000 FROM accounts WHERE localpart = 'jane'",
            params![id, bytes],
        )
        .unwrap();
}

/// Jane has put a file.
fn put(place: &Place, letter: char, content: &str) {
    know(place, &id(letter), u32::try_from(content.len()).unwrap());
    fs::create_dir_all(place.data("uploads")).unwrap();
    fs::write(place.data("uploads").join(id(letter)), content).unwrap();
}

/// The files that a database speaks of, by their first letters.
fn known_in(database: &Path) -> String {
    let connection = Connection::open(database).unwrap();
    let mut statement = connection
        .prepare("SELECT substr(id, 1, 1) FROM uploads ORDER BY id")
        .unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

/// The files in a folder, by their first letters.
fn files_in(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap();
    let names: BTreeSet<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.iter().map(|name| &name.to_str().unwrap()[..1]).collect()
}

fn kept(place: &Place) -> PathBuf {
    let entries = fs::read_dir(place.path().join("data")).unwrap();
    let mut paths = entries.map(|entry| entry.unwrap().path());
    paths
        .find(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("firekeeper.before-restore-") && path.extension().is_some_and(|kind| kind == "db")
        })
        .unwrap()
}

fn path_of(letter: char) -> String {
    format!("/upload/{}/a.txt", id(letter))
}

#[test]
fn the_files_of_the_running_service_come_back_with_its_database() {
    let place = place();
    put(&place, 'a', "first");
    put(&place, 'b', "second");
    let address = free_address();
    let listen = format!("http.listen={address}");
    let service = place.serve(&["serve", "--set", &listen]);
    let said = place.done(&["backup", "monday.db"]);
    assert!(said.contains("2 uploaded files are in monday.db.uploads"), "{said}");
    assert_eq!(mode(&place.path().join("monday.db.uploads")), 0o700);
    assert_eq!(fs::read_dir(place.data("exchange")).unwrap().count(), 0);
    place.done(&["account", "delete", "jane@localhost"]);
    service.stop();
    fs::remove_dir_all(place.data("uploads")).unwrap();

    let said = place.done(&["restore", "--dry-run", "monday.db"]);
    assert!(said.contains("2 uploaded files are there"), "{said}");
    let said = place.done(&["restore", "monday.db"]);
    assert!(said.contains("2 uploaded files are there"), "{said}");
    let _service = place.serve(&["serve", "--set", &listen]);
    assert_eq!(fetch(&address, &path_of('a'), ""), "first");
    assert_eq!(fetch(&address, &path_of('b'), ""), "second");
    assert_eq!(files_in(&place.path().join("monday.db.uploads")), "ab");
}

#[test]
fn a_backup_speaks_of_no_file_that_it_does_not_have() {
    let place = place();
    put(&place, 'a', "first");
    know(&place, &id('b'), 5);
    put(&place, 'c', "half");
    fs::write(place.data("uploads").join(id('c')), "ha").unwrap();
    know(&place, "../lock", 5);
    place.done(&["backup", "monday.db"]);
    assert_eq!(known_in(&place.path().join("monday.db")), "a");
    assert_eq!(files_in(&place.path().join("monday.db.uploads")), "a");
}

#[test]
fn files_are_left_out_when_that_is_asked_for() {
    let place = place();
    put(&place, 'a', "first");
    let said = place.done(&["backup", "--without-uploads", "monday.db"]);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!place.path().join("monday.db.uploads").exists());
    place.done(&["restore", "monday.db"]);
    let _service = place.serve(&["serve"]);
    assert_eq!(fetch(&place.address(), &path_of('a'), ""), "first");
}

#[test]
fn a_backup_that_came_without_its_files_uses_those_that_are_there() {
    let place = place();
    put(&place, 'a', "first");
    put(&place, 'b', "second");
    place.done(&["backup", "monday.db"]);
    fs::remove_dir_all(place.path().join("monday.db.uploads")).unwrap();
    fs::remove_file(place.data("uploads").join(id('b'))).unwrap();
    for arguments in [&["restore", "--dry-run", "monday.db"][..], &["restore", "monday.db"]] {
        let said = place.done(arguments);
        assert!(
            said.contains("1 uploaded files are there") && said.contains("1 uploaded files are not there"),
            "{said}"
        );
    }
    let _service = place.serve(&["serve"]);
    assert_eq!(fetch(&place.address(), &path_of('a'), ""), "first");
    assert_eq!(get(&place.address(), &path_of('b'), ""), 404);
    assert_eq!(known_in(&place.data("firekeeper.db")), "a");
}

#[test]
fn the_former_database_is_kept_with_its_files() {
    let place = place();
    put(&place, 'a', "first");
    place.done(&["backup", "monday.db"]);
    put(&place, 'b', "second");
    place.done(&["restore", "monday.db"]);
    assert_eq!(files_in(&place.data("uploads")), "a");
    let kept = kept(&place);
    let said = place.done(&["restore", kept.to_str().unwrap()]);
    assert!(said.contains("2 uploaded files are there"), "{said}");
    assert_eq!(files_in(&place.data("uploads")), "ab");
    assert_eq!(
        fs::read_to_string(place.data("uploads").join(id('b'))).unwrap(),
        "second"
    );
}

/// The names in the data directory that speak of a restoration.
fn traces(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path().join("data")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("restor")).collect()
}

/// As if the restoration of a backup with the files `b` and `c` had been killed before the database changed.
fn interrupt(place: &Place) {
    fs::write(place.data("firekeeper.restoring"), "").unwrap();
    fs::write(place.data("firekeeper.restoring.db"), "half").unwrap();
    let kept = place.data("firekeeper.before-restore-20260102T030405.678Z.db.uploads");
    for folder in [kept, place.data("uploads")] {
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(id('b')), "second").unwrap();
    }
    fs::write(place.data("uploads").join(id('c')), "third").unwrap();
}

#[test]
fn what_an_interrupted_restoration_has_left_goes_with_the_next_start() {
    let place = place();
    put(&place, 'a', "first");
    interrupt(&place);
    let _service = place.serve(&["serve"]);
    assert_eq!(files_in(&place.data("uploads")), "a");
    assert_eq!(traces(&place), [] as [&str; 0]);
    assert_eq!(fetch(&place.address(), &path_of('a'), ""), "first");
}

#[test]
fn what_an_interrupted_restoration_has_left_goes_with_the_next_one_and_former_databases_stay() {
    let place = place();
    put(&place, 'a', "first");
    place.done(&["backup", "monday.db"]);
    place.done(&["restore", "monday.db"]);
    let former = traces(&place);
    assert_eq!(former.len(), 2, "{former:?}");
    interrupt(&place);
    fs::write(place.path().join("no.db"), "no database").unwrap();
    assert_fails(&place.run(&["restore", "no.db"]), 1, &["no.db cannot be read"]);
    assert_eq!(files_in(&place.data("uploads")), "a");
    let mut left = traces(&place);
    left.sort();
    let mut expected = former;
    expected.sort();
    assert_eq!(left, expected);
}

#[test]
fn a_backup_replaces_no_folder() {
    let place = place();
    put(&place, 'a', "first");
    fs::create_dir(place.path().join("monday.db.uploads")).unwrap();
    let output = place.run(&["backup", "monday.db"]);
    assert_fails(&output, 1, &["monday.db.uploads", "exists already"]);
    assert!(!place.path().join("monday.db").exists());
}

#[test]
fn files_that_cannot_be_read_stop_a_restoration_before_it_changes_anything() {
    let place = place();
    put(&place, 'a', "first");
    place.done(&["backup", "monday.db"]);
    fs::remove_dir_all(place.path().join("monday.db.uploads")).unwrap();
    fs::write(place.path().join("monday.db.uploads"), "no folder").unwrap();
    fs::remove_file(place.data("uploads").join(id('a'))).unwrap();
    put(&place, 'b', "second");
    let output = place.run(&["restore", "monday.db"]);
    assert_fails(&output, 1, &["Not a directory"]);
    assert_eq!(known_in(&place.data("firekeeper.db")), "ab");
    assert_eq!(files_in(&place.data("uploads")), "b");
    assert_eq!(traces(&place), [] as [&str; 0]);
}

/// How often a restoration is killed, a little later each time.
const KILLS: u32 = 12;

#[test]
fn a_killed_restoration_leaves_a_database_with_all_its_files() {
    let place = place();
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').collect();
    for letter in &letters {
        put(&place, *letter, "old");
    }
    place.done(&["backup", "monday.db"]);
    for letter in &letters[..26] {
        fs::remove_file(place.data("uploads").join(id(*letter))).unwrap();
    }
    let connection = Connection::open(place.data("firekeeper.db")).unwrap();
    connection
        .execute("DELETE FROM uploads WHERE id GLOB '[a-z]*'", [])
        .unwrap();
    drop(connection);
    put(&place, '0', "new");
    for number in 0..KILLS {
        let mut restoring = place
            .command(&["restore", "monday.db"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(u64::from(number) * 4));
        restoring.kill().unwrap();
        restoring.wait().unwrap();
        let known = known_in(&place.data("firekeeper.db"));
        let there = files_in(&place.data("uploads"));
        assert!(
            known.chars().all(|letter| there.contains(letter)),
            "{known} are not all in {there}"
        );
    }
    place.done(&["restore", "monday.db"]);
    assert_eq!(known_in(&place.data("firekeeper.db")).len(), letters.len());
    assert_eq!(files_in(&place.data("uploads")).len(), letters.len());
}

#[test]
fn a_backup_goes_to_another_disk_too() {
    let memory = Path::new("/dev/shm");
    if !memory.is_dir() {
        eprintln!("skipped: there is no other disk at {}", memory.display());
        return;
    }
    let other = tempfile::tempdir_in(memory).unwrap();
    let place = place();
    put(&place, 'a', "first");
    let exchange = format!("server.exchange_dir={}", other.path().join("exchange").display());
    let _service = place.serve(&["serve", "--set", &exchange]);
    let file = place.path().join("monday.db");
    place.done(&["backup", file.to_str().unwrap(), "--set", &exchange]);
    assert_eq!(known_in(&file), "a");
    assert_eq!(
        fs::read_to_string(place.path().join("monday.db.uploads").join(id('a'))).unwrap(),
        "first"
    );
    assert_eq!(fs::read_dir(other.path().join("exchange")).unwrap().count(), 0);
}
