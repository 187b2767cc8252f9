//! Copies of the database of the embedded server and of the files beside it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use async_trait::async_trait;
use tokio::sync::oneshot;

use super::Embedded;
use crate::backend::Backups;
use crate::domain::audit::AuditRecord;
use crate::domain::backup::BackupScope;
use crate::domain::progress::Progress;
use crate::domain::{Error, Result};
use crate::storage::copy::{CopyError, Pace};
use crate::storage::copy_with_files::copy_with_files;

#[async_trait]
impl Backups for Embedded {
    async fn back_up(
        &self,
        to: &Path,
        scope: BackupScope,
        mut progress: Progress,
        record: Option<AuditRecord>,
    ) -> Result<u64> {
        if self.backing_up.swap(true, Ordering::AcqRel) {
            return Err(Error::conflict("a backup is being made already"));
        }
        let (from, to) = (self.store.path().to_owned(), to.to_owned());
        let (answer, answered) = oneshot::channel();
        let backing_up = Arc::clone(&self.backing_up);
        // A thread of its own: it takes minutes, which the few threads of the readers do not have.
        let started = thread::Builder::new().name("backup".to_owned()).spawn(move || {
            let copied = copy_with_files(&from, &to, scope, Pace::Gentle, &mut progress);
            backing_up.store(false, Ordering::Release);
            drop(answer.send(copied));
        });
        if let Err(cause) = started {
            self.backing_up.store(false, Ordering::Release);
            return Err(Error::unavailable(format!("no thread for the backup: {cause}")));
        }
        let copied = answered.await.map_err(Error::internal)?;
        let files = copied.map_err(|cause: CopyError| Error::unavailable(cause.to_string()))?;
        self.change(record, |_| Ok(())).await?;
        Ok(files)
    }
}
