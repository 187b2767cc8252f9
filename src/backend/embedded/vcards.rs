//! vCards of the embedded server.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::VCards;
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::audit::AuditRecord;
use crate::domain::vcard::VCard;
use crate::storage::vcards;

#[async_trait]
impl VCards for Embedded {
    async fn find_vcard(&self, owner: &AccountAddress) -> Result<Option<VCard>> {
        let owner = owner.clone();
        self.store
            .read(move |connection| vcards::find(connection, &owner))
            .await
    }

    async fn change_vcard(&self, owner: &AccountAddress, vcard: VCard, record: Option<AuditRecord>) -> Result<()> {
        let owner = owner.clone();
        self.change(record, move |transaction| vcards::put(transaction, &owner, &vcard))
            .await
    }

    async fn remove_vcard(&self, owner: &AccountAddress, record: Option<AuditRecord>) -> Result<()> {
        let owner = owner.clone();
        self.change(record, move |transaction| vcards::remove(transaction, &owner))
            .await
    }
}
