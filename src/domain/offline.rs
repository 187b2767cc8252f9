//! Messages that wait for an account until it logs in (XEP-0160), or until a session acknowledges them (XEP-0198).

use std::sync::Arc;

use jiff::Timestamp;

/// A message to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOfflineMessage {
    /// The stanza as it is to be delivered, without the mark of its delay.
    pub stanza: Arc<str>,
    pub at: Timestamp,
    /// Its public id in the archive of the account.
    pub archive_id: Option<String>,
    /// The session that is owed it; `None`: it waits for a login.
    pub holder: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfflineMessage {
    /// Never used for another message, of any account.
    pub id: i64,
    pub stanza: String,
    pub at: Timestamp,
    pub archive_id: Option<String>,
}

/// How much may wait for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfflineLimits {
    pub messages: u64,
    /// Of all stanzas together.
    pub bytes: u64,
}
