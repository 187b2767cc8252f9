//! Reading the security audit log, and keeping it from growing for ever.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Admin, AdminSession};
use crate::domain::Result;
use crate::domain::audit::{AuditEntry, AuditFilter};
use crate::domain::page::{MAX_PAGE, Page, PageRequest};

/// How often old entries are looked for.
const RETENTION_INTERVAL: Duration = Duration::from_hours(1);

impl AdminSession {
    /// Entries, newest first; pages continue after the number of an entry.
    pub async fn list_audit_entries(
        &self,
        filter: &AuditFilter,
        page: PageRequest<i64>,
    ) -> Result<Page<AuditEntry, i64>> {
        self.backend().list_audit_entries(filter, page).await
    }
}

impl Admin {
    /// Removes audit entries older than `retention`, now and every hour. Never ends.
    pub async fn enforce_audit_retention(self, retention: Duration) {
        let mut ticks = tokio::time::interval(RETENTION_INTERVAL);
        loop {
            ticks.tick().await;
            match self.remove_old_audit_entries(retention).await {
                Ok(0) => {}
                Ok(removed) => tracing::info!(removed, "old entries of the audit log were removed"),
                Err(cause) => tracing::warn!(%cause, "old entries of the audit log stay for now"),
            }
        }
    }

    /// Removes audit entries older than `retention`, in slices that let other changes pass; says how many.
    pub async fn remove_old_audit_entries(&self, retention: Duration) -> Result<usize> {
        let kept = SignedDuration::try_from(retention).unwrap_or(SignedDuration::MAX);
        // A retention that reaches before the calendar begins keeps everything.
        let Ok(oldest) = self.clock().now().checked_sub(kept) else {
            return Ok(0);
        };
        let mut total = 0;
        loop {
            let removed = self.backend().remove_old_audit_entries(oldest, MAX_PAGE).await?;
            total += removed;
            if removed < MAX_PAGE {
                return Ok(total);
            }
        }
    }
}
