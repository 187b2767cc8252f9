//! `import openfire FILE`: people move in with all they have, and every password keeps working.

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

#[test]
fn every_password_of_the_embedded_database_keeps_working() {
    let place = Place::new();
    let said = import(&place, "openfire.script");
    assert!(said.contains("9 accounts") && said.contains("3 rooms"), "{said}");
    let service = serve(&place);
    for (name, password) in [
        ("admin", "admin"),
        ("jane", "secret"),
        ("john", "secret"),
        ("kim", "pw-kim"),
        ("lee", "pw-lee"),
        ("ülrik", "pw-ü"),
        ("o\\27hara", "pw-o"),
        ("noname", "pw-n"),
    ] {
        assert_eq!(service.status(name, password), 200, "{name}");
        assert_eq!(service.status(name, "wrong"), 401, "{name}");
    }
    assert_eq!(service.status("locked", "pw-locked"), 401);
    assert_eq!(service.service.stop(), Some(0));
    // Who showed the password has keys for SHA-256 now, and the old ones for SHA-1.
    assert_eq!(
        rows(
            &place,
            "SELECT localpart, sha1_iterations, sha256_iterations FROM accounts WHERE localpart IN ('kim', 'locked') ORDER BY 1"
        ),
        ["kim|4096|10000", "locked|4096|-"]
    );
    let service = serve(&place);
    assert_eq!(service.status("kim", "pw-kim"), 200);
}

#[test]
fn the_people_of_the_embedded_database_are_as_they_were() {
    let place = Place::new();
    import(&place, "openfire.script");
    let service = serve(&place);
    let kim = service.seen("users/kim");
    for part in [
        "<name>Kim Öztürk</name>",
        "<email>kim@example.org</email>",
        "key=\"team\" value=\"blue\"",
    ] {
        assert!(kim.contains(part), "{kim}");
    }
    assert!(service.seen("users/lee").contains("<name>Lee \"L\" O'Hara</name>"));
    assert!(service.seen("users/%C3%BClrik").contains("value=\"line1&#10;line2\""));
    assert_eq!(
        rows(
            &place,
            "SELECT localpart, \"from\", until FROM lockouts JOIN accounts ON id = account"
        ),
        ["locked|-|-"]
    );
    let roster = service.seen("users/kim/roster");
    for part in [
        "<jid>lee@example.org</jid><nickname>Lee &amp; co</nickname><subscriptionType>3</subscriptionType>",
        "<group>Friends</group><group>Work</group>",
        "<jid>far@example.net</jid>",
        "<group>Elsewhere</group>",
        "<jid>jane@example.org</jid>",
    ] {
        assert!(roster.contains(part), "{part}: {roster}");
    }
    let vcard =
        "<vCard xmlns=\"vcard-temp\"><FN>Kim</FN><N><FAMILY>Öztürk</FAMILY></N><NOTE>It's &lt;ok&gt;</NOTE></vCard>";
    assert!(service.seen("users/kim/vcard").ends_with(vcard));
    assert_eq!(
        rows(
            &place,
            "SELECT created, modified FROM accounts WHERE localpart = 'admin'"
        ),
        ["1795276304419|1795276304419"]
    );
}

#[test]
fn the_groups_and_rooms_of_the_embedded_database_are_as_they_were() {
    let place = Place::new();
    let said = import(&place, "openfire.script");
    let service = serve(&place);
    let staff = service.seen("groups/staff");
    for part in [
        "<description>The staff</description>",
        "<shared>true</shared>",
        "<admin>jane@example.org</admin>",
        "<member>far@example.net</member>",
    ] {
        assert!(staff.contains(part), "{part}: {staff}");
    }
    let other = service.seen("groups/a%20group");
    assert!(
        other.contains("with a blank, 'quotes' and ü") && other.contains("<shared>false</shared>"),
        "{other}"
    );
    let lobby = service.seen("chatrooms/lobby");
    for part in [
        "<naturalName>The Lobby</naturalName>",
        "<subject>Welcome</subject>",
        "<maxUsers>30</maxUsers>",
        "<owner>kim@example.org</owner>",
        "<admin>lee@example.org</admin>",
        "<member>jane@example.org</member>",
        "<outcast>bad@example.net</outcast>",
        "<memberGroup>staff</memberGroup>",
        "<broadcastPresenceRole>moderator</broadcastPresenceRole><broadcastPresenceRole>participant</broadcastPresenceRole><broadcastPresenceRole>visitor</broadcastPresenceRole>",
    ] {
        assert!(lobby.contains(part), "{part}: {lobby}");
    }
    let vault = service.seen("chatrooms/vault");
    for part in [
        "<password>open sesame</password>",
        "<moderated>true</moderated>",
        "<membersOnly>true</membersOnly>",
        "<publicRoom>false</publicRoom>",
        "<allowPM>moderators</allowPM>",
    ] {
        assert!(vault.contains(part), "{part}: {vault}");
    }
    assert!(!vault.contains("<subject>"), "{vault}");
    assert!(
        service
            .seen("chatrooms/bench?servicename=lab")
            .contains("<owner>lee@example.org</owner>")
    );
    assert_eq!(
        rows(
            &place,
            "SELECT name, description, hidden FROM room_services WHERE host <> '' ORDER BY name"
        ),
        ["conference|-|0", "lab|Laboratory|1"]
    );
    let properties = service.seen("system/properties");
    assert!(properties.contains("key=\"app.color\" value=\"green\""), "{properties}");
    assert!(!properties.contains("potato"), "{properties}");
    assert!(said.contains("plugin.restapi.secret"), "{said}");
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "one dump with all that can be wrong, and what is said of each"
)]
fn a_dump_of_mysql_is_taken_and_what_is_left_is_named() {
    let place = Place::new();
    let said = import(&place, "mysqldump.sql");
    for part in [
        "skipped of the accounts: two words",
        "carl@example.org: nobody can log in until it gets a new password",
        "skipped of the contacts: anna@example.org: address",
        "skipped of the vCards: bert@example.org",
        "skipped of the offline messages: nobody@example.org: there is no such account",
        "skipped of the offline messages: anna@example.org: stanza",
        "skipped of the private XML: bert@example.org",
        "skipped of the chat services: not legal",
        "skipped of the rooms: nowhere: its chat service is not in the file",
        "skipped of the affiliations: kitchen@conference.example.org",
        "skipped of the group members: friends",
        "friends: it was shared with the groups plain, everyone",
        "orphan@conference.example.org: it has no owner, so admin@example.org becomes one",
        "skipped of the tables: ofprivacylist: 1 records",
        "skipped of the tables: ofsecurityauditlog: 2 records",
        "skipped of the properties: ldap.adminPassword: it is a secret",
        "skipped of the properties: passwordKey: it is a secret",
    ] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    assert!(!said.contains("hunter2") && !said.contains("tc4kK2mJ3bVhz9q"), "{said}");
    assert_eq!(
        said.lines().last().unwrap(),
        "taken: 3 accounts, 1 chat services, 4 contacts, 3 groups, 2 last activities, 2 messages of rooms, \
         2 offline messages, 1 private XML, 1 properties, 2 rooms, 2 subscription requests, 2 vCards; \
         skipped: 1 accounts, 1 affiliations, 1 chat services, 1 contacts, 1 group members, 1 messages of rooms, \
         2 offline messages, 1 private XML, 4 properties, 1 rooms, 2 tables, 1 vCards"
    );
    let service = serve(&place);
    assert_eq!(service.status("anna", "pw-anna ü"), 200);
    assert_eq!(service.status("bert", "b'e\\rt"), 200);
    service.service.stop();
    assert_eq!(
        rows(&place, "SELECT address, nickname FROM room_nicknames"),
        ["bert@example.org|Berty"]
    );
    assert_eq!(
        rows(
            &place,
            "SELECT localpart, \"from\", until FROM lockouts JOIN accounts ON id = account"
        ),
        ["carl|1390000000000|4000000000000"]
    );
    assert_eq!(
        rows(
            &place,
            "SELECT localpart, contact, nickname, subscription, ask, groups \
             FROM rosters JOIN roster_items ON roster = id ORDER BY 1, 2"
        ),
        [
            "anna|asked@example.net|-|0|1|[]",
            "anna|bert@example.org|Bert|3|0|[\"First\",\"Second\"]",
            "anna|both-ways@example.net|B|1|0|[]",
            "ldap.person|anna@example.org|Anna|2|0|[]",
        ]
    );
    assert_eq!(
        rows(
            &place,
            "SELECT sender, stanza FROM subscription_requests ORDER BY sender"
        ),
        [
            "asks@example.net|<presence xmlns='jabber:client' type='subscribe' from='asks@example.net' to='anna@example.org'/>",
            "both-ways@example.net|<presence xmlns='jabber:client' type='subscribe' from='both-ways@example.net' to='anna@example.org'/>",
        ]
    );
    assert_eq!(
        rows(
            &place,
            "SELECT localpart, value FROM account_properties JOIN accounts ON id = account"
        ),
        ["anna|C:\\\\temp\\n"]
    );
    assert_eq!(
        rows(&place, "SELECT at, stanza FROM offline_messages ORDER BY id"),
        [
            "1400000010000|<message xmlns='jabber:client' from='bert@example.org/x' to='anna@example.org' type='chat'><body>wait &amp; see</body></message>",
            "1400000020000|<message xmlns='jabber:client' from='bert@example.org/x' to='anna@example.org'><body>two\nlines</body></message>",
        ]
    );
    assert_eq!(
        rows(
            &place,
            "SELECT localpart, at, status FROM last_activity JOIN accounts ON id = account ORDER BY 1"
        ),
        ["anna|1400000005000|gone home", "bert|1400000006000|-"]
    );
    assert_eq!(
        rows(&place, "SELECT namespace, name FROM private_xml"),
        ["storage:bookmarks|storage"]
    );
    assert_eq!(
        rows(
            &place,
            "SELECT name, sharing, display_name, (SELECT group_concat(key || '=' || value) FROM group_properties WHERE \"group\" = id) FROM groups ORDER BY 1"
        ),
        [
            "everyone|2|Our People|color=red",
            "friends|1|friends|-",
            "plain|0|plain|-"
        ]
    );
    assert_eq!(
        rows(
            &place,
            "SELECT address, admin FROM group_members JOIN groups ON id = \"group\" WHERE name = 'friends' ORDER BY 1"
        ),
        ["anna@example.org|1", "zoe@example.net|0"]
    );
    assert_eq!(
        rows(
            &place,
            "SELECT subject, password, max_occupants, broadcast_roles, created, modified FROM rooms WHERE name = 'kitchen'"
        ),
        ["What's cooking|soup|25|moderator participant|1390000000000|1390000005000"]
    );
    assert_eq!(
        rows(
            &place,
            "SELECT affiliation, address FROM room_affiliations JOIN rooms ON id = room WHERE name = 'kitchen' ORDER BY position"
        ),
        [
            "owner|anna@example.org",
            "member|bert@example.org",
            "outcast|troll@example.net"
        ]
    );
    assert_eq!(
        rows(
            &place,
            "SELECT at, contact, resource, address_visible, stanza FROM archive_entries JOIN archive_bodies USING (seq) ORDER BY seq"
        ),
        [
            "1400000000000|anna@example.org|desk|0|<message xmlns='jabber:client' type='groupchat' from='kitchen@conference.example.org/Anna'><body>first 😀 &amp; &lt;last&gt;</body></message>",
            "1400000001000|bert@example.org|-|0|<message xmlns='jabber:client' type='groupchat' from='kitchen@conference.example.org/Bert'><body>second</body></message>",
        ]
    );
    assert_eq!(
        rows(&place, "SELECT key, value FROM properties"),
        ["app.motd|line one\nline \\ two"]
    );
    assert_eq!(
        rows(&place, "SELECT summary FROM audit_log ORDER BY id LIMIT 1"),
        ["imported mysqldump.sql"]
    );
}

#[test]
fn a_dump_of_postgresql_is_taken() {
    let place = Place::new();
    let said = import(&place, "pg_dump.sql");
    assert!(said.contains("app.token: it is encrypted"), "{said}");
    let service = serve(&place);
    let kim = service.seen("users/kim");
    assert!(
        kim.contains("<name>Kim O'Hara \\n</name>") && kim.contains("value=\"two&#10;lines\""),
        "{kim}"
    );
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
