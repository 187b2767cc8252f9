//! Puts a backup into the place of the database and of the uploaded files. What was there is kept beside it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;

use super::place::folder_of;
use crate::{
    data_dir::DataDir,
    domain::{self, address::Host, audit::AuditRecord, progress::Progress},
    storage::{
        copy::{CopyError, Pace, copy, synchronise_folder},
        fold, restoration, upload_files,
        verification::{Unsound, Verified, verify},
    },
};

pub use crate::storage::upload_files::Count;

/// Why nothing was restored. The database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    #[error("{} is not a file", file.display())]
    NoFile { file: PathBuf },
    #[error("{} cannot be restored: {cause}", file.display())]
    Unsound { file: PathBuf, cause: Unsound },
    #[error(
        "{} belongs to {known}, and server.domain is {domain}: set server.domain to the domain of the backup",
        file.display()
    )]
    Domain { file: PathBuf, known: String, domain: Host },
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error("the restoration cannot be noted in the audit log: {0}")]
    Note(domain::Error),
    #[error("the database cannot be replaced: {0}")]
    Replace(#[from] io::Error),
}

/// A backup that can be restored.
#[derive(Debug)]
pub struct Restorable {
    /// The number of migrations that it has seen.
    pub schema: usize,
    /// Of the uploaded files that it speaks of.
    pub files: Count,
}

/// What a restoration has done.
#[derive(Debug)]
pub struct Restored {
    /// The name under which the former database is kept.
    pub kept: Option<PathBuf>,
    pub files: Count,
}

/// Whether the file can be restored for this domain into `data_dir`.
pub fn check(file: &Path, domain: &Host, data_dir: &Path) -> Result<Restorable, RestoreError> {
    check_file(file)?;
    let verified = check_database(file, domain)?;
    let files = upload_files::count(
        file,
        &[&upload_files::beside(file), &data_dir.join(upload_files::FOLDER)],
    )?;
    Ok(Restorable {
        schema: verified.schema,
        files,
    })
}

/// SQLite would wait for a pipe for ever, and blames the disk for a folder.
fn check_file(file: &Path) -> Result<(), RestoreError> {
    match fs::metadata(file) {
        Ok(found) if !found.is_file() => Err(RestoreError::NoFile { file: file.to_owned() }),
        _ => Ok(()),
    }
}

fn check_database(file: &Path, domain: &Host) -> Result<Verified, RestoreError> {
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

/// Copies `file`, verifies the copy, writes `record` into its audit log, brings the uploaded files that it speaks of to
/// their place, and makes it the database. The former database is kept with its files, as a backup is.
pub fn restore(
    data_dir: &DataDir,
    file: &Path,
    domain: &Host,
    record: &AuditRecord,
    mut progress: Progress,
) -> Result<Restored, RestoreError> {
    check_file(file)?;
    let database = data_dir.database();
    let incoming = restoration::incoming(&database);
    restoration::begin(&database)?;
    let restored = copy(file, &incoming, Pace::Fast, &mut progress)
        .map_err(RestoreError::from)
        .and_then(|()| check_database(&incoming, domain).map_err(|error| named_after(file, error)))
        .and_then(|_| restoration::note(&incoming, record).map_err(RestoreError::Note))
        .and_then(|()| exchange(&database, &incoming, file, record.at, &mut progress));
    if restored.is_err() {
        drop(fs::remove_file(&incoming));
    }
    // A mark that stays makes the next start look for what is not there, and tells nothing now.
    drop(restoration::end(&database));
    restored
}

/// Files are added before the database changes and removed after it: until then the former one misses nothing, and from
/// then on the new one misses nothing. What an interruption leaves, [`restoration::clean_up`] removes.
fn exchange(
    database: &Path,
    incoming: &Path,
    file: &Path,
    now: Timestamp,
    progress: &mut Progress,
) -> Result<Restored, RestoreError> {
    let uploads = upload_files::of(database);
    let kept = database.try_exists()?.then(|| {
        let stamp = now.strftime("%Y%m%dT%H%M%S%.3fZ");
        restoration::kept(database, stamp)
    });
    let kept_files = kept.as_deref().map(upload_files::beside);
    let mut brought = || -> Result<Count, RestoreError> {
        if let Some(kept_files) = &kept_files {
            upload_files::keep(&uploads, kept_files)?;
        }
        let files = upload_files::gather(incoming, &[&upload_files::beside(file)], &uploads, progress)?;
        replace(database, incoming, kept.as_deref())?;
        Ok(files)
    };
    let files = brought().inspect_err(|_| {
        if let Some(kept_files) = &kept_files {
            drop(fs::remove_dir_all(kept_files));
            // The first error is the one to tell; a file that nobody knows is no news beside it.
            drop(upload_files::remove_unknown(
                database,
                &upload_files::beside(file),
                &uploads,
            ));
        }
    })?;
    if kept.is_some()
        && let Err(cause) = upload_files::remove_unknown(database, &uploads, &uploads)
    {
        tracing::warn!(%cause, "files of the former database are left in {}", uploads.display());
    }
    Ok(Restored { kept, files })
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
fn replace(database: &Path, incoming: &Path, kept: Option<&Path>) -> io::Result<()> {
    let Some(kept) = kept else {
        remove_companions(database)?;
        fs::rename(incoming, database)?;
        return synchronise_folder(folder_of(database));
    };
    let folded = fold(database);
    keep(database, kept)?;
    if let Err(cause) = folded {
        // A damaged database cannot take its log in: the log is kept with it, under the name that SQLite looks for.
        tracing::warn!(%cause, "the former database is damaged");
        let log = companion(database, "-wal");
        if log.try_exists()? {
            fs::rename(log, companion(kept, "-wal"))?;
        }
    }
    remove_companions(database)?;
    fs::rename(incoming, database)?;
    synchronise_folder(folder_of(database))
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
