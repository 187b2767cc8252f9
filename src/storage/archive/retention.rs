//! Removing from archives, in slices that the caller repeats: no removal holds the writer for long.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::super::rows::{self, failure, numbers};
use super::super::writer::Transaction;
use super::{find_id, first_of};
use crate::domain::Result;
use crate::domain::archive::ArchiveOwner;

/// An archive, whoever it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveId(i64);

/// Everything before some message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Before(i64);

impl Before {
    /// Everything that was archived before this moment.
    pub fn moment(at: Timestamp) -> Self {
        Self(first_of(at))
    }
}

/// Archives that have an owner, at most `limit`, those after `after`.
pub fn list_archives(connection: &Connection, after: Option<ArchiveId>, limit: usize) -> Result<Vec<ArchiveId>> {
    connection
        .prepare_cached(
            "SELECT id FROM archives WHERE id > ?1 AND (account IS NOT NULL OR room IS NOT NULL) ORDER BY id LIMIT ?2",
        )
        .and_then(|mut statement| {
            let limit = rows::limit(limit);
            let rows = statement.query_map([after.map_or(0, |after| after.0), limit], |row| {
                row.get(0).map(ArchiveId)
            })?;
            rows.collect()
        })
        .map_err(failure)
}

/// What an archive holds beyond its newest `most` messages; `None` when it does not hold more. It reads the numbers of
/// so many messages.
pub fn find_excess(connection: &Connection, archive: ArchiveId, most: usize) -> Result<Option<Before>> {
    let Some(last_kept) = most.checked_sub(1) else {
        return Ok(Some(Before(i64::MAX)));
    };
    connection
        .prepare_cached("SELECT seq FROM archive_entries WHERE archive = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2")
        .and_then(|mut statement| {
            let offset = i64::try_from(last_kept).unwrap_or(i64::MAX);
            statement
                .query_row([archive.0, offset], |row| row.get(0).map(Before))
                .optional()
        })
        .map_err(failure)
}

/// Removes old messages from an archive, at most `most` of them, and tells how many.
pub fn remove_before(
    transaction: &mut Transaction<'_>,
    archive: ArchiveId,
    before: Before,
    most: usize,
) -> Result<usize> {
    let removed: Vec<i64> = transaction
        .prepare_cached(REMOVE_ENTRIES)
        .and_then(|mut statement| {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![archive.0, before.0, most], |row| row.get(0))?;
            rows.collect()
        })
        .map_err(failure)?;
    let bodies = numbers(&removed);
    for sql in REMOVE_BODIES {
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([&bodies]))
            .map_err(failure)?;
    }
    Ok(removed.len())
}

/// Makes the archive of an owner empty at once; what it held goes with [`remove_ownerless`].
pub fn clear(transaction: &mut Transaction<'_>, owner: &ArchiveOwner) -> Result<()> {
    if let Some(archive) = find_id(transaction, owner)? {
        transaction
            .prepare_cached("UPDATE archives SET account = NULL, room = NULL WHERE id = ?1")
            .and_then(|mut statement| statement.execute([archive]))
            .map_err(failure)?;
    }
    Ok(())
}

/// Removes what nobody can read any more because its owner is gone, at most `most` messages. To be called until it
/// answers `false`: nothing is left.
pub fn remove_ownerless(transaction: &mut Transaction<'_>, most: usize) -> Result<bool> {
    let found = transaction
        .prepare_cached(OWNERLESS)
        .and_then(|mut statement| statement.query_row([], |row| row.get(0).map(ArchiveId)).optional())
        .map_err(failure)?;
    let Some(archive) = found else {
        return Ok(false);
    };
    if remove_before(transaction, archive, Before(i64::MAX), most)? < most {
        transaction
            .prepare_cached("DELETE FROM archives WHERE id = ?1")
            .and_then(|mut statement| statement.execute([archive.0]))
            .map_err(failure)?;
    }
    Ok(true)
}

const OWNERLESS: &str = "SELECT id FROM archives WHERE account IS NULL AND room IS NULL ORDER BY id LIMIT 1";

const REMOVE_ENTRIES: &str = "DELETE FROM archive_entries WHERE archive = ?1 AND seq IN ( \
     SELECT seq FROM archive_entries WHERE archive = ?1 AND seq < ?2 ORDER BY seq LIMIT ?3) RETURNING seq";

/// What no other archive has goes, the rest is in one archive less.
const REMOVE_BODIES: [&str; 2] = [
    "DELETE FROM archive_bodies WHERE seq IN (SELECT value FROM json_each(?1)) AND entries <= 1",
    "UPDATE archive_bodies SET entries = entries - 1 WHERE seq IN (SELECT value FROM json_each(?1))",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, assert_no_scan_and_no_sort};

    #[tokio::test]
    async fn every_removal_goes_through_an_index() {
        let test = TestStore::with_accounts(&[]).await;
        test.read(|connection| {
            assert_no_scan_and_no_sort(connection, REMOVE_ENTRIES, params![1, 2, 3]);
            for sql in REMOVE_BODIES {
                assert_no_scan_and_no_sort(connection, sql, ["[]"]);
            }
            assert_no_scan_and_no_sort(connection, "DELETE FROM archives WHERE id = ?1", [1]);
            Ok(())
        })
        .await;
    }
}
