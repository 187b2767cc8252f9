//! The security audit log.

use async_trait::async_trait;
use jiff::Timestamp;

use crate::domain::Result;
use crate::domain::audit::{AuditEntry, AuditFilter};
use crate::domain::page::{Page, PageRequest};

#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Entries, newest first; pages continue after the number of an entry.
    async fn list_audit_entries(&self, filter: &AuditFilter, page: PageRequest<i64>) -> Result<Page<AuditEntry, i64>>;

    /// Removes entries that were made before `oldest`, at most `most` of them; says how many.
    async fn remove_old_audit_entries(&self, oldest: Timestamp, most: usize) -> Result<usize>;
}
