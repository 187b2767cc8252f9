//! `import` of exports, and of the people of other servers, into places where there may be somebody already.

use std::fs;

use rusqlite::Connection;

use super::furnished::{DOMAIN, FILES, HOSTS, content, furnished, import};
use super::place::{Place, assert_fails};

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
    let inhabited = Place::new();
    inhabited.done(&[
        "account",
        "create",
        "kim@example.org",
        "--password",
        "x",
        "--set",
        DOMAIN,
    ]);
    import(&inhabited, &["--dry-run", "--existing=keep"]);
    assert!(!inhabited.data("uploads").join(FILES[1]).exists());
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
