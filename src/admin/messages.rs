//! Messages to users, and messages that wait for them.

use super::AdminSession;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::message::Announcement;

impl AdminSession {
    /// Sends a headline to every connected client of `host`.
    pub async fn broadcast(&self, host: &Host, message: Announcement) -> Result<()> {
        let record = self.record("sent a message to all connected users".to_owned());
        self.backend().broadcast(host, message, record).await
    }

    /// How many messages wait for the account; none for an unknown one.
    pub async fn count_unread_messages(&self, account: &AccountAddress) -> Result<u64> {
        self.backend().count_unread_messages(account).await
    }
}
