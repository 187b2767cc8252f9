//! vCards. The owner need not have an account.

use super::AdminSession;
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::vcard::VCard;

impl AdminSession {
    pub async fn find_vcard(&self, owner: &AccountAddress) -> Result<Option<VCard>> {
        self.backend().find_vcard(owner).await
    }

    /// Stores a vCard in the place of the one there may be.
    pub async fn change_vcard(&self, owner: &AccountAddress, vcard: VCard) -> Result<()> {
        let record = self.record(format!("changed the vCard of {owner}"));
        self.backend().change_vcard(owner, vcard, record).await
    }

    /// No error when there is none.
    pub async fn remove_vcard(&self, owner: &AccountAddress) -> Result<()> {
        let record = self.record(format!("removed the vCard of {owner}"));
        self.backend().remove_vcard(owner, record).await
    }
}
