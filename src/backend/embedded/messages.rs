//! Messages of the embedded server. Without an XMPP engine nobody is connected to hear a broadcast.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Messages;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::message::Announcement;
use crate::storage::offline;

#[async_trait]
impl Messages for Embedded {
    async fn broadcast(&self, _host: &Host, _message: Announcement, record: Option<AuditRecord>) -> Result<()> {
        self.note(record).await
    }

    async fn count_unread_messages(&self, account: &AccountAddress) -> Result<u64> {
        let account = account.clone();
        self.store
            .read(move |connection| offline::count(connection, &account))
            .await
    }
}
