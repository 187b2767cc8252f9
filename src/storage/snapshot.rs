//! A database as it is at one moment, for reading all of it.

use std::ops::Deref;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::open::{known_version, schema_version};
use super::rows::failure;
use crate::domain::{Error, Result};

/// A connection that sees what was committed when it was opened.
#[derive(Debug)]
pub struct Snapshot(Connection);

impl Snapshot {
    /// `Conflict` when the schema is not that of this program: whoever reads would not know its tables.
    pub fn open(path: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failure)?;
        let (found, known) = (schema_version(&connection).map_err(failure)?, known_version());
        if found != known {
            return Err(Error::conflict(format!(
                "the schema of the database is {found}, this program writes {known}: start the service once"
            )));
        }
        connection.execute_batch("BEGIN").map_err(failure)?;
        Ok(Self(connection))
    }

    pub fn count_accounts(&self) -> Result<u64> {
        let count: i64 = self
            .0
            .query_row("SELECT count(*) FROM accounts", [], |row| row.get(0))
            .map_err(failure)?;
        Ok(count.unsigned_abs())
    }
}

impl Deref for Snapshot {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}
