//! The contents of uploaded files (XEP-0363), each under its id in a folder: `uploads` in the data directory, and
//! `COPY.uploads` beside a copy of the database.
//!
//! A file never changes under its name, so that a copy of it is a second name of the same content wherever the file
//! system can do that: it takes no time and no room.

use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::ops::ControlFlow;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use super::copy::{CopyError, synchronise_folder};
use super::rows::{amount, json};
use crate::domain::progress::{Progress, Step};
use crate::domain::upload::is_id;

/// Files that are looked at between two looks at the database.
const SLICE: i64 = 500;

/// The folder of the running service, beside its database.
pub const FOLDER: &str = "uploads";

/// Where the files of the service stand whose database is at `database`.
pub fn of(database: &Path) -> PathBuf {
    database.with_file_name(FOLDER)
}

/// Where the files stand that belong to a copy of the database.
pub fn beside(copy: &Path) -> PathBuf {
    let mut name = copy.as_os_str().to_owned();
    name.push(".uploads");
    name.into()
}

/// How many of the files that a database speaks of there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub found: u64,
    pub missing: u64,
}

/// Gives every file of the database at `database` a place in the folder `to`, out of the first folder of `from` that has
/// it. What the database says of files that are nowhere is removed from it: a failure leaves it unusable.
pub fn gather(database: &Path, from: &[&Path], to: &Path, progress: &mut Progress) -> Result<Count, CopyError> {
    let failed = |cause| unwritable(database, cause);
    let connection = Connection::open(database).map_err(failed)?;
    connection
        .pragma_update(None, "trusted_schema", false)
        .map_err(failed)?;
    // What is not finished is thrown away, and what is finished is synchronised as a whole.
    connection.pragma_update(None, "journal_mode", "OFF").map_err(failed)?;
    connection.pragma_update(None, "synchronous", "OFF").map_err(failed)?;
    let mut count = Count::default();
    each_slice(&connection, failed, |slice, total| {
        let mut missing = Vec::new();
        for file in slice {
            if put(file, from, to)? {
                count.found += 1;
            } else {
                missing.push(&*file.id);
            }
        }
        count.missing += missing.len() as u64;
        connection
            .execute(
                "DELETE FROM uploads WHERE id IN (SELECT value FROM json_each(?1))",
                [json(missing.into_iter())],
            )
            .map_err(failed)?;
        let done = count.found + count.missing;
        match progress(Step { done, total }) {
            ControlFlow::Break(()) => Err(CopyError::Stopped),
            ControlFlow::Continue(()) => Ok(()),
        }
    })?;
    connection.close().map_err(|(_, cause)| failed(cause))?;
    let synchronised = File::open(database).and_then(|file| file.sync_all());
    synchronised.map_err(|cause| unwritable(database, cause))?;
    if count.found > 0 {
        synchronise_folder(to).map_err(|cause| unwritable(to, cause))?;
    }
    Ok(count)
}

/// Counts the files of a database that stand in one of the folders `from`, and those that do not.
pub fn count(database: &Path, from: &[&Path]) -> Result<Count, CopyError> {
    let failed = |cause| CopyError::Source {
        path: database.to_owned(),
        cause,
    };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags).map_err(failed)?;
    let mut count = Count::default();
    each_slice(&connection, failed, |slice, _| {
        for file in slice {
            match find(file, from).map_err(|cause| unwritable(database, cause))? {
                Some(_) => count.found += 1,
                None => count.missing += 1,
            }
        }
        Ok(())
    })?;
    Ok(count)
}

/// Gives all files of the folder `from` second names in the new folder `to`, whether or not a database speaks of them.
pub fn keep(from: &Path, to: &Path) -> io::Result<()> {
    each_file(from, |name| {
        make_folder(to)?;
        second_name(&from.join(name), &to.join(name))
    })?;
    if to.exists() { synchronise_folder(to) } else { Ok(()) }
}

/// Removes the files from a folder that stand in `named_in`, too, and of which the database says nothing.
pub fn remove_unknown(database: &Path, named_in: &Path, folder: &Path) -> io::Result<()> {
    if !named_in.exists() {
        return Ok(());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags).map_err(io::Error::other)?;
    let has_files = has_files(&connection).map_err(io::Error::other)?;
    each_file(named_in, |name| {
        let known = has_files
            && connection
                .prepare_cached("SELECT 1 FROM uploads WHERE id = ?1")
                .and_then(|mut statement| statement.exists([name]))
                .map_err(io::Error::other)?;
        if known {
            return Ok(());
        }
        match fs::remove_file(folder.join(name)) {
            Err(cause) if cause.kind() != ErrorKind::NotFound => Err(cause),
            _ => Ok(()),
        }
    })
}

/// A file that a client has put, of this many bytes.
#[derive(Debug, Clone)]
pub struct Stored {
    pub id: String,
    pub bytes: u64,
}

/// Visits all files that accounts have, some at a time, and says how many there are in all.
fn each_slice(
    connection: &Connection,
    failed: impl Fn(rusqlite::Error) -> CopyError,
    mut visit: impl FnMut(&[Stored], u64) -> Result<(), CopyError>,
) -> Result<(), CopyError> {
    if !has_files(connection).map_err(&failed)? {
        return Ok(());
    }
    let total = connection
        .query_row(
            "SELECT count(*) FROM uploads WHERE state = 2 AND account IS NOT NULL",
            [],
            |row| amount(row, 0),
        )
        .map_err(&failed)?;
    let mut after = String::new();
    loop {
        let slice = stored_after(connection, &after).map_err(&failed)?;
        let Some(last) = slice.last() else { return Ok(()) };
        after.clone_from(&last.id);
        visit(&slice, total)?;
    }
}

fn stored_after(connection: &Connection, after: &str) -> rusqlite::Result<Vec<Stored>> {
    let mut statement = connection.prepare_cached(
        "SELECT id, bytes FROM uploads WHERE id > ?1 AND state = 2 AND account IS NOT NULL ORDER BY id LIMIT ?2",
    )?;
    let rows = statement.query_map(params![after, SLICE], |row| {
        Ok(Stored {
            id: row.get(0)?,
            bytes: amount(row, 1)?,
        })
    })?;
    rows.collect()
}

/// Databases of the first versions know nothing of files.
fn has_files(connection: &Connection) -> rusqlite::Result<bool> {
    let found = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE name = 'uploads'", [], |_| Ok(()))
        .optional()?;
    Ok(found.is_some())
}

/// Whether one of the folders has the whole file.
pub fn is_in(file: &Stored, folders: &[&Path]) -> io::Result<bool> {
    find(file, folders).map(|found| found.is_some())
}

/// Where a file stands whole. An id out of a foreign database may be any text, so a path too.
fn find(file: &Stored, folders: &[&Path]) -> io::Result<Option<PathBuf>> {
    if !is_id(&file.id) {
        return Ok(None);
    }
    for folder in folders {
        let path = folder.join(&file.id);
        match fs::symlink_metadata(&path) {
            Ok(found) if found.is_file() && found.len() == file.bytes => return Ok(Some(path)),
            Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause),
            _ => {}
        }
    }
    Ok(None)
}

/// Gives a file a place in the folder `to`, out of the first folder of `from` that has it. Whether it is there now.
pub fn put(file: &Stored, from: &[&Path], to: &Path) -> Result<bool, CopyError> {
    let placed = || {
        if find(file, &[to])?.is_some() {
            return Ok(true);
        }
        let Some(path) = find(file, from)? else {
            return Ok(false);
        };
        make_folder(to)?;
        match second_name(&path, &to.join(&file.id)) {
            // Its time was over at this moment.
            Err(cause) if cause.kind() == ErrorKind::NotFound && !path.exists() => Ok(false),
            other => other.map(|()| true),
        }
    };
    placed().map_err(|cause| unwritable(&to.join(&file.id), cause))
}

/// A second name for a file, or a copy on another disk. It is whole, or not there.
fn second_name(from: &Path, to: &Path) -> io::Result<()> {
    let part = to.with_extension("part");
    match fs::remove_file(&part) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause),
        _ => {}
    }
    if fs::hard_link(from, &part).is_err() {
        fs::copy(from, &part)
            .and_then(|_| File::open(&part)?.sync_all())
            .inspect_err(|_| drop(fs::remove_file(&part)))?;
    }
    fs::rename(&part, to)
}

/// Visits the names of the files in a folder; a missing folder has none.
fn each_file(folder: &Path, mut visit: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
    let entries = match fs::read_dir(folder) {
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let name = entry?.file_name();
        if let Some(name) = name.to_str().filter(|name| is_id(name)) {
            visit(name)?;
        }
    }
    Ok(())
}

fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn unwritable(path: &Path, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> CopyError {
    CopyError::Target {
        path: path.to_owned(),
        cause: cause.into(),
    }
}
