//! Rosters of the embedded server.

use async_trait::async_trait;

use super::Embedded;
use crate::backend::Rosters;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::audit::AuditRecord;
use crate::domain::event::RosterCause;
use crate::domain::page::{Page, PageRequest};
use crate::domain::roster::{NewRosterItem, RosterItem, RosterItemChanges};
use crate::storage::rosters;

#[async_trait]
impl Rosters for Embedded {
    async fn list_roster(&self, owner: &AccountAddress, page: PageRequest) -> Result<Page<RosterItem>> {
        let owner = owner.clone();
        self.store
            .read(move |connection| rosters::list_with_requests(connection, &owner, &page))
            .await
    }

    async fn check_new_roster_item(&self, owner: &AccountAddress, contact: &Address, groups: &[String]) -> Result<()> {
        let (owner, contact, groups) = (owner.clone(), contact.clone(), groups.to_owned());
        self.store
            .read(move |connection| rosters::check_insert(connection, &owner, &contact, &groups))
            .await
    }

    async fn create_roster_item(
        &self,
        owner: &AccountAddress,
        new: NewRosterItem,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        if let Err(refused) = new.check() {
            self.check_new_roster_item(owner, &new.contact, &new.groups).await?;
            return Err(refused);
        }
        let owner = owner.clone();
        self.change(record, move |transaction| rosters::insert(transaction, &owner, &new))
            .await
    }

    async fn check_roster_change(
        &self,
        owner: &AccountAddress,
        contact: &Address,
        groups: Option<&[String]>,
    ) -> Result<()> {
        let (owner, contact, groups) = (owner.clone(), contact.clone(), groups.map(<[_]>::to_owned));
        self.store
            .read(move |connection| rosters::check_change(connection, &owner, &contact, groups.as_deref()))
            .await
    }

    async fn change_roster_item(
        &self,
        owner: &AccountAddress,
        contact: &Address,
        changes: RosterItemChanges,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        if let Err(refused) = changes.check() {
            self.check_roster_change(owner, contact, changes.groups.as_deref())
                .await?;
            return Err(refused);
        }
        let (owner, contact) = (owner.clone(), contact.clone());
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
            rosters::remove(transaction, &owner, &contact, RosterCause::Administration)
        })
        .await
    }
}
