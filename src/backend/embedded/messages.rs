//! Messages of the embedded server.

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
    async fn broadcast(&self, host: &Host, message: Announcement, record: Option<AuditRecord>) -> Result<()> {
        self.note(record).await?;
        self.engine.announce(host, &message);
        Ok(())
    }

    async fn count_unread_messages(&self, account: &AccountAddress) -> Result<u64> {
        let account = account.clone();
        self.store
            .read(move |connection| offline::count(connection, &account))
            .await
    }
}
