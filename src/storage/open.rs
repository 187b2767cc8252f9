//! Opening the database: pragmas, migrations, and the refusal of what must not be touched.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use rusqlite_migration::{M, Migrations};

/// How the store works.
#[derive(Debug, Clone)]
pub struct Options {
    /// Connections that read at the same time.
    pub readers: u32,
    /// The most jobs that share one commit.
    pub max_group: usize,
    /// The most jobs that wait for the writer.
    pub queue: usize,
    /// Bytes of each connection's memory for pages of the database.
    pub page_cache: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            readers: 4,
            max_group: 256,
            queue: 4096,
            page_cache: 4 * 1024 * 1024,
        }
    }
}

/// Why a database was not opened. Nothing in it has been changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error(
        "the database {path} was written by a newer version (its schema is {found}, this program knows {known}); \
         start that version, or restore a backup made before the upgrade"
    )]
    Newer { path: PathBuf, found: usize, known: usize },
    #[error("{path} is the database of another program; name another server.data_dir")]
    Foreign { path: PathBuf },
    #[error("the database {path} cannot be opened: {cause}")]
    Unreadable { path: PathBuf, cause: Box<rusqlite::Error> },
    #[error("the database {path} cannot be brought to this version: {cause}; a copy from before is at {backup:?}")]
    Migration {
        path: PathBuf,
        cause: Box<rusqlite_migration::Error>,
        backup: Option<PathBuf>,
    },
    #[error("the readers of {path} cannot be started: {cause}")]
    Readers { path: PathBuf, cause: r2d2::Error },
    #[error("the writer of {path} cannot be started: {cause}")]
    Writer { path: PathBuf, cause: std::io::Error },
}

/// Stands in the head of every database of this program ("Fire"), which tells it from those of others. Databases of
/// version 0.1 have none until they are opened again.
pub(super) const APPLICATION_ID: i32 = 0x4669_7265;

pub(super) const STEPS: &[M<'static>] = &[
    M::up(include_str!("migrations/0001_start.sql")),
    M::up(include_str!("migrations/0002_engine.sql")),
    M::up(include_str!("migrations/0003_services.sql")),
    M::up(include_str!("migrations/0004_room_profiles.sql")),
    M::up(include_str!("migrations/0005_pubsub.sql")),
    M::up(include_str!("migrations/0006_leftovers.sql")),
    M::up(include_str!("migrations/0007_room_memory.sql")),
    M::up(include_str!("migrations/0008_invitations.sql")),
    M::up(include_str!("migrations/0009_login_tokens.sql")),
    M::up(include_str!("migrations/0010_pubsub_moved.sql")),
    M::up(include_str!("migrations/0011_push.sql")),
    M::up(include_str!("migrations/0012_archive_nicknames.sql")),
    M::up(include_str!("migrations/0013_push_services.sql")),
    M::up(include_str!("migrations/0014_partings.sql")),
    M::up(include_str!("migrations/0015_start.sql")),
];

/// Statements that are kept prepared per connection.
const PREPARED_STATEMENTS: usize = 128;

/// Opens the database for writing and brings its schema to this version.
pub(super) fn open_writer(path: &Path, page_cache: usize) -> Result<Connection, OpenError> {
    let unreadable = |cause| OpenError::Unreadable {
        path: path.to_owned(),
        cause: Box::new(cause),
    };
    let mut connection = Connection::open(path).map_err(unreadable)?;
    let found = schema_version(&connection).map_err(unreadable)?;
    if !is_ours(&connection, found).map_err(unreadable)? {
        return Err(OpenError::Foreign { path: path.to_owned() });
    }
    if found > STEPS.len() {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known: STEPS.len(),
        });
    }
    connection
        .pragma_update(None, "journal_mode", "WAL")
        .map_err(unreadable)?;
    // A commit is answered after it is on disk.
    connection
        .pragma_update(None, "synchronous", "FULL")
        .map_err(unreadable)?;
    set_up(&connection, page_cache).map_err(unreadable)?;
    let backup = (found > 0 && found < STEPS.len()).then(|| backup_path(path, found));
    if let Some(backup) = &backup {
        connection.backup("main", backup, None).map_err(unreadable)?;
    }
    Migrations::from_slice(STEPS)
        .to_latest(&mut connection)
        .map_err(|cause| OpenError::Migration {
            path: path.to_owned(),
            cause: Box::new(cause),
            backup,
        })?;
    if application_id(&connection).map_err(unreadable)? != APPLICATION_ID {
        connection
            .pragma_update(None, "application_id", APPLICATION_ID)
            .map_err(unreadable)?;
    }
    Ok(connection)
}

/// Brings what stands in the write-ahead log into the database, so that one file is the whole state.
pub fn fold(path: &Path) -> rusqlite::Result<()> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let busy: bool = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy {
        return Err(rusqlite::Error::InvalidQuery);
    }
    connection.close().map_err(|(_, cause)| cause)
}

/// The number of migrations that the database has seen; 0 for a new one.
pub(super) fn schema_version(connection: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    Ok(version.try_into().unwrap_or(0))
}

/// Whether the database is one of this program, or an empty one.
pub(super) fn is_ours(connection: &Connection, version: usize) -> rusqlite::Result<bool> {
    let id = application_id(connection)?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(id == APPLICATION_ID || id == 0 && (version > 0 || tables == 0))
}

fn application_id(connection: &Connection) -> rusqlite::Result<i32> {
    connection.query_row("PRAGMA application_id", [], |row| row.get(0))
}

/// The newest schema that this program knows.
pub(super) fn known_version() -> usize {
    STEPS.len()
}

/// The objects that a database of this version of the schema has: kind and name.
pub(super) fn objects_of(version: usize) -> Result<BTreeSet<(String, String)>, rusqlite_migration::Error> {
    let mut connection = Connection::open_in_memory()?;
    Migrations::from_slice(STEPS).to_version(&mut connection, version)?;
    Ok(objects(&connection)?)
}

/// The objects of a database; not those that SQLite makes for itself.
pub(super) fn objects(connection: &Connection) -> rusqlite::Result<BTreeSet<(String, String)>> {
    connection
        .prepare("SELECT type, name FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*'")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The pool of connections that only read.
pub(super) fn open_readers(
    path: &Path,
    options: &Options,
) -> Result<r2d2::Pool<r2d2_sqlite::SqliteConnectionManager>, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let page_cache = options.page_cache;
    let connections = r2d2_sqlite::SqliteConnectionManager::file(path)
        .with_flags(flags)
        .with_init(move |connection| set_up(connection, page_cache));
    r2d2::Pool::builder()
        .max_size(options.readers.max(1))
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(10))
        .build(connections)
        .map_err(|cause| OpenError::Readers {
            path: path.to_owned(),
            cause,
        })
}

fn set_up(connection: &Connection, page_cache: usize) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    // Negative: KiB instead of pages.
    let kibibytes = i64::try_from(page_cache / 1024).unwrap_or(i64::MAX);
    connection.pragma_update(None, "cache_size", -kibibytes)?;
    // Otherwise a statement whose plan could depend on a value is prepared anew for every value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    Ok(())
}

fn backup_path(path: &Path, version: usize) -> PathBuf {
    path.with_extension(format!("before-schema-{}.db", version + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_migrations_are_valid() {
        Migrations::from_slice(STEPS).validate().unwrap();
    }

    #[test]
    fn a_newer_database_is_refused_and_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("newer.db");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 999).unwrap();
        drop(connection);
        let before = std::fs::read(&path).unwrap();
        let error = open_writer(&path, 1 << 20).unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 999, .. }));
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn the_database_of_another_program_is_refused_and_not_changed() {
        for mark in ["PRAGMA application_id = 7", "CREATE TABLE notes (text)"] {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("other.db");
            Connection::open(&path).unwrap().execute_batch(mark).unwrap();
            let before = std::fs::read(&path).unwrap();
            let error = open_writer(&path, 1 << 20).unwrap_err();
            assert!(matches!(error, OpenError::Foreign { .. }), "{error}");
            assert_eq!(std::fs::read(&path).unwrap(), before);
        }
    }

    #[test]
    fn a_database_from_before_the_mark_gets_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.db");
        let connection = open_writer(&path, 1 << 20).unwrap();
        connection.pragma_update(None, "application_id", 0).unwrap();
        drop(connection);
        let connection = open_writer(&path, 1 << 20).unwrap();
        assert_eq!(application_id(&connection).unwrap(), APPLICATION_ID);
    }

    #[test]
    fn what_an_older_version_stored_is_copied_before_it_is_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("older.db");
        let mut connection = Connection::open(&path).unwrap();
        Migrations::from_slice(&STEPS[..1]).to_latest(&mut connection).unwrap();
        connection
            .execute(
                "INSERT INTO roster_items (host, localpart, contact) VALUES ('example.org', 'jane', 'john@example.org')",
                [],
            )
            .unwrap();
        drop(connection);

        let migrated = open_writer(&path, 1 << 20).unwrap();
        let count = |connection: &Connection, sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        assert_eq!(count(&migrated, "SELECT version FROM rosters").unwrap(), 1);
        let backup = Connection::open(folder.path().join("older.before-schema-2.db")).unwrap();
        assert_eq!(count(&backup, "PRAGMA user_version").unwrap(), 1);
        assert_eq!(count(&backup, "SELECT count(*) FROM roster_items").unwrap(), 1);
    }

    #[test]
    fn who_spoke_in_a_room_before_is_known_by_nickname() {
        let mut connection = Connection::open_in_memory().unwrap();
        Migrations::from_slice(&STEPS[..11]).to_latest(&mut connection).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection
            .execute_batch(
                "INSERT INTO archives (id, account, room) VALUES (1, NULL, 5), (2, 6, NULL);
                 INSERT INTO archive_entries (archive, seq, contact) VALUES (1, 1, 'a'), (1, 2, 'a'), (1, 3, 'a'), (2, 4, 'a');",
            )
            .unwrap();
        for (seq, stanza) in [
            (
                1,
                "<message to='r@c' from='r@c/Jack &amp; &apos;Jim&apos;/2' type='groupchat'><a from='x/y'/></message>",
            ),
            (2, "<message from='r@c' type='groupchat'><a from='x/y'/></message>"),
            (3, "<message type='groupchat'/>"),
            (4, "<message from='jane@d/phone'/>"),
        ] {
            connection
                .execute(
                    "INSERT INTO archive_bodies (seq, at, entries, stanza) VALUES (?1, 0, 1, ?2)",
                    (seq, stanza),
                )
                .unwrap();
        }
        Migrations::from_slice(STEPS).to_latest(&mut connection).unwrap();
        let mut statement = connection
            .prepare("SELECT nickname FROM archive_entries ORDER BY seq")
            .unwrap();
        let found = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
        let found: Vec<Option<String>> = found.collect::<Result<_, _>>().unwrap();
        assert_eq!(found, [Some("Jack & 'Jim'/2".to_owned()), None, None, None]);
    }
}
