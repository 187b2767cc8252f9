//! Walks the schema: wherever something is stored of an account, its removal removes it and its renaming moves it, or it
//! is said here why not. A new table makes this fail until it is listed in `fates` and filled in `filled`.

mod fates;
mod filled;

use rusqlite::{Connection, params};

use fates::Fate::{Follows, FollowsRenamingOnly, Irrelevant, Stays};
use fates::TABLES;
use filled::{ID, filled};

use super::*;
use crate::storage::archive;
use crate::storage::rows::failure;
use crate::storage::testing::{TestStore, account, insert_account, moment};

/// How many rows of a table have a name in one of their texts, or refer to the account.
fn mentions(connection: &Connection, table: &str, name: &str, id: Option<i64>) -> rusqlite::Result<i64> {
    let texts = columns(
        connection,
        &format!("SELECT name FROM pragma_table_info('{table}') WHERE type = 'TEXT'"),
    )?;
    let references = columns(
        connection,
        &format!("SELECT \"from\" FROM pragma_foreign_key_list('{table}') WHERE \"table\" = 'accounts'"),
    )?;
    let named = texts.iter().map(|column| format!("instr(\"{column}\", ?1) > 0"));
    let referring = references.iter().map(|column| format!("\"{column}\" = ?2"));
    let conditions: Vec<String> = named.chain(referring).collect();
    connection.query_row(
        &format!(
            "SELECT count(*) FROM \"{table}\" WHERE ?1 <> ?1 OR ?2 <> ?2 OR {}",
            conditions.join(" OR ")
        ),
        params![name, id],
        |row| row.get(0),
    )
}

fn columns(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

async fn mentioned(test: &TestStore, table: &'static str, name: &'static str, id: Option<i64>) -> bool {
    test.read(move |connection| mentions(connection, table, name, id).map_err(failure))
        .await
        > 0
}

#[tokio::test]
async fn every_table_is_listed_and_filled() {
    let test = filled().await;
    let tables: Vec<String> = test
        .read(|connection| {
            let mut statement = connection
                .prepare(
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
                )
                .map_err(failure)?;
            let names = statement.query_map([], |row| row.get(0)).map_err(failure)?;
            names.collect::<rusqlite::Result<_>>().map_err(failure)
        })
        .await;
    let listed: Vec<&str> = TABLES.iter().map(|(table, ..)| *table).collect();
    assert_eq!(tables, listed);
    for (table, fate, _) in TABLES {
        assert_eq!(
            mentioned(&test, table, "jane", Some(ID)).await,
            !matches!(fate, Irrelevant),
            "{table}"
        );
    }
}

#[tokio::test]
async fn a_removed_account_leaves_nothing_behind() {
    let test = filled().await;
    test.write(|transaction| {
        remove(
            transaction,
            &account("jane"),
            &Address::from_stored("admin@example.org"),
        )?;
        while archive::remove_ownerless(transaction, 100)? {}
        Ok(())
    })
    .await
    .unwrap();
    for (table, fate, reason) in TABLES {
        let stays = matches!(fate, Stays | FollowsRenamingOnly);
        assert_eq!(
            mentioned(&test, table, "jane", Some(ID)).await,
            stays,
            "{table} {reason}"
        );
    }
}

#[tokio::test]
async fn an_account_that_is_made_anew_has_nothing_of_the_old_one() {
    let test = filled().await;
    test.write(|transaction| {
        remove(
            transaction,
            &account("jane"),
            &Address::from_stored("admin@example.org"),
        )?;
        insert_account(transaction, "jane")?;
        transaction
            .execute("UPDATE accounts SET id = ?1 WHERE localpart = 'jane'", [ID])
            .map_err(failure)
    })
    .await
    .unwrap();
    for (table, fate, reason) in TABLES {
        let stays = matches!(fate, Stays | FollowsRenamingOnly) || *table == "accounts";
        assert_eq!(
            mentioned(&test, table, "jane", Some(ID)).await,
            stays,
            "{table} {reason}"
        );
    }
}

#[tokio::test]
async fn a_renamed_account_is_not_found_under_its_old_name() {
    let test = filled().await;
    test.write(|transaction| {
        let heir = Address::from_stored("admin@example.org");
        let (from, to) = (account("jane"), account("olga"));
        rename(transaction, &from, &to, &AccountChanges::default(), &heir, moment(0))
    })
    .await
    .unwrap();
    for (table, fate, reason) in TABLES {
        let stays = matches!(fate, Stays);
        let moves = matches!(fate, Follows | FollowsRenamingOnly);
        assert_eq!(mentioned(&test, table, "jane", None).await, stays, "{table} {reason}");
        assert_eq!(
            mentioned(&test, table, "olga", Some(ID)).await,
            moves,
            "{table} {reason}"
        );
    }
}
