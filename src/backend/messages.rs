//! Messages that the administered server sends and keeps.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::message::Announcement;

#[async_trait]
pub trait Messages: Send + Sync {
    /// Sends a headline from `host` to every bound session of its clients, whatever their presence.
    async fn broadcast(&self, host: &Host, message: Announcement, record: Option<AuditRecord>) -> Result<()>;

    /// How many messages wait for the account; none for an unknown one.
    async fn count_unread_messages(&self, account: &AccountAddress) -> Result<u64>;
}
