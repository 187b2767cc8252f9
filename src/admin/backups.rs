//! Copies of everything.

use std::path::Path;

use super::AdminSession;
use crate::domain::Result;
use crate::domain::backup::BackupScope;
use crate::domain::progress::Progress;

impl AdminSession {
    /// Writes a copy of the database into the new file `to` and uploaded files into the folder `to.uploads`; gives the
    /// number of these files.
    pub async fn back_up(&self, to: &Path, scope: BackupScope, progress: Progress) -> Result<u64> {
        let record = self.record(format!("made a backup in {}", to.display()));
        self.backend().back_up(to, scope, progress, record).await
    }
}
