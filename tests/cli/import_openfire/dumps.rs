//! Dumps of MySQL and PostgreSQL.

use super::*;

#[test]
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
        rows(&place, "SELECT key, value FROM properties"),
        ["app.motd|line one\nline \\ two"]
    );
    assert_eq!(
        rows(&place, "SELECT summary FROM audit_log ORDER BY id LIMIT 1"),
        ["imported mysqldump.sql"]
    );
}

#[test]
fn the_people_of_mysql_are_as_they_were() {
    let place = Place::new();
    import(&place, "mysqldump.sql");
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
}

#[test]
fn the_groups_and_rooms_of_mysql_are_as_they_were() {
    let place = Place::new();
    import(&place, "mysqldump.sql");
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
            "SELECT affiliation, address FROM room_affiliations JOIN rooms ON id = room WHERE name = 'kitchen' ORDER BY address"
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
        rows(&place, "SELECT address, nickname FROM room_nicknames"),
        ["bert@example.org|Berty"]
    );
}

#[test]
fn who_becomes_the_owner_of_a_room_without_one_is_nothing_else_there() {
    let place = Place::new();
    let members = "INSERT INTO `ofMucMember` VALUES (";
    let dump = fs::read_to_string(fixture("mysqldump.sql")).unwrap();
    let with_admin = format!("{members}13,'admin@example.org',NULL,NULL,NULL,NULL,NULL,NULL),(");
    let path = written(&place, "orphan.sql", &dump.replace(members, &with_admin));
    place.done(&["import", "--set", DOMAIN, "openfire", path.to_str().unwrap()]);
    assert_eq!(
        rows(
            &place,
            "SELECT affiliation, address FROM room_affiliations JOIN rooms ON id = room WHERE name = 'orphan'"
        ),
        ["owner|admin@example.org"]
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
