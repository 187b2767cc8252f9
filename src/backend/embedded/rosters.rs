//! Rosters of the embedded server.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Rosters;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::audit::AuditRecord;
use crate::domain::page::{Page, PageRequest};
use crate::domain::roster::{NewRosterItem, RosterItem, RosterItemChanges};
use crate::storage::rosters;

#[async_trait]
impl Rosters for Embedded {
    async fn list_roster(&self, owner: &AccountAddress, page: PageRequest) -> Result<Page<RosterItem>> {
        let owner = owner.clone();
        self.store
            .read(move |connection| rosters::list(connection, &owner, &page))
            .await
    }

    async fn find_roster_item(&self, owner: &AccountAddress, contact: &Address) -> Result<Option<RosterItem>> {
        let (owner, contact) = (owner.clone(), contact.clone());
        self.store
            .read(move |connection| rosters::find(connection, &owner, &contact))
            .await
    }

    async fn create_roster_item(
        &self,
        owner: &AccountAddress,
        new: NewRosterItem,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let (owner, new) = (owner.clone(), new.checked()?);
        self.change(record, move |transaction| rosters::insert(transaction, &owner, &new))
            .await
    }

    async fn change_roster_item(
        &self,
        owner: &AccountAddress,
        contact: &Address,
        changes: RosterItemChanges,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let (owner, contact, changes) = (owner.clone(), contact.clone(), changes.checked()?);
        self.change(record, move |transaction| {
            rosters::change(transaction, &owner, &contact, &changes)
        })
        .await
    }

    async fn remove_roster_item(
        &self,
        owner: &AccountAddress,
        contact: &Address,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let (owner, contact) = (owner.clone(), contact.clone());
        self.change(record, move |transaction| {
            rosters::remove(transaction, &owner, &contact)
        })
        .await
    }
}
