//! Puts a backup into the place of the database. What was there is kept beside it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use super::place::folder_of;
use crate::{
    data_dir::DataDir,
    domain::{address::Host, progress::Progress},
    storage::{
        copy::{CopyError, Pace, copy, synchronise_folder},
        fold,
        verification::{Unsound, Verified, verify},
    },
};

/// Why nothing was restored. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("{} cannot be restored: {cause}", file.display())]
    Unsound { file: PathBuf, cause: Unsound },
    #[error(
        "{} belongs to {known}, and server.domain is {domain}: set server.domain to the domain of the backup",
        file.display()
    )]
    Domain { file: PathBuf, known: String, domain: Host },
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error("the database cannot be replaced: {0}")]
    Replace(#[from] io::Error),
}

/// Whether the file can be restored for this domain.
pub fn check(file: &Path, domain: &Host) -> Result<Verified, RestoreError> {
    let verified = verify(file).map_err(|cause| RestoreError::Unsound {
        file: file.to_owned(),
        cause,
    })?;
    if verified.hosts.contains(domain) {
        return Ok(verified);
    }
    let known = verified.hosts.iter().map(Host::as_str).collect::<Vec<_>>().join(", ");
    Err(RestoreError::Domain {
        file: file.to_owned(),
        known,
        domain: domain.clone(),
    })
}

/// Copies `file`, verifies the copy, and makes it the database. Gives the name under which the former one is kept.
pub fn restore(
    data_dir: &DataDir,
    file: &Path,
    domain: &Host,
    now: Timestamp,
    mut progress: Progress,
) -> Result<Option<PathBuf>, RestoreError> {
    let database = data_dir.database();
    let incoming = database.with_extension("restoring.db");
    remove_if_there(&incoming)?;
    copy(file, &incoming, Pace::Fast, &mut progress)?;
    let replaced = check(&incoming, domain)
        .map_err(|error| named_after(file, error))
        .and_then(|_| Ok(replace(&database, &incoming, now)?));
    if replaced.is_err() {
        drop(fs::remove_file(&incoming));
    }
    replaced
}

/// The operator knows the file that was named, not its copy.
fn named_after(file: &Path, error: RestoreError) -> RestoreError {
    let file = file.to_owned();
    match error {
        RestoreError::Unsound { cause, .. } => RestoreError::Unsound { file, cause },
        RestoreError::Domain { known, domain, .. } => RestoreError::Domain { file, known, domain },
        other => other,
    }
}

/// At no moment is there no database, and none that has the write-ahead log of another: SQLite would read that log
/// into it.
fn replace(database: &Path, incoming: &Path, now: Timestamp) -> io::Result<Option<PathBuf>> {
    if !database.try_exists()? {
        remove_companions(database)?;
        fs::rename(incoming, database)?;
        synchronise_folder(folder_of(database))?;
        return Ok(None);
    }
    let kept = database.with_extension(format!("before-restore-{}.db", now.strftime("%Y%m%dT%H%M%S%.3fZ")));
    let folded = fold(database);
    keep(database, &kept)?;
    if let Err(cause) = folded {
        // A damaged database cannot take its log in: the log is kept with it, under the name that SQLite looks for.
        tracing::warn!(%cause, "the former database is damaged");
        let log = companion(database, "-wal");
        if log.try_exists()? {
            fs::rename(log, companion(&kept, "-wal"))?;
        }
    }
    remove_companions(database)?;
    fs::rename(incoming, database)?;
    synchronise_folder(folder_of(database))?;
    Ok(Some(kept))
}

/// A second name for the file; a copy where the file system knows no second names.
fn keep(database: &Path, kept: &Path) -> io::Result<()> {
    if fs::hard_link(database, kept).is_ok() {
        return Ok(());
    }
    if kept.try_exists()? {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!("{} exists already", kept.display()),
        ));
    }
    fs::copy(database, kept)?;
    fs::File::open(kept)?.sync_all()
}

fn remove_companions(database: &Path) -> io::Result<()> {
    ["-wal", "-shm", "-journal"]
        .iter()
        .try_for_each(|suffix| remove_if_there(&companion(database, suffix)))
}

fn companion(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}
