//! A copy of the database, and of the uploaded files that it speaks of.

use std::fs;
use std::path::Path;

use super::copy::{CopyError, Pace, copy, target};
use super::upload_files;
use crate::domain::backup::BackupScope;
use crate::domain::progress::Progress;

/// Copies the database `from` into the new file `to`, and the uploaded files that it speaks of into a folder beside `to`.
/// Gives the number of these files. What came after the database was copied is left out, and what went meanwhile is
/// taken out of the copy.
pub fn copy_with_files(
    from: &Path,
    to: &Path,
    scope: BackupScope,
    pace: Pace,
    progress: &mut Progress,
) -> Result<u64, CopyError> {
    let folder = upload_files::beside(to);
    if folder.symlink_metadata().is_ok() {
        return Err(target(&folder, "it exists already"));
    }
    copy(from, to, pace, progress)?;
    if scope == BackupScope::DatabaseOnly {
        return Ok(0);
    }
    let gathered = upload_files::gather(to, &[&upload_files::of(from)], &folder, progress);
    if gathered.is_err() {
        drop(fs::remove_file(to));
        drop(fs::remove_dir_all(&folder));
    }
    Ok(gathered?.found)
}
