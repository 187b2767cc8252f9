//! What is known of the files that clients put on the server; their contents are elsewhere.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::accounts;
use super::rows::{amount, failure, json};
use super::writer::Transaction;
use crate::domain::upload::{NewUpload, Quota, Upload, UploadState};
use crate::domain::{Error, Result};

/// Keeps a place for a file; `LimitReached` when its owner would have more than `quota`.
pub fn reserve(transaction: &mut Transaction<'_>, new: &NewUpload, quota: Quota) -> Result<()> {
    let account = accounts::id_of(transaction, &new.owner)?;
    let (files, bytes): (u64, u64) = transaction
        .prepare_cached("SELECT count(*), coalesce(sum(bytes), 0) FROM uploads WHERE account = ?1")
        .and_then(|mut statement| statement.query_row([account], |row| Ok((amount(row, 0)?, amount(row, 1)?))))
        .map_err(failure)?;
    for (what, used, most) in [
        ("files", files.saturating_add(1), quota.files),
        ("bytes of files", bytes.saturating_add(new.bytes), quota.bytes),
    ] {
        if used > most {
            return Err(Error::LimitReached { what, most });
        }
    }
    transaction
        .prepare_cached(
            "INSERT INTO uploads (id, account, name, bytes, content_type, permit, created) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                new.id,
                account,
                new.name,
                i64::try_from(new.bytes).unwrap_or(i64::MAX),
                new.content_type,
                new.permit,
                new.created.as_millisecond(),
            ])
        })
        .map_err(failure)?;
    Ok(())
}

/// Its owner is there: of one who was removed nothing is, although his rows go later.
const OWNED: &str = "EXISTS (SELECT 1 FROM accounts WHERE accounts.id = uploads.account AND host <> '')";

pub fn find(connection: &Connection, id: &str) -> Result<Option<Upload>> {
    connection
        .prepare_cached(&format!(
            "SELECT name, bytes, content_type, permit, state FROM uploads WHERE uploads.id = ?1 AND {OWNED}"
        ))
        .and_then(|mut statement| {
            statement
                .query_row([id], |row| {
                    Ok(Upload {
                        name: row.get(0)?,
                        bytes: amount(row, 1)?,
                        content_type: row.get(2)?,
                        permit: row.get(3)?,
                        state: match row.get(4)? {
                            0 => UploadState::Expected,
                            1 => UploadState::Coming,
                            _ => UploadState::Stored,
                        },
                    })
                })
                .optional()
        })
        .map_err(failure)
}

/// Moves a file from one state to the next. `false`: it is in another one, or gone.
pub fn advance(transaction: &Transaction<'_>, id: &str, from: UploadState, to: UploadState) -> Result<bool> {
    let moved = transaction
        .prepare_cached(&format!(
            "UPDATE uploads SET state = ?3 WHERE id = ?1 AND state = ?2 AND {OWNED}"
        ))
        .and_then(|mut statement| statement.execute(params![id, number(from), number(to)]))
        .map_err(failure)?;
    Ok(moved > 0)
}

/// Nobody is putting anything: what was being put when the service ended can be put again.
pub fn forget_coming(transaction: &Transaction<'_>) -> Result<()> {
    transaction
        .execute("UPDATE uploads SET state = 0 WHERE state = 1", [])
        .map_err(failure)?;
    Ok(())
}

/// Files that go: those of nobody, those that were stored before `stored`, and those for which a place was kept before
/// `expected` and that did not come.
pub fn list_outdated(
    connection: &Connection,
    stored: Option<Timestamp>,
    expected: Timestamp,
    most: usize,
) -> Result<Vec<String>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT id FROM uploads WHERE account IS NULL OR (state = 2 AND created < ?1) OR (state = 0 AND created < ?2) \
             LIMIT ?3",
        )
        .map_err(failure)?;
    let limits = params![
        stored.map(Timestamp::as_millisecond),
        expected.as_millisecond(),
        i64::try_from(most).unwrap_or(i64::MAX)
    ];
    let ids = statement.query_map(limits, |row| row.get(0)).map_err(failure)?;
    ids.collect::<rusqlite::Result<_>>().map_err(failure)
}

/// Bytes of all files, with those that are still to come.
pub fn total(connection: &Connection) -> Result<u64> {
    connection
        .prepare_cached("SELECT coalesce(sum(bytes), 0) FROM uploads")
        .and_then(|mut statement| statement.query_row([], |row| amount(row, 0)))
        .map_err(failure)
}

pub fn remove(transaction: &Transaction<'_>, ids: &[String]) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM uploads WHERE id IN (SELECT value FROM json_each(?1))")
        .and_then(|mut statement| statement.execute([json(ids.iter().map(String::as_str))]))
        .map_err(failure)?;
    Ok(())
}

fn number(state: UploadState) -> i64 {
    match state {
        UploadState::Expected => 0,
        UploadState::Coming => 1,
        UploadState::Stored => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, account, moment};

    #[tokio::test]
    async fn of_an_owner_who_was_removed_no_file_is_found_before_his_rows_go() {
        let test = TestStore::with_accounts(&["jane"]).await;
        let new = NewUpload {
            id: "one".to_owned(),
            owner: account("jane"),
            name: "a.png".to_owned(),
            bytes: 1,
            content_type: "image/png".to_owned(),
            permit: vec![1],
            created: moment(0),
        };
        let quota = Quota { files: 9, bytes: 9 };
        test.write(move |transaction| reserve(transaction, &new, quota))
            .await
            .unwrap();
        let is_found = || test.read(|connection| find(connection, "one"));
        assert!(is_found().await.is_some());
        test.write(|transaction| {
            let marked = transaction.execute(
                "UPDATE accounts SET host = '', localpart = id WHERE localpart = 'jane'",
                [],
            );
            marked.map(drop).map_err(failure)
        })
        .await
        .unwrap();
        assert_eq!(is_found().await, None);
        let put = test
            .write(|transaction| advance(transaction, "one", UploadState::Expected, UploadState::Coming))
            .await;
        assert!(!put.unwrap());
    }
}
