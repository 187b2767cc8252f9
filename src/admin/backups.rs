//! Copies of everything.

use std::path::Path;

use super::AdminSession;
use crate::domain::Result;
use crate::domain::progress::Progress;

impl AdminSession {
    /// Writes a copy of the database into the new file `to`.
    pub async fn back_up(&self, to: &Path, progress: Progress) -> Result<()> {
        let record = self.record(format!("made a backup in {}", to.display()));
        self.backend().back_up(to, progress, record).await
    }
}
