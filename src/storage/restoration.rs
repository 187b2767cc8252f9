//! What a restoration puts beside the database until it is done, and how that goes when it was cut short. Whether the
//! former database is in its place then or the restored one: the other one's files are nobody's.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::copy::synchronise_folder;
use super::rows::failure;
use super::writer::Transaction;
use super::{audit, upload_files};
use crate::domain::Result;
use crate::domain::audit::AuditRecord;

/// In the names of former databases, before their time.
const KEPT: &str = "before-restore-";

/// Where the database stands before it takes its place.
pub fn incoming(database: &Path) -> PathBuf {
    database.with_extension("restoring.db")
}

/// Where the former database is kept; `time` as it stands in the name.
pub fn kept(database: &Path, time: impl std::fmt::Display) -> PathBuf {
    database.with_extension(format!("{KEPT}{time}.db"))
}

/// Notes that a restoration begins, after what an earlier one has left is gone.
pub fn begin(database: &Path) -> io::Result<()> {
    clean_up(database)?;
    File::create(mark(database))?;
    synchronise_folder(folder(database))
}

/// Notes that a restoration has ended, well or not, and left nothing.
pub fn end(database: &Path) -> io::Result<()> {
    remove_if_there(&mark(database))
}

/// Writes an entry into the audit log of `incoming`, which has been verified and is nobody's database yet. Its schema stays
/// the one that it has: the table of the log is the same in each.
pub fn note(incoming: &Path, record: &AuditRecord) -> Result<()> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(incoming, flags).map_err(failure)?;
    // As for the copy itself: a restoration that is cut short throws it away, and a journal would outlive it and be taken
    // for that of the next one.
    connection
        .pragma_update(None, "journal_mode", "OFF")
        .and_then(|()| connection.pragma_update(None, "synchronous", "FULL"))
        .map_err(failure)?;
    audit::insert(&Transaction::without_listeners(&connection), Some(record))?;
    connection.close().map_err(|(_, cause)| failure(cause))
}

/// Removes what a restoration has left that was cut short; nearly always there was none.
pub fn clean_up(database: &Path) -> io::Result<()> {
    if !mark(database).try_exists()? {
        return Ok(());
    }
    remove_if_there(&incoming(database))?;
    remove_folders_without_database(database)?;
    if database.try_exists()? {
        let uploads = upload_files::of(database);
        upload_files::remove_unknown(database, &uploads, &uploads)?;
    }
    end(database)
}

/// The files of the former database are kept before the database itself.
fn remove_folders_without_database(database: &Path) -> io::Result<()> {
    let name = kept(database, "");
    let prefix = name.file_stem().unwrap_or_default().as_encoded_bytes();
    for entry in fs::read_dir(folder(database))? {
        let path = entry?.path();
        let is_kept = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(prefix));
        let copy = path.with_extension("");
        if is_kept && upload_files::beside(&copy) == path && !copy.try_exists()? {
            fs::remove_dir_all(path)?;
        }
    }
    Ok(())
}

fn mark(database: &Path) -> PathBuf {
    database.with_extension("restoring")
}

fn folder(database: &Path) -> &Path {
    match database.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use rusqlite_migration::Migrations;

    use super::*;
    use crate::domain::audit::AuditFilter;
    use crate::domain::page::PageRequest;
    use crate::storage::open;

    #[test]
    fn every_schema_that_a_backup_can_have_takes_the_entry() {
        let folder = tempfile::tempdir().unwrap();
        let record = AuditRecord {
            at: "2024-05-06T07:08:09Z".parse().unwrap(),
            username: "root".to_owned(),
            summary: "restored monday.db".to_owned(),
            details: Some("command line".to_owned()),
            node: "node".to_owned(),
        };
        for version in 1..=open::known_version() {
            let path = folder.path().join(format!("{version}.db"));
            let mut old = Connection::open(&path).unwrap();
            Migrations::from_slice(open::STEPS)
                .to_version(&mut old, version)
                .unwrap();
            drop(old);

            note(&path, &record).unwrap();

            let noted = Connection::open(&path).unwrap();
            assert_eq!(open::schema_version(&noted).unwrap(), version);
            drop(noted);
            let opened = open::open_writer(&path, 1 << 20).unwrap();
            let entries = audit::list(&opened, &AuditFilter::default(), &PageRequest::first()).unwrap();
            let records: Vec<_> = entries.items.into_iter().map(|entry| entry.record).collect();
            assert_eq!(records, std::slice::from_ref(&record), "schema {version}");
        }
    }
}
