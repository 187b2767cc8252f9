//! The security audit log.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::audit::{AuditEntry, AuditFilter};

#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Entries, newest first.
    async fn list_audit_entries(&self, filter: AuditFilter) -> Result<Vec<AuditEntry>>;
}
