//! Rosters of the administered server. The owner need not have an account.

use async_trait::async_trait;

use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::audit::AuditRecord;
use crate::domain::page::{Page, PageRequest};
use crate::domain::roster::{NewRosterItem, RosterItem, RosterItemChanges};

#[async_trait]
pub trait Rosters: Send + Sync {
    /// The contacts, those that shared groups imply and those that wait for an answer included.
    async fn list_roster(&self, owner: &AccountAddress, page: PageRequest) -> Result<Page<RosterItem>>;

    /// Whether a contact can be added with these groups: `AlreadyExists` when it is there,
    /// `SharedGroup` when it is to be in a shared group.
    async fn check_new_roster_item(&self, owner: &AccountAddress, contact: &Address, groups: &[String]) -> Result<()>;

    /// Refuses what `check_new_roster_item` refuses before it refuses a value.
    async fn create_roster_item(
        &self,
        owner: &AccountAddress,
        new: NewRosterItem,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// Whether a contact can have these groups: `NotFound` without such a contact, `SharedGroup`
    /// when it would leave a shared group.
    async fn check_roster_change(
        &self,
        owner: &AccountAddress,
        contact: &Address,
        groups: Option<&[String]>,
    ) -> Result<()>;

    /// Refuses what `check_roster_change` refuses before it refuses a value.
    async fn change_roster_item(
        &self,
        owner: &AccountAddress,
        contact: &Address,
        changes: RosterItemChanges,
        record: Option<AuditRecord>,
    ) -> Result<()>;

    /// `NotFound` without such a contact, `SharedGroup` when a shared group implies it. A local
    /// contact keeps its own item for the owner, with the subscription lowered.
    async fn remove_roster_item(
        &self,
        owner: &AccountAddress,
        contact: &Address,
        record: Option<AuditRecord>,
    ) -> Result<()>;
}
