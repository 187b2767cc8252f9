//! A place with something in every table, and new places into which its exports are brought;
//! and all that a place holds, to be compared.

use std::{fs, path::Path};

use rusqlite::Connection;

use super::place::Place;

pub const DOMAIN: &str = "server.domain=example.org";
pub const HOSTS: &str = "server.hosts=[\"example.net\"]";

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
pub const FILES: [&str; 2] = ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"];

/// A database with something in every table, and the files that it speaks of.
pub fn furnished() -> Place {
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

/// Imports what stands in another place.
pub fn import(from: &Place, name: &str) -> Place {
    let place = Place::new();
    let path = from.path().join(name);
    place.done(&["import", "--set", DOMAIN, "--set", HOSTS, path.to_str().unwrap()]);
    place
}

/// Everything in a database, with names in the place of numbers that mean nothing elsewhere.
pub fn content(database: &Path) -> Vec<String> {
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
