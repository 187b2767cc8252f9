//! A copy of the database of a service that does not run, and of the files beside it.

use std::path::{Path, PathBuf};

use super::place::{PlaceError, check_free, move_into_place, unfinished};
use crate::{
    data_dir::DataDir,
    domain::{backup::BackupScope, progress::Progress},
    storage::copy::{CopyError, Pace},
    storage::copy_with_files::copy_with_files,
};

pub use crate::storage::upload_files::beside;

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("there is no database in server.data_dir = {}", data_dir.display())]
    Missing { data_dir: PathBuf },
    #[error(transparent)]
    Copy(#[from] CopyError),
    #[error(transparent)]
    Place(#[from] PlaceError),
}

/// Writes a copy of the database into the new file `to`, and uploaded files into the folder `to.uploads`; gives the number
/// of these files.
pub fn back_up(data_dir: &DataDir, to: &Path, scope: BackupScope, mut progress: Progress) -> Result<u64, BackupError> {
    let database = data_dir.database();
    if !database.exists() {
        let data_dir = data_dir.path().to_owned();
        return Err(BackupError::Missing { data_dir });
    }
    check_backup_free(to)?;
    let unfinished = unfinished(to);
    let files = copy_with_files(&database, &unfinished, scope, Pace::Fast, &mut progress)?;
    move_backup_into_place(&unfinished, to)?;
    Ok(files)
}

/// Whether a backup can be made at `to`.
pub fn check_backup_free(to: &Path) -> Result<(), PlaceError> {
    check_free(to)?;
    check_free(&beside(to))
}

/// Moves a complete backup. The database comes last: where it stands, the files stand too.
pub fn move_backup_into_place(from: &Path, to: &Path) -> Result<(), PlaceError> {
    if beside(from).exists() {
        move_into_place(&beside(from), &beside(to))?;
    }
    move_into_place(from, to)
}
