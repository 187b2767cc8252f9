//! vCards of the administered server. The owner need not have an account.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::audit::AuditRecord;
use crate::domain::vcard::VCard;

#[async_trait]
pub trait VCards: Send + Sync {
    async fn find_vcard(&self, owner: &AccountAddress) -> Result<Option<VCard>>;

    /// Stores a vCard in the place of the one there may be.
    async fn change_vcard(&self, owner: &AccountAddress, vcard: VCard, record: Option<AuditRecord>) -> Result<()>;

    /// No error when there is none.
    async fn remove_vcard(&self, owner: &AccountAddress, record: Option<AuditRecord>) -> Result<()>;
}
