//! Rosters. The owner need not have an account: who wants that checked looks the account up first.

use super::AdminSession;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::page::{Page, PageRequest};
use crate::domain::roster::{NewRosterItem, RosterItem, RosterItemChanges};

impl AdminSession {
    /// The contacts, those that shared groups imply and those that wait for an answer included.
    pub async fn list_roster(&self, owner: &AccountAddress, page: PageRequest) -> Result<Page<RosterItem>> {
        self.backend().list_roster(owner, page).await
    }

    /// Whether a contact can be added with these groups. `AlreadyExists` when it is there, also
    /// through a shared group; `SharedGroup` when it is to be in a group of the name of a shared one.
    pub async fn check_new_roster_item(
        &self,
        owner: &AccountAddress,
        contact: &Address,
        groups: &[String],
    ) -> Result<()> {
        self.backend().check_new_roster_item(owner, contact, groups).await
    }

    /// Adds a contact on the owner's side only. Refuses what [`Self::check_new_roster_item`] refuses
    /// before it refuses a value.
    pub async fn create_roster_item(&self, owner: &AccountAddress, new: NewRosterItem) -> Result<()> {
        let record = self.record(format!("added {} to the roster of {owner}", new.contact));
        self.backend().create_roster_item(owner, new, record).await
    }

    /// Whether a contact can have these groups. `NotFound` without such a contact; `SharedGroup`
    /// when they leave out a shared group that it is in.
    pub async fn check_roster_change(
        &self,
        owner: &AccountAddress,
        contact: &Address,
        groups: Option<&[String]>,
    ) -> Result<()> {
        self.backend().check_roster_change(owner, contact, groups).await
    }

    /// Refuses what [`Self::check_roster_change`] refuses before it refuses a value.
    pub async fn change_roster_item(
        &self,
        owner: &AccountAddress,
        contact: &Address,
        changes: RosterItemChanges,
    ) -> Result<()> {
        let record = self.record(format!("changed {contact} in the roster of {owner}"));
        self.backend().change_roster_item(owner, contact, changes, record).await
    }

    /// Removes a contact and ends the subscriptions in both directions: a local contact keeps its
    /// own item for the owner. `NotFound` without such a contact; `SharedGroup` when a shared group
    /// implies it.
    pub async fn remove_roster_item(&self, owner: &AccountAddress, contact: &Address) -> Result<()> {
        let record = self.record(format!("removed {contact} from the roster of {owner}"));
        self.backend().remove_roster_item(owner, contact, record).await
    }
}
