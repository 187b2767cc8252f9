//! Invitations of the embedded server.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Invitations;
use crate::domain::Result;
use crate::domain::audit::AuditRecord;
use crate::domain::invitation::{Invitation, Invited, NewInvitation};
use crate::domain::page::{Page, PageRequest};
use crate::engine::invitations::Draft;
use crate::storage::invitations;

#[async_trait]
impl Invitations for Embedded {
    async fn create_invitation(&self, new: NewInvitation, record: Option<AuditRecord>) -> Result<Invited> {
        let draft = Draft::new(&self.engine, new)?;
        self.change(record, move |transaction| draft.store(transaction)).await
    }

    async fn list_invitations(&self, page: PageRequest<i64>) -> Result<Page<Invitation, i64>> {
        let now = self.clock.now();
        self.store
            .read(move |connection| invitations::list(connection, &page, now))
            .await
    }

    async fn remove_invitation(&self, number: i64, record: Option<AuditRecord>) -> Result<()> {
        self.change(record, move |transaction| invitations::remove(transaction, number))
            .await
    }
}
