//! Accounts and their lockouts.

use std::sync::Arc;

use jiff::Timestamp;

use super::AdminSession;
use crate::domain::Result;
use crate::domain::account::{Account, AccountChanges, AccountFilter, Lockout, NewAccount, OpenSessions};
use crate::domain::address::{AccountAddress, Address, Host};
use crate::domain::kept::Kept;
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::default_owner;

impl AdminSession {
    /// `AlreadyExists` when the address is taken.
    pub async fn create_account(&self, new: NewAccount) -> Result<()> {
        let record = self.record(format!("created account {}", new.address));
        self.backend().create_account(new, record).await
    }

    /// Creates all of them in one transaction, or none and the error of the first that failed.
    pub async fn create_accounts(&self, new: Vec<NewAccount>) -> Result<()> {
        let records = new
            .iter()
            .filter_map(|new| self.record(format!("created account {}", new.address)))
            .collect();
        self.backend().create_accounts(new, records).await
    }

    pub async fn find_account(&self, address: &AccountAddress) -> Result<Option<Arc<Kept<Account>>>> {
        self.backend().find_account(address).await
    }

    pub async fn list_accounts(&self, host: &Host, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>> {
        self.backend().list_accounts(host, filter, page).await
    }

    /// `NotFound` when there is no such account.
    pub async fn change_account(&self, address: &AccountAddress, changes: AccountChanges) -> Result<()> {
        let record = self.record(format!("changed account {address}"));
        self.backend().change_account(address, changes, record).await
    }

    /// Moves an account to another name, all or nothing. `NotFound`, or `AlreadyExists` for the new name.
    pub async fn rename_account(
        &self,
        from: &AccountAddress,
        to: &AccountAddress,
        changes: AccountChanges,
    ) -> Result<()> {
        let record = self.record(format!("renamed account {from} to {to}"));
        let heir = self.heir_of(from);
        self.backend().rename_account(from, to, changes, &heir, record).await
    }

    /// Removes an account with all that is kept for it. `NotFound` when there is no such account.
    pub async fn remove_account(&self, address: &AccountAddress) -> Result<()> {
        let record = self.record(format!("removed account {address}"));
        let heir = self.heir_of(address);
        self.backend().remove_account(address, &heir, record).await
    }

    /// The administrator who gets the rooms that would be left without an owner.
    fn heir_of(&self, leaving: &AccountAddress) -> Address {
        let leaving = leaving.to_address();
        let access = self.admin.settings().access();
        let heir = access
            .administrators
            .iter()
            .find(|administrator| **administrator != leaving);
        heir.cloned().unwrap_or_else(|| default_owner(self.host()))
    }

    /// Locks the account for ever. `NotFound` when there is no such account.
    pub async fn lock_account(&self, address: &AccountAddress, lockout: Lockout, sessions: OpenSessions) -> Result<()> {
        let record = self.record(format!("locked account {address}"));
        self.backend().lock_account(address, lockout, sessions, record).await
    }

    /// Takes a lockout back; no error when there is none.
    pub async fn unlock_account(&self, address: &AccountAddress) -> Result<()> {
        let record = self.record(format!("unlocked account {address}"));
        self.backend().unlock_account(address, record).await
    }

    /// How many accounts the host has.
    pub async fn count_accounts(&self, host: &Host) -> Result<u64> {
        self.backend().count_accounts(host).await
    }

    /// How many of them cannot log in now.
    pub async fn count_locked_accounts(&self, host: &Host) -> Result<u64> {
        self.backend().count_locked_accounts(host).await
    }

    /// Those accounts.
    pub async fn list_locked_accounts(&self, host: &Host, page: PageRequest) -> Result<Page<Account>> {
        let filter = AccountFilter::Locked(self.admin.clock().now());
        self.backend().list_accounts(host, &filter, page).await
    }

    /// When a client of the account logged in last; `None`: never, as far as is known.
    pub async fn find_last_login(&self, address: &AccountAddress) -> Result<Option<Timestamp>> {
        self.backend().find_last_login(address).await
    }
}
