//! The security audit log of the embedded server.

use async_trait::async_trait;
use jiff::Timestamp;

use super::Embedded;
use crate::backend::AuditLog;
use crate::domain::Result;
use crate::domain::audit::{AuditEntry, AuditFilter};
use crate::domain::page::{Page, PageRequest};
use crate::storage;

#[async_trait]
impl AuditLog for Embedded {
    async fn list_audit_entries(&self, filter: &AuditFilter, page: PageRequest<i64>) -> Result<Page<AuditEntry, i64>> {
        let filter = filter.clone();
        self.store
            .read(move |connection| storage::audit::list(connection, &filter, &page))
            .await
    }

    async fn remove_old_audit_entries(&self, oldest: Timestamp, most: usize) -> Result<usize> {
        self.store
            .write(move |transaction| storage::audit::remove_old(transaction, oldest, most))
            .await
    }
}
