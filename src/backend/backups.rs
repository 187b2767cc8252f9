//! Copies of everything that the administered server stores.

use std::path::Path;

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::audit::AuditRecord;
use crate::domain::backup::BackupScope;
use crate::domain::progress::Progress;

#[async_trait]
pub trait Backups: Send + Sync {
    /// Writes a copy of the database into the new file `to`, and uploaded files into the folder `to.uploads`, without
    /// holding up changes; gives the number of these files. It ends early, and leaves nothing, when `progress` says so.
    /// `Conflict` while another copy is being made.
    async fn back_up(
        &self,
        to: &Path,
        scope: BackupScope,
        progress: Progress,
        record: Option<AuditRecord>,
    ) -> Result<u64>;
}
