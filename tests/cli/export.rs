//! `export` of everything: a new database that is made of it is the same as the old one.

use std::fs;

use rusqlite::Connection;

use super::furnished::{DOMAIN, FILES, HOSTS, content, furnished, import};
use super::place::{Place, assert_fails, mode};

fn assert_same(old: &Place, new: &Place) {
    let (old, new) = (content(&old.data("firekeeper.db")), content(&new.data("firekeeper.db")));
    for line in &old {
        assert!(new.contains(line), "lost: {line}");
    }
    for line in &new {
        assert!(old.contains(line), "made up: {line}");
    }
    assert_eq!(old, new);
}

#[test]
fn what_was_exported_makes_the_same_database() {
    let old = furnished();
    let said = old.done(&["export", "--set", DOMAIN, "all.xml"]);
    assert!(said.contains("all.xml") && said.contains("all.jsonl"), "{said}");
    for file in ["all.xml", "all.jsonl"] {
        assert_eq!(mode(&old.path().join(file)), 0o600);
    }
    let new = import(&old, "all.xml");
    assert_same(&old, &new);
    for id in FILES {
        assert_eq!(fs::read_to_string(new.data("uploads").join(id)).unwrap(), "hello");
    }
    // And that one the same files.
    new.done(&["export", "--set", DOMAIN, "again"]);
    let read = |place: &Place, name: &str| fs::read_to_string(place.path().join(name)).unwrap();
    assert_eq!(read(&old, "all.xml"), read(&new, "again/firekeeper.xml"));
    let rows = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.retain(|line| !line.contains("imported all.xml"));
        lines
    };
    assert_eq!(
        rows(read(&old, "all.jsonl")),
        rows(read(&new, "again/firekeeper.jsonl"))
    );
}

#[test]
fn what_the_running_service_exports_makes_the_same_database() {
    let old = furnished();
    let service = old.serve(&["serve", "--set", DOMAIN, "--set", HOSTS]);
    old.done(&["export", "--set", DOMAIN, "folder"]);
    assert_eq!(mode(&old.path().join("folder")), 0o700);
    assert_eq!(fs::read_dir(old.data("exchange")).unwrap().count(), 0);
    service.stop();
    let new = import(&old, "folder");
    // The backup that the export was made of stands in the audit log since.
    Connection::open(old.data("firekeeper.db"))
        .unwrap()
        .execute("DELETE FROM audit_log WHERE summary LIKE 'made a backup%'", [])
        .unwrap();
    assert_same(&old, &new);
}

#[test]
fn what_has_a_form_stands_in_the_document_and_what_has_none_beside_it() {
    let place = furnished();
    place.done(&["export", "--set", DOMAIN, "all.xml"]);
    let document = fs::read_to_string(place.path().join("all.xml")).unwrap();
    let rows = fs::read_to_string(place.path().join("all.jsonl")).unwrap();
    for part in [
        "<host jid='example.net'>",
        "<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-256'>",
        "<item jid='bert@example.org' name='Bert' subscription='both'><group>First</group><group>Second</group></item>",
        "<item jid='asked@example.net' subscription='none' ask='subscribe'/>",
        "approved='true'",
        "<vCard xmlns=\"vcard-temp\"><FN>Anna</FN></vCard>",
        "<FN a='1'  >M</FN>",
        "<offline-messages><message xmlns='jabber:client' from='bert@example.org/x'",
        "stamp='2014-05-13T16:53:30.000Z'",
        "<stanza-id xmlns='urn:xmpp:sid:0' by='mary@example.net' id='a7'/>",
        "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>",
        "<presence xmlns='jabber:client' type='subscribe' from='asks@example.net' to='anna@example.org'>",
        "<configure node='m'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'>",
        "<affiliations node='m'><affiliation jid='mary@example.net' affiliation='owner'/></affiliations>",
        "<items node='m'><item id='i' publisher='mary@example.net'><a xmlns=''/></item></items>",
    ] {
        assert!(document.contains(part), "{part}");
    }
    for part in [
        "potato",
        "The Kitchen",
        "blocked",
        "everyone",
        "a comment",
        "no xml",
        "<other/>",
    ] {
        assert!(rows.contains(part), "{part}");
        assert!(!document.contains(part), "{part}");
    }
    let twice = rows.lines().filter(|line| line.contains("Anna</FN>")).count();
    assert_eq!(twice, 0);
}

#[test]
fn an_export_replaces_no_file() {
    let place = furnished();
    fs::write(place.path().join("all.jsonl"), "mine").unwrap();
    assert_fails(
        &place.run(&["export", "--set", DOMAIN, "all.xml"]),
        1,
        &["all.jsonl", "exists already"],
    );
    assert!(!place.path().join("all.xml").exists());
    assert_fails(
        &place.run(&["export", "--set", DOMAIN, "no/where/all.xml"]),
        1,
        &["no/where"],
    );
}
