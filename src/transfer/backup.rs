//! A copy of the database of a service that does not run.

use std::path::{Path, PathBuf};

use super::place::{PlaceError, check_free, move_into_place, unfinished};
use crate::{
    data_dir::DataDir,
    domain::progress::Progress,
    storage::copy::{CopyError, Pace, copy},
};

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

/// Writes a copy of the database into the new file `to`.
pub fn back_up(data_dir: &DataDir, to: &Path, mut progress: Progress) -> Result<(), BackupError> {
    let database = data_dir.database();
    if !database.exists() {
        let data_dir = data_dir.path().to_owned();
        return Err(BackupError::Missing { data_dir });
    }
    check_free(to)?;
    let unfinished = unfinished(to);
    copy(&database, &unfinished, Pace::Fast, &mut progress)?;
    Ok(move_into_place(&unfinished, to)?)
}
