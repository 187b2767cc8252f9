//! Rows of a file that is being imported, in a temporary table: the file has them in its own order, and they are taken
//! in that in which they need each other. Memory does not grow with the file.

use rusqlite::{OptionalExtension, params};

use super::Load;
use crate::domain::Result;
use crate::storage::rows::{self, failure};

pub(super) const TABLE: &str = "CREATE TEMP TABLE staged ( \
         position INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL, row TEXT NOT NULL); \
     CREATE INDEX temp.staged_by_key ON staged (kind, key, position); \
     CREATE INDEX temp.staged_by_kind ON staged (kind, position);";

/// A staged row and where it stands.
pub type Staged = (i64, String);

impl Load {
    pub fn stage(&self, kind: &str, key: &str, row: &str) -> Result<()> {
        self.prepare_cached("INSERT INTO temp.staged (kind, key, row) VALUES (?1, ?2, ?3)")
            .and_then(|mut statement| statement.execute(params![kind, key, row]))
            .map_err(failure)?;
        Ok(())
    }

    /// At most `limit` rows of a kind that come after a position.
    pub fn staged(&self, kind: &str, after: i64, limit: usize) -> Result<Vec<Staged>> {
        let limit = rows::limit(limit);
        self.prepare_cached(
            "SELECT position, row FROM temp.staged WHERE kind = ?1 AND position > ?2 ORDER BY position LIMIT ?3",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map(params![kind, after, limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
        .map_err(failure)
    }

    /// The rows of a kind with a key, in their order.
    pub fn staged_of(&self, kind: &str, key: &str) -> Result<Vec<String>> {
        self.prepare_cached("SELECT row FROM temp.staged WHERE kind = ?1 AND key = ?2 ORDER BY position")
            .and_then(|mut statement| statement.query_map([kind, key], |row| row.get(0))?.collect())
            .map_err(failure)
    }

    /// The first row of a kind with a key.
    pub fn first_staged_of(&self, kind: &str, key: &str) -> Result<Option<String>> {
        self.prepare_cached("SELECT row FROM temp.staged WHERE kind = ?1 AND key = ?2 ORDER BY position LIMIT 1")
            .and_then(|mut statement| statement.query_row([kind, key], |row| row.get(0)).optional())
            .map_err(failure)
    }

    /// How many rows of a kind are staged; with `None`, of all kinds.
    pub fn count_staged(&self, kind: Option<&str>) -> Result<u64> {
        self.prepare_cached("SELECT count(*) FROM temp.staged WHERE ?1 IS NULL OR kind = ?1")
            .and_then(|mut statement| statement.query_row([kind], |row| row.get(0)))
            .map(i64::unsigned_abs)
            .map_err(failure)
    }
}
