//! The security audit log: who changed what, from where. Entries are stored with the change itself.

use jiff::Timestamp;

/// An entry to be written with a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    pub at: Timestamp,
    /// Who did it, as the log shows it.
    pub username: String,
    /// What was done, in a few words.
    pub summary: String,
    /// Through which door and from where; never a secret.
    pub details: Option<String>,
    /// The host name of the server.
    pub node: String,
}

/// An entry as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    pub id: i64,
    pub record: AuditRecord,
}

/// Which entries a list holds, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Exactly this user.
    pub username: Option<String>,
    pub oldest: Option<Timestamp>,
    pub newest: Option<Timestamp>,
    /// How many of the newest are left out.
    pub offset: u64,
}
