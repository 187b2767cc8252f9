//! Whether a file is a sound database of this program, before it takes the place of another.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::open;
use crate::domain::address::Host;

/// A database that can be used.
#[derive(Debug)]
pub struct Verified {
    pub hosts: Vec<Host>,
    /// The number of migrations that it has seen.
    pub schema: usize,
}

/// Why a file must not be used as the database.
#[derive(Debug, thiserror::Error)]
pub enum Unsound {
    #[error("it cannot be read as a database: {0}")]
    Unreadable(#[from] rusqlite::Error),
    #[error("it is a database of another program")]
    Foreign,
    #[error("it was written by a newer version (its schema is {found}, this program knows {known}); use that version")]
    Newer { found: usize, known: usize },
    #[error("its tables are not those of schema {version}: {what}")]
    Schema { version: usize, what: String },
    #[error("it is damaged: {0}")]
    Damaged(String),
    #[error("a row of {table} refers to one of {parent} that is missing")]
    Orphan { table: String, parent: String },
    #[error("the tables of its schema cannot be told: {0}")]
    Migrations(#[from] rusqlite_migration::Error),
}

/// Reads the whole database at `path` and changes nothing.
pub fn verify(path: &Path) -> Result<Verified, Unsound> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // Nothing that the file itself defines may run while it is not trusted.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    let schema = open::schema_version(&connection)?;
    if schema == 0 || !open::is_ours(&connection, schema)? {
        return Err(Unsound::Foreign);
    }
    let known = open::known_version();
    if schema > known {
        return Err(Unsound::Newer { found: schema, known });
    }
    check_objects(&connection, schema)?;
    let first: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if first != "ok" {
        return Err(Unsound::Damaged(first.replace('\n', " ")));
    }
    check_references(&connection)?;
    let hosts = connection
        .prepare("SELECT name FROM hosts WHERE name <> '' ORDER BY name")?
        .query_map([], |row| Ok(Host::from_stored(row.get::<_, String>(0)?)))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Verified { hosts, schema })
}

/// A table too few is another program's database, a trigger too many is worse.
fn check_objects(connection: &Connection, version: usize) -> Result<(), Unsound> {
    let (found, expected) = (open::objects(connection)?, open::objects_of(version)?);
    let wrong = |(kind, name): &(String, String), how: &str| Unsound::Schema {
        version,
        what: format!("the {kind} {name} is {how}"),
    };
    if let Some(missing) = expected.difference(&found).next() {
        return Err(wrong(missing, "missing"));
    }
    match found.difference(&expected).next() {
        Some(unknown) => Err(wrong(unknown, "unknown")),
        None => Ok(()),
    }
}

fn check_references(connection: &Connection) -> Result<(), Unsound> {
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut orphans = statement.query([])?;
    match orphans.next()? {
        Some(row) => Err(Unsound::Orphan {
            table: row.get(0)?,
            parent: row.get(2)?,
        }),
        None => Ok(()),
    }
}
