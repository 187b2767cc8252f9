//! Reading the security audit log.

use super::AdminSession;
use crate::domain::Result;
use crate::domain::audit::{AuditEntry, AuditFilter};

impl AdminSession {
    /// Entries, newest first.
    pub async fn list_audit_entries(&self, filter: AuditFilter) -> Result<Vec<AuditEntry>> {
        self.backend().list_audit_entries(filter).await
    }
}
