use std::collections::BTreeSet;

use rusqlite::params;

use super::*;
use crate::domain::address::{Address, Localpart};
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::group::GroupContent;
use crate::domain::page::PageRequest;
use crate::domain::room::{RoomFarewell, RoomPlace};
use crate::domain::secret::Secret;
use crate::storage::clearing::clear_some;
use crate::storage::snapshot::Snapshot;
use crate::storage::testing::{TestStore, account, assert_no_scan_and_no_sort, host, insert_account, insert_room};
use crate::storage::{account_moves, group_members, groups, portable, properties, room_affiliations, rooms, rosters};

/// More than fit into a slice, of each kind.
const MANY: i64 = 1200;

const TABLES: [&str; 6] = [
    "offline_messages",
    "blocked_addresses",
    "roster_items",
    "group_members",
    "room_affiliations",
    "room_nicknames",
];

/// An account, a group and a room with many rows each.
async fn filled() -> TestStore {
    let test = TestStore::with_accounts(&["jane"]).await;
    test.write(|transaction| {
        groups::insert(transaction, &host(), &GroupContent::empty("group"))?;
        insert_room(transaction, "room");
        for sql in [
            "INSERT INTO rosters (host, localpart) VALUES ('example.org', 'jane')",
            "INSERT INTO roster_items (roster, contact) SELECT id, 'c' || n FROM rosters, numbers",
            "INSERT INTO offline_messages (account, at, stanza, bytes) SELECT id, n, '', 0 FROM accounts, numbers",
            "INSERT INTO blocked_addresses (account, address) SELECT id, 'b' || n FROM accounts, numbers",
            "INSERT INTO group_members (\"group\", address) SELECT id, 'm' || n FROM groups, numbers",
            "INSERT INTO room_affiliations (room, position, affiliation, address) \
             SELECT id, n, 'owner', 'a' || n FROM rooms, numbers",
            "INSERT INTO room_nicknames (room, address, nickname) SELECT id, 'a' || n, n FROM rooms, numbers",
        ] {
            let numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers LIMIT 1200) ";
            transaction.execute(&format!("{numbers}{sql}"), []).map_err(failure)?;
        }
        Ok(())
    })
    .await
    .unwrap();
    for table in TABLES {
        assert_eq!(count(&test, table).await, MANY, "{table}");
    }
    test
}

async fn count(test: &TestStore, table: &'static str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    test.read(move |connection| connection.query_row(&sql, [], |row| row.get(0)).map_err(failure))
        .await
}

fn room() -> RoomPlace {
    RoomPlace {
        host: host(),
        service: "conference".to_owned(),
        name: Localpart::from_stored("room"),
    }
}

fn admin() -> Address {
    Address::from_stored("admin@example.org")
}

async fn remove_all(test: &TestStore) {
    test.write(|transaction| account_moves::remove(transaction, &account("jane"), &admin()))
        .await
        .unwrap();
    test.write(|transaction| groups::remove(transaction, &host(), "group"))
        .await
        .unwrap();
    test.write(|transaction| rooms::remove(transaction, &room(), &RoomFarewell::default()))
        .await
        .unwrap();
}

async fn sweep(test: &TestStore) -> usize {
    let mut slices = 0;
    while test.write(clear_some).await.unwrap() {
        slices += 1;
    }
    slices
}

async fn assert_swept(test: &TestStore) {
    for table in TABLES.into_iter().chain(["accounts", "groups", "rooms", "rosters"]) {
        assert_eq!(count(test, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn what_is_removed_is_gone_at_once_though_rows_of_it_are_there() {
    let test = filled().await;
    remove_all(&test).await;
    assert_eq!(count(&test, "group_members").await, MANY - 500);
    test.read(|connection| {
        let page = PageRequest::first();
        assert!(groups::list(connection, &host(), &page)?.items.is_empty());
        assert!(
            group_members::list_of(connection, &host(), &Address::from_stored("m1200"), &page)?
                .items
                .is_empty()
        );
        assert!(rosters::list(connection, &account("jane"), &page)?.items.is_empty());
        assert!(rooms::find(connection, &room()).is_err());
        room_affiliations::check_ownerships(connection, &Address::from_stored("a1200"), 1)
    })
    .await;
    sweep(&test).await;
    assert_swept(&test).await;
}

#[tokio::test]
async fn a_file_of_everything_has_nothing_of_it() {
    let test = filled().await;
    remove_all(&test).await;
    let path = test.store().path().to_owned();
    tokio::task::spawn_blocking(move || {
        let snapshot = Snapshot::open(&path).unwrap();
        assert_eq!(snapshot.count_accounts().unwrap(), 0);
        portable::people(&snapshot, |person| panic!("{:?}", person.address)).unwrap();
        for table in portable::all_tables() {
            let is_of_service = matches!(table.name, "hosts" | "settings" | "room_services" | "counters");
            table
                .each(&snapshot, |row| {
                    assert!(is_of_service, "{}: {row:?}", table.name);
                    assert_ne!(row.get("host").or(row.get("name")), Some(&"".into()), "{}", table.name);
                    Ok(())
                })
                .unwrap();
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn what_is_made_anew_has_nothing_of_it() {
    let test = filled().await;
    remove_all(&test).await;
    test.write(|transaction| {
        insert_account(transaction, "jane")?;
        groups::insert(transaction, &host(), &GroupContent::empty("group"))?;
        insert_room(transaction, "room");
        let room = rooms::locate(transaction, &room())?;
        let owner = [Affiliate::User(admin())];
        room_affiliations::add(transaction, &room, Affiliation::Owner, &owner).map(drop)
    })
    .await
    .unwrap();
    let check = async || {
        test.read(|connection| {
            let of_roster = rosters::list(connection, &account("jane"), &PageRequest::first())?;
            assert!(of_roster.items.is_empty());
            assert!(groups::find(connection, &host(), "group")?.unwrap().members.is_empty());
            assert_eq!(rooms::find(connection, &room())?.affiliations.len(), 1);
            crate::storage::offline::count(connection, &account("jane")).map(|count| assert_eq!(count, 0))
        })
        .await;
    };
    check().await;
    sweep(&test).await;
    check().await;
    assert_eq!(count(&test, "accounts").await, 1);
    assert_eq!(count(&test, "room_affiliations").await, 1);
}

#[tokio::test]
async fn others_are_served_between_the_slices_and_a_restart_goes_on() {
    let mut test = filled().await;
    remove_all(&test).await;
    let mut before = count(&test, "group_members").await;
    for number in 0..2 {
        test.write(clear_some).await.unwrap();
        test.write(move |transaction| {
            let value = Secret::new(number.to_string());
            properties::write(transaction, "key", &value, false)
        })
        .await
        .unwrap();
        test = test.restarted().await;
        before = before.min(count(&test, "group_members").await);
    }
    assert!(before > 0);
    assert!(sweep(&test).await > 5);
    assert_swept(&test).await;
}

#[tokio::test]
async fn a_running_store_clears_what_is_left_by_itself() {
    let test = filled().await;
    let clearing = tokio::spawn(test.store().clone().clear_leftovers());
    tokio::task::yield_now().await;
    remove_all(&test).await;
    while count(&test, "rooms").await + count(&test, "accounts").await + count(&test, "groups").await > 0 {
        tokio::task::yield_now().await;
    }
    clearing.abort();
}

/// What refers to a removed row and is not taken in slices goes with it: it must be one row.
#[tokio::test]
async fn every_table_that_may_have_many_rows_is_taken_in_slices() {
    let test = TestStore::with_accounts(&[]).await;
    test.read(|connection| {
        for kind in KINDS {
            let parent = kind.row().split(' ').nth(2).unwrap();
            let sliced: BTreeSet<&str> = kind
                .rows()
                .iter()
                .map(|sql| sql.trim_start_matches("DELETE FROM ").trim_start_matches("UPDATE "))
                .map(|sql| sql.split(' ').next().unwrap())
                .collect();
            let mut referring = connection
                .prepare(
                    "SELECT tables.name, keys.\"from\" FROM sqlite_schema AS tables \
                     JOIN pragma_foreign_key_list(tables.name) AS keys \
                     WHERE tables.type = 'table' AND keys.\"table\" = ?1",
                )
                .unwrap();
            let rows = referring
                .query_map([parent], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            for row in rows {
                let (table, column): (String, String) = row.unwrap();
                let is_single: bool = connection
                    .query_row(
                        "SELECT EXISTS (SELECT 1 FROM pragma_table_info(?1) WHERE name = ?2 AND pk = 1 \
                             AND (SELECT sum(pk > 0) FROM pragma_table_info(?1)) = 1) \
                         OR EXISTS (SELECT 1 FROM pragma_index_list(?1) AS list WHERE list.\"unique\" \
                             AND (SELECT group_concat(name) FROM pragma_index_info(list.name)) = ?2)",
                        params![table, column],
                        |row| row.get(0),
                    )
                    .unwrap();
                assert!(is_single || sliced.contains(table.as_str()), "{table}");
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn every_slice_goes_through_an_index() {
    let test = TestStore::with_accounts(&[]).await;
    test.read(|connection| {
        for kind in KINDS {
            assert_no_scan_and_no_sort(connection, kind.hidden(), []);
            for sql in kind.rows() {
                assert_no_scan_and_no_sort(connection, sql, [1, 2]);
            }
        }
        Ok(())
    })
    .await;
}
