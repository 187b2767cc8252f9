//! Messages of the embedded server.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Messages;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::clock::now_in_milliseconds;
use crate::domain::message::{Announcement, Occasion, StandingMessage};
use crate::storage::{offline, standing_messages};

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

    async fn find_standing_message(&self, host: &Host, occasion: Occasion) -> Result<Option<StandingMessage>> {
        Ok(self.engine.standing_message(host, occasion))
    }

    async fn set_standing_message(
        &self,
        host: &Host,
        occasion: Occasion,
        message: Announcement,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let (host, now) = (host.clone(), now_in_milliseconds(&*self.clock));
        self.change(record, move |transaction| {
            standing_messages::set(transaction, &host, occasion, &message, now)
        })
        .await
    }

    async fn edit_standing_message(
        &self,
        host: &Host,
        occasion: Occasion,
        message: Announcement,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let (host, now) = (host.clone(), now_in_milliseconds(&*self.clock));
        self.change(record, move |transaction| {
            standing_messages::edit(transaction, &host, occasion, &message, now)
        })
        .await
    }

    async fn remove_standing_message(
        &self,
        host: &Host,
        occasion: Occasion,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let host = host.clone();
        self.change(record, move |transaction| {
            standing_messages::remove(transaction, &host, occasion)
        })
        .await
    }
}
