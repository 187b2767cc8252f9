//! The security audit log (§10.18).

use futures::FutureExt;
use jiff::Timestamp;

use super::call::Call;
use super::error::{During, Failure};
use super::operation::{Operation, Outcome};
use super::reply::Reply;
use super::wire::security_log::{LOGS, LogEntry};
use crate::admin::AdminSession;
use crate::domain::Result;
use crate::domain::audit::{AuditEntry, AuditFilter};
use crate::domain::page::{MAX_PAGE, Page, PageRequest};

pub const OPERATIONS: &[Operation] =
    &[
        Operation::get("/logs/security", "getSecurityAuditLogs", |call| list(call).boxed())
            .during("Could not get security audit logs"),
    ];

const DEFAULT_LIMIT: i32 = 100;

impl From<AuditEntry> for LogEntry {
    fn from(entry: AuditEntry) -> Self {
        let record = entry.record;
        Self {
            log_id: entry.id,
            username: Some(record.username),
            timestamp: record.at.as_millisecond().div_euclid(1000),
            summary: Some(record.summary),
            node: Some(record.node),
            details: record.details,
        }
    }
}

async fn list(call: &Call) -> Outcome {
    let offset: i32 = call.integer("offset")?.unwrap_or(0);
    let limit: i32 = call.integer("limit")?.unwrap_or(DEFAULT_LIMIT);
    let filter = AuditFilter {
        username: call.text("username").map(std::borrow::Cow::into_owned),
        oldest: bound(call, "startTime")?,
        newest: bound(call, "endTime")?,
        offset: u64::try_from(offset).unwrap_or(0),
    };
    let limit = usize::try_from(limit).unwrap_or(0);
    let first = page(&call.admin, &filter, None, limit)
        .await
        .during(call.message(), "")?;
    let admin = call.admin.clone();
    let next = move |(after, left)| {
        let (admin, filter) = (admin.clone(), filter.clone());
        async move { page(&admin, &filter, Some(after), left).await }
    };
    Ok(Reply::pages(call.negotiated(), LOGS, first, next, LogEntry::from))
}

/// Whole seconds; 0 is no bound, and what no calendar holds is the end of the calendar.
fn bound(call: &Call, name: &str) -> Result<Option<Timestamp>, Failure> {
    let seconds: i64 = call.integer(name)?.unwrap_or(0);
    let limit = if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Ok((seconds != 0).then(|| Timestamp::from_second(seconds).unwrap_or(limit)))
}

/// The entries after `after`, of which `left` are wanted. What continues is the last number and what is wanted then.
async fn page(
    admin: &AdminSession,
    filter: &AuditFilter,
    after: Option<i64>,
    left: usize,
) -> Result<Page<AuditEntry, (i64, usize)>> {
    let limit = left.min(MAX_PAGE);
    if limit == 0 {
        return Ok(Page {
            items: Vec::new(),
            next: None,
        });
    }
    let found = admin.list_audit_entries(filter, PageRequest { after, limit }).await?;
    let left = left - found.items.len();
    Ok(Page {
        next: found.next.filter(|_| left > 0).map(|last| (last, left)),
        items: found.items,
    })
}
