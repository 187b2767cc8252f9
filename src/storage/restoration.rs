//! What a restoration puts beside the database until it is done, and how that goes when it was cut short. Whether the
//! former database is in its place then or the restored one: the other one's files are nobody's.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::copy::synchronise_folder;
use super::upload_files;

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
