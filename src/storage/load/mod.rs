//! One transaction that brings data into the database of a service that does not run: all of it or nothing.

mod groups;
mod people;
mod rosters;
mod stage;

use std::ops::Deref;
use std::path::Path;

use rusqlite::{Connection, params};

use super::open::{self, OpenError};
use super::rows::failure;
use super::writer::Transaction;
use crate::domain::Result;

pub use groups::put_group;
pub use people::{put_last_activity, put_private_xml, put_subscription_request};
pub use rosters::put_contact;
pub use stage::Staged;

/// Bytes for pages of the database: what does not fit goes to the write-ahead log early.
const PAGE_CACHE: usize = 64 * 1024 * 1024;

/// An open transaction; what is not committed is gone when it is dropped.
#[derive(Debug)]
pub struct Load {
    connection: Connection,
}

impl Load {
    /// Begins in the database at `path`, which is made, or brought to this version, when need be.
    pub fn begin(path: &Path) -> Result<Self, OpenError> {
        let connection = open::open_writer(path, PAGE_CACHE)?;
        Self::new(connection).map_err(|cause| unreadable(path, cause))
    }

    /// Begins in an empty database that nobody keeps.
    pub fn rehearse() -> Result<Self, OpenError> {
        Self::begin(Path::new(":memory:"))
    }

    fn new(connection: Connection) -> rusqlite::Result<Self> {
        connection.pragma_update(None, "temp_store", "FILE")?;
        connection
            .execute_batch("CREATE TEMP TABLE lines (name TEXT PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID")?;
        connection.execute_batch(stage::TABLE)?;
        connection.execute_batch("BEGIN IMMEDIATE")?;
        Ok(Self { connection })
    }

    /// Makes changes. Nobody listens to events: there is no service whose caches could be stale.
    pub fn write<T>(&self, change: impl FnOnce(&mut Transaction<'_>) -> Result<T>) -> Result<T> {
        change(&mut Transaction::without_listeners(&self.connection))
    }

    /// Notes that `name` came on this line of a file. Gives the line on which it came before.
    pub fn note_line(&self, name: &str, line: u64) -> Result<Option<u64>> {
        let line = i64::try_from(line).unwrap_or(i64::MAX);
        let first: i64 = self
            .connection
            .prepare_cached(
                "INSERT INTO temp.lines VALUES (?1, ?2) ON CONFLICT DO UPDATE SET name = name RETURNING line",
            )
            .and_then(|mut statement| statement.query_row(params![name, line], |row| row.get(0)))
            .map_err(failure)?;
        Ok((first != line).then(|| first.unsigned_abs()))
    }

    /// Makes all changes durable, in one file.
    pub fn commit(self) -> Result<()> {
        self.connection.execute_batch("COMMIT").map_err(failure)?;
        self.connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
            .map_err(failure)
    }
}

impl Deref for Load {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

/// Whether opening the database at `path` would change its schema.
pub fn is_outdated(path: &Path) -> Result<bool, OpenError> {
    let version = Connection::open(path).and_then(|connection| open::schema_version(&connection));
    version
        .map(|version| version < open::known_version())
        .map_err(|cause| unreadable(path, cause))
}

fn unreadable(path: &Path, cause: rusqlite::Error) -> OpenError {
    OpenError::Unreadable {
        path: path.to_owned(),
        cause: Box::new(cause),
    }
}
