//! The security audit log of the embedded server.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::AuditLog;
use crate::domain::Result;
use crate::domain::audit::{AuditEntry, AuditFilter};
use crate::storage;

#[async_trait]
impl AuditLog for Embedded {
    async fn list_audit_entries(&self, filter: AuditFilter) -> Result<Vec<AuditEntry>> {
        self.store
            .read(move |connection| storage::audit::list(connection, &filter))
            .await
    }
}
