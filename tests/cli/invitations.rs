//! `invite …` while the service runs and while it does not.

use super::place::{Place, assert_fails};

const ON: [&str; 2] = ["--set", "xmpp.invitations=administrators"];

#[test]
fn newcomers_are_invited_while_the_service_runs() {
    let place = Place::new();
    let service = place.serve(&[&["serve"], &ON[..]].concat());
    invite(&place);
    let log = service.log();
    assert!(!log.contains("preauth"), "{log}");
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn newcomers_are_invited_while_no_service_runs() {
    let place = Place::new();
    assert_eq!(place.serve(&["serve"]).stop(), Some(0));
    invite(&place);
}

fn invite(place: &Place) {
    let done = |arguments: &[&str]| place.done(&[&["invite"], arguments, &ON].concat());
    let link = done(&["create"]);
    let token = link
        .trim_end()
        .strip_prefix("xmpp:localhost?register;preauth=")
        .unwrap();
    assert!(
        token.len() >= 32 && token.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        "{link}"
    );
    assert_ne!(done(&["create", "--uses", "20", "--expires", "1h"]), link);
    let named = done(&["create", "--username", "Anna"]);
    assert!(named.starts_with("xmpp:anna@localhost?register;preauth="), "{named}");
    let contact = done(&["create", "--contact", "admin@localhost"]);
    assert!(contact.starts_with("xmpp:admin@localhost?roster;preauth="), "{contact}");

    let list = done(&["list"]);
    let rows: Vec<Vec<&str>> = list.lines().map(|line| line.split('\t').collect()).collect();
    let shown: Vec<_> = rows.iter().map(|row| &row[..4]).collect();
    assert_eq!(
        shown,
        [
            ["1", "localhost", "", "1"],
            ["2", "localhost", "", "20"],
            ["3", "anna@localhost", "", "1"],
            ["4", "localhost", "admin@localhost", "1"],
        ]
    );
    assert!(!list.contains(token));
    done(&["revoke", "2"]);
    assert_eq!(done(&["list"]).lines().count(), 3);

    let fails = |arguments: &[&str], code: i32, texts: &[&str]| {
        assert_fails(&place.run(&[&["invite"], arguments, &ON].concat()), code, texts);
    };
    fails(&["revoke", "2"], 1, &["2", "does not exist"]);
    fails(
        &["create", "--username", "admin"],
        1,
        &["admin@localhost", "exists already"],
    );
    fails(
        &["create", "--contact", "nobody@localhost"],
        1,
        &["nobody@localhost", "does not exist"],
    );
    fails(&["create", "--uses", "0"], 1, &["uses", "from 1 to"]);
    fails(&["create", "--host", "elsewhere"], 1, &["elsewhere", "does not exist"]);
    let soon = place.run(&[&["invite", "create", "--expires", "soon"], &ON[..]].concat());
    assert_eq!(soon.status.code(), Some(2));
    for bytes in ["firekeeper.db", "firekeeper.db-wal"]
        .iter()
        .filter_map(|name| std::fs::read(place.data(name)).ok())
    {
        let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
        assert!(!found, "the database holds the token");
    }
}

#[test]
fn nobody_is_invited_where_that_is_off() {
    let place = Place::new();
    assert_eq!(place.serve(&["serve"]).stop(), Some(0));
    assert_fails(
        &place.run(&["invite", "create"]),
        1,
        &["xmpp.invitations", "administrators"],
    );
}
