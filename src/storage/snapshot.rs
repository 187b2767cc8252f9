//! A database as it is at one moment, for reading all of it.

use std::ops::Deref;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::open::{known_version, schema_version};
use super::rows::failure;
use crate::domain::{Error, Result};

/// What was removed and still has rows is behind the tables' own names for nobody who reads all of them.
const HIDING: &str = "
    CREATE TEMP VIEW hosts AS SELECT * FROM main.hosts WHERE name <> '';
    CREATE TEMP VIEW accounts AS SELECT * FROM main.accounts WHERE host <> '';
    CREATE TEMP VIEW groups AS SELECT * FROM main.groups WHERE host <> '';
    CREATE TEMP VIEW rosters AS SELECT * FROM main.rosters WHERE host <> '';
    CREATE TEMP VIEW room_services AS SELECT * FROM main.room_services WHERE id <> 0;
    CREATE TEMP VIEW rooms AS SELECT * FROM main.rooms WHERE service <> 0;";

/// A connection that sees what was committed when it was opened, and of that what is not removed.
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
        connection.execute_batch(HIDING).map_err(failure)?;
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
