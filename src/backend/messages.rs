//! Messages that the administered server sends and keeps.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::message::{Announcement, Occasion, StandingMessage};

#[async_trait]
pub trait Messages: Send + Sync {
    /// Sends a headline from `host` to every bound session of its clients, whatever their presence.
    async fn broadcast(&self, host: &Host, message: Announcement, record: Option<AuditRecord>) -> Result<()>;

    /// How many messages wait for the account; none for an unknown one.
    async fn count_unread_messages(&self, account: &AccountAddress) -> Result<u64>;

    /// What everybody on the host is told on an occasion.
    async fn find_standing_message(&self, host: &Host, occasion: Occasion) -> Result<Option<StandingMessage>>;

    /// Lets everybody be told, also who was told something else.
    async fn set_standing_message(
        &self,
        host: &Host,
        occasion: Occasion,
        message: Announcement,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// Changes what is told to those who have not been told it.
    async fn edit_standing_message(
        &self,
        host: &Host,
        occasion: Occasion,
        message: Announcement,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// No error when there is none.
    async fn remove_standing_message(&self, host: &Host, occasion: Occasion, record: Option<AuditRecord>)
    -> Result<()>;
}
