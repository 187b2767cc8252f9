//! `export` and `import` of everything: a new database is the same as the old one, and other servers' people come in.

use std::{fs, path::Path};

use rusqlite::Connection;

use super::place::{Place, assert_fails, mode};

const DOMAIN: &str = "server.domain=example.org";
const HOSTS: &str = "server.hosts=[\"example.net\"]";

/// What no door of the service makes in a test: each kind of row, and what has no form in XEP-0227.
const ODDITIES: &str = "
    INSERT INTO accounts (host, localpart, created, modified, administrator) VALUES ('example.net', 'mary', 5, 6, 1);
    INSERT OR IGNORE INTO rosters (host, localpart) VALUES ('example.org', 'anna');
    INSERT INTO roster_items (roster, contact, nickname, subscription, ask, groups, overrides, version, approved)
        SELECT id, held.* FROM rosters, (VALUES
        ('gone@example.net', 'x', -1, 0, '[]', 0, 40, 0),
        ('odd@example.net', 'bell ' || char(7), 0, 0, '[\"a\\u0001\"]', 0, 41, 0),
        ('over@example.net', ' tab\t<&\"''', 2, 0, '[\"\",\"ü\\n\"]', 1, 42, 0),
        ('early@example.net', ' tab\t<&\"''\n', 0, 0, '[\"\",\"ü\\n\"]', 0, 43, 1)) AS held WHERE localpart = 'anna' AND host = 'example.org';
    UPDATE counters SET value = 77;
    INSERT INTO roster_tombstones SELECT id, 'removed@example.net', 39 FROM rosters WHERE localpart = 'anna';
    INSERT OR REPLACE INTO vcards VALUES
        ('example.org', 'carl', '<vCard xmlns=\"vcard-temp\"><!-- a comment --><FN>Carl</FN></vCard>'),
        ('example.net', 'mary', '<vCard xmlns=\"vcard-temp\"><FN a=''1''  >M</FN><X/><![CDATA[<>]]></vCard>'),
        ('example.org', 'bert', '<other/>');
    INSERT INTO offline_messages (account, at, stanza, bytes, archive_id)
        SELECT id, 1000, '<message xmlns=''jabber:client''><delay xmlns=''urn:xmpp:delay'' stamp=''1999-01-01T00:00:00Z''/></message>', 98, 'a7' FROM accounts WHERE localpart = 'mary';
    INSERT INTO offline_messages (account, at, stanza, bytes)
        SELECT accounts.id, value, CASE value WHEN 2 THEN 'no xml' ELSE '<message xmlns=''jabber:client''/>' END, 9
        FROM accounts, json_each('[1,2,3]') WHERE localpart = 'bert';
    UPDATE offline_messages SET bytes = octet_length(stanza);
    INSERT INTO private_xml (account, namespace, name, xml, bytes) SELECT id, 'u', 'x', 'no xml', 6 FROM accounts WHERE localpart = 'mary';
    INSERT INTO subscription_requests SELECT id, 'b@example.net', 9, 'no xml' FROM accounts WHERE localpart = 'mary';
    INSERT INTO blocked_addresses SELECT id, 'spam.example' FROM accounts WHERE localpart = 'mary';
    INSERT INTO archive_preferences SELECT id, 2, '[]', '[\"spam.example\"]' FROM accounts WHERE localpart = 'mary';
    INSERT INTO archives (id, account) SELECT 50, id FROM accounts WHERE localpart = 'mary';
    INSERT INTO archives (id, account) SELECT 40, id FROM accounts WHERE localpart = 'anna';
    INSERT INTO archive_bodies VALUES (7000000001, 5, 2, '<message/>'), (7000000002, 5, 1, 'second'), (7000000003, 5, 0, 'of nobody');
    INSERT INTO archive_entries (archive, seq, contact, resource, address_visible) VALUES (50, 7000000001, 'anna@example.org', 'r', 1), (40, 7000000001, 'mary@example.net', NULL, 1),
        (40, 7000000002, 'mary@example.net', NULL, 0);
    DELETE FROM archive_bodies WHERE entries = 0;
    INSERT INTO room_profiles SELECT id, 'de', 'node', 'moderator' FROM rooms;
    INSERT OR REPLACE INTO room_subjects SELECT id, 5, '<message/>' FROM rooms;
    UPDATE room_affiliations SET reason = 'worthy';
    INSERT INTO room_vcards SELECT id, '<vCard xmlns=\"vcard-temp\"/>', '' FROM rooms;
    INSERT INTO room_nicknames SELECT id, 'mary@example.net', 'Mary' FROM rooms;
    INSERT INTO retired_rooms SELECT id, 'old' FROM room_services WHERE host = 'example.org';
    INSERT INTO properties VALUES ('a.deleted', NULL), ('a.bell', char(7));
    UPDATE settings SET value = 'potato' WHERE key = 'openfire.secret';
    INSERT INTO capabilities VALUES ('sha-1', 'h', '<query/>', 1);
    INSERT INTO pubsub_nodes (id, service, name, creator, created, config)
        VALUES (1, 'pubsub.example.org', 'n', 'mary@example.net', 7, '{}'), (2, 'mary@example.net', 'm', 'mary@example.net', 8, '{}');
    INSERT INTO pubsub_affiliations VALUES (1, 'mary@example.net', 'owner'), (2, 'mary@example.net', 'owner');
    INSERT INTO pubsub_subscriptions VALUES (1, 's', 'anna@example.org', NULL, 'subscribed', '{}');
    INSERT INTO pubsub_items (node, id, publisher, at, payload, bytes)
        VALUES (2, 'i', 'mary@example.net', 9, '<a/>', 5), (1, 'j', 'mary@example.net', 9, NULL, 1);
    INSERT INTO uploads SELECT value, accounts.id, 'a.txt', 5, 'text/plain', x'', 2, 4102444800000
        FROM accounts, json_each('[\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\"]') WHERE localpart = 'mary';
";

/// The ids of the files that mary has uploaded.
const FILES: [&str; 2] = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"];

/// A database with something in every table, and the files that it speaks of.
fn furnished() -> Place {
    let place = Place::new();
    let dump = format!(
        "{}/fixtures/openfire/migration/mysqldump.sql",
        env!("CARGO_MANIFEST_DIR")
    );
    place.done(&["import", "--set", DOMAIN, "--set", HOSTS, "openfire", &dump]);
    place.serve(&["serve", "--set", DOMAIN, "--set", HOSTS]).stop();
    Connection::open(place.data("firekeeper.db"))
        .unwrap()
        .execute_batch(ODDITIES)
        .unwrap();
    fs::create_dir_all(place.data("uploads")).unwrap();
    for id in FILES {
        fs::write(place.data("uploads").join(id), "hello").unwrap();
    }
    place
}

/// Everything in a database, with names in the place of numbers that mean nothing elsewhere.
fn content(database: &Path) -> Vec<String> {
    let connection = Connection::open(database).unwrap();
    let names = |sql: &str| -> Vec<String> {
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let mut lines = Vec::new();
    for table in names("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY 1") {
        if table == "capabilities" {
            continue;
        }
        let columns: Vec<_> = names(&format!("SELECT name FROM pragma_table_info('{table}')"))
            .into_iter()
            .filter_map(|column| match column.as_str() {
                "id" if !matches!(table.as_str(), "archives" | "audit_log") => None,
                "account" => {
                    Some("(SELECT host || '/' || localpart FROM accounts WHERE id = outer.account)".to_owned())
                }
                "group" => Some("(SELECT host || '/' || name FROM groups WHERE id = outer.\"group\")".to_owned()),
                "service" => {
                    Some("(SELECT host || '/' || name FROM room_services WHERE id = outer.service)".to_owned())
                }
                "room" => Some(
                    "(SELECT host || '/' || room_services.name || '/' || rooms.name FROM rooms \
                     JOIN room_services ON room_services.id = service WHERE rooms.id = outer.room)"
                        .to_owned(),
                ),
                _ => Some(format!("outer.\"{column}\"")),
            })
            .map(|column| format!("quote({column})"))
            .collect();
        let sql = format!("SELECT {} FROM \"{table}\" AS outer", columns.join(" || ' | ' || "));
        let mut rows = names(&sql);
        rows.sort();
        lines.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
    }
    // Written by the import itself.
    lines.retain(|line| !(line.starts_with("audit_log") && line.contains("imported ") && !line.contains("mysqldump")));
    lines
}

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

/// Imports what stands in another place.
fn import(from: &Place, name: &str) -> Place {
    let place = Place::new();
    let path = from.path().join(name);
    place.done(&["import", "--set", DOMAIN, "--set", HOSTS, path.to_str().unwrap()]);
    place
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

const FOREIGN: &str = "<?xml version='1.0'?>
<server-data xmlns='urn:xmpp:pie:0'>
 <host jid='example.org'>
  <user name='Juliet' password='s3crEt &amp; more'>
   <query xmlns='jabber:iq:roster'>
    <item jid='romeo@montague.example' name='Romeo' subscription='both'><group>Friends</group></item>
    <item jid='@broken' subscription='both'/>
   </query>
   <offline-messages><message xmlns='jabber:client' from='romeo@montague.example/orchard' to='juliet@example.org'>
     <body>Neither, fair saint</body><delay xmlns='urn:xmpp:delay' stamp='1469-07-21T00:32:29Z'/></message></offline-messages>
   <vCard xmlns='vcard-temp'><FN>Juliet</FN></vCard>
   <query xmlns='jabber:iq:privacy'><list name='l'/></query>
   <pubsub xmlns='http://jabber.org/protocol/pubsub#owner'><configure node='urn:xmpp:mood'><x xmlns='jabber:x:data' type='submit'>
     <field var='pubsub#access_model'><value>open</value></field><field var='unknown'><value>1</value></field></x></configure>
     <affiliations node='urn:xmpp:mood'><affiliation jid='romeo@montague.example' affiliation='member'/></affiliations>
     <subscriptions node='urn:xmpp:mood'><subscription jid='romeo@montague.example' subscription='subscribed'/></subscriptions></pubsub>
   <pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='urn:xmpp:mood'><item id='1'><mood xmlns='urn:x'/></item></items></pubsub>
   <archive xmlns='urn:xmpp:pie:0#mam'><result xmlns='urn:xmpp:mam:2' id='1'>x</result></archive>
  </user>
  <user name='scram'>
   <scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-512'><iter-count>1</iter-count></scram-credentials>
   <scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-1'><iter-count>4096</iter-count>
     <salt>T1G/Yq+hQIi8o2lDdJjGLwJSpXknxcFe</salt><server-key>eriGjBvZauverSVlZVSO7YMHTWA=</server-key>
     <stored-key>6iqHIkAaSkVIUjbfKvNfg42Wn7U=</stored-key></scram-credentials>
  </user>
  <user name='two words'/>
 </host>
</server-data>";

#[test]
fn the_people_of_another_server_come_in() {
    let place = Place::new();
    fs::write(place.path().join("people.xml"), FOREIGN).unwrap();
    let said = place.done(&["import", "--set", DOMAIN, "people.xml"]);
    for part in [
        "skipped of the accounts: two words",
        "skipped of the contacts: juliet@example.org",
        "skipped of the keys: scram@example.org: \"SCRAM-SHA-512\"",
        "jabber:iq:privacy",
        "taken: 2 accounts, 1 contacts, 1 offline messages, 4 published nodes and items, 1 vCards",
        "1 parts of archives",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let published: String = Connection::open(place.data("firekeeper.db"))
        .unwrap()
        .query_row(
            "SELECT config ->> '$.pubsub#access_model[0]' || payload FROM pubsub_nodes JOIN pubsub_items ON node = pubsub_nodes.id",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!(published.starts_with("open<mood"), "{published}");
    let others: String = Connection::open(place.data("firekeeper.db"))
        .unwrap()
        .query_row(
            "SELECT affiliation || state FROM pubsub_affiliations JOIN pubsub_subscriptions USING (node) \
             WHERE address = subscriber AND address = 'romeo@montague.example'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(others, "membersubscribed");
    let again = place.run(&["import", "--set", DOMAIN, "people.xml"]);
    assert_fails(&again, 1, &["juliet@example.org", "exists already", "--existing"]);
    let kept = place.done(&["import", "--set", DOMAIN, "people.xml", "--existing=keep"]);
    assert!(kept.contains("taken: nothing"), "{kept}");
}

#[test]
fn people_are_added_to_those_who_are_there() {
    let (old, new) = (furnished(), Place::new());
    old.done(&["export", "--set", DOMAIN, "all.xml"]);
    let hosts = ["--set", DOMAIN, "--set", HOSTS];
    new.done(
        &[
            &[
                "account",
                "create",
                "anna@example.org",
                "--password",
                "x",
                "--name",
                "Mine",
            ],
            &hosts[..],
        ]
        .concat(),
    );
    let path = old.path().join("all.xml");
    let import = |existing: &str| {
        let arguments = [&["import", path.to_str().unwrap(), existing], &hosts[..]].concat();
        new.done(&arguments)
    };
    let list = || new.done(&[&["account", "list"], &hosts[..]].concat());
    assert_fails(
        &new.run(&[&["import", path.to_str().unwrap()], &hosts[..]].concat()),
        1,
        &["anna@example.org", "exists already"],
    );
    import("--existing=keep");
    assert!(
        list().contains("anna@example.org\tMine\t") && list().contains("bert@example.org"),
        "{}",
        list()
    );
    let rooms = |place: &Place| -> Vec<String> {
        content(&place.data("firekeeper.db"))
            .into_iter()
            .filter(|line| line.starts_with("room_affiliations") || line.starts_with("groups"))
            .collect()
    };
    assert_eq!(rooms(&old), rooms(&new));
    import("--existing=replace");
    assert!(
        list().contains("anna@example.org\tAnna\tanna@example.org"),
        "{}",
        list()
    );
    assert_eq!(rooms(&old), rooms(&new));
}

#[test]
fn files_that_cannot_be_read_to_their_end_change_nothing() {
    let (old, new) = (furnished(), Place::new());
    old.done(&["export", "--set", DOMAIN, "all.xml"]);
    new.done(&[
        "account",
        "create",
        "me@example.org",
        "--password",
        "x",
        "--set",
        DOMAIN,
        "--set",
        HOSTS,
    ]);
    let before = fs::read(new.data("firekeeper.db")).unwrap();
    let document = fs::read_to_string(old.path().join("all.xml")).unwrap();
    let rows = fs::read_to_string(old.path().join("all.jsonl")).unwrap();
    let refused = |document: &str, rows: &str, parts: &[&str]| {
        fs::write(new.path().join("bad.xml"), document).unwrap();
        fs::write(new.path().join("bad.jsonl"), rows).unwrap();
        let output = new.run(&["import", "--set", DOMAIN, "--set", HOSTS, "bad.xml"]);
        assert_fails(&output, 1, parts);
        assert_eq!(fs::read(new.data("firekeeper.db")).unwrap(), before);
    };
    refused(&document[..document.len() / 2], &rows, &["bad.xml", "byte"]);
    refused(
        &document.replace("jid='example.net'", "jid='else.example'"),
        &rows,
        &["else.example", "server.hosts"],
    );
    let with = |line: &str| format!("{line}\n{rows}");
    let cut = rows.trim_end().rsplit_once('\n').unwrap().0;
    refused(&document, &format!("{cut}\n"), &["bad.jsonl", "ends too early"]);
    refused(&document, "", &["bad.jsonl", "ends too early"]);
    refused(&document, &with("{"), &["bad.jsonl", "line 1"]);
    refused(&document, &with("{\"key\":\"x\"}"), &["bad.jsonl", "line 1", "table"]);
    refused(&document, &with("{\"table\":\"nonsense\"}"), &["line 1", "nonsense"]);
    refused(
        &document,
        &with("{\"table\":\"properties\",\"kye\":1}"),
        &["line 1", "kye"],
    );
    refused(
        &document,
        &with("{\"table\":\"properties\",\"key\":[]}"),
        &["line 1", "neither null"],
    );
    assert_fails(&new.run(&["import", "--set", DOMAIN, "none.xml"]), 1, &["none.xml"]);
}

/// What a node of mary's is like in a place.
fn node_of_mary(place: &Place) -> String {
    Connection::open(place.data("firekeeper.db"))
        .unwrap()
        .query_row(
            "SELECT service || name || config || affiliation || id || publisher || payload FROM pubsub_items \
             JOIN pubsub_affiliations USING (node) JOIN (SELECT id AS node, service, name, config FROM pubsub_nodes) \
             USING (node) WHERE name = 'm'",
            [],
            |row| row.get(0),
        )
        .unwrap()
}

#[test]
fn what_people_published_comes_back_from_the_document_alone() {
    let old = furnished();
    old.done(&["export", "--set", DOMAIN, "all.xml"]);
    fs::remove_file(old.path().join("all.jsonl")).unwrap();
    let new = import(&old, "all.xml");
    let found = node_of_mary(&new);
    assert!(
        found.starts_with("mary@example.netm{") && found.ends_with("}ownerimary@example.net<a/>"),
        "{found}"
    );
}

#[test]
fn an_uploaded_file_comes_with_its_row_or_not_at_all() {
    let old = furnished();
    fs::remove_file(old.data("uploads").join(FILES[0])).unwrap();
    let said = old.done(&["export", "--set", DOMAIN, "all.xml"]);
    assert!(said.contains("uploaded files are in all.uploads"), "{said}");
    let rows = fs::read_to_string(old.path().join("all.jsonl")).unwrap();
    assert!(!rows.contains(FILES[0]) && rows.contains(FILES[1]), "{rows}");
    let path = old.path().join("all.xml");
    let import = |place: &Place, more: &[&str]| {
        let arguments = ["import", "--set", DOMAIN, "--set", HOSTS, path.to_str().unwrap()];
        place.done(&[&arguments[..], more].concat())
    };
    let new = Place::new();
    import(&new, &["--dry-run"]);
    assert!(!new.data("uploads").exists());
    import(&new, &[]);
    assert!(new.data("uploads").join(FILES[1]).exists());
    fs::remove_dir_all(old.path().join("all.uploads")).unwrap();
    let said = import(&Place::new(), &[]);
    assert!(said.contains(FILES[1]) && said.contains("all.uploads"), "{said}");
}

#[test]
fn an_import_that_fails_leaves_no_uploaded_files() {
    let old = furnished();
    old.done(&["export", "--set", DOMAIN, "all.xml"]);
    let rows = old.path().join("all.jsonl");
    let text = fs::read_to_string(&rows).unwrap() + "{\n";
    fs::write(&rows, text).unwrap();
    let new = Place::new();
    let path = old.path().join("all.xml");
    let output = new.run(&["import", "--set", DOMAIN, "--set", HOSTS, path.to_str().unwrap()]);
    assert_fails(&output, 1, &["all.jsonl"]);
    assert_eq!(fs::read_dir(new.data("uploads")).unwrap().count(), 0);
    assert_eq!(fs::read_dir(old.path().join("all.uploads")).unwrap().count(), 2);
}
