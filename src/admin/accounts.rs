//! Accounts and their lockouts.

use std::sync::Arc;

use super::AdminSession;
use crate::domain::Result;
use crate::domain::account::{Account, AccountChanges, AccountFilter, Lockout, NewAccount};
use crate::domain::address::{AccountAddress, Host};
use crate::domain::page::{Page, PageRequest};

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

    pub async fn find_account(&self, address: &AccountAddress) -> Result<Option<Arc<Account>>> {
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

    /// Locks the account for ever. `NotFound` when there is no such account.
    pub async fn lock_account(&self, address: &AccountAddress, lockout: Lockout) -> Result<()> {
        let record = self.record(format!("locked account {address}"));
        self.backend().lock_account(address, lockout, record).await
    }

    /// Takes a lockout back; no error when there is none.
    pub async fn unlock_account(&self, address: &AccountAddress) -> Result<()> {
        let record = self.record(format!("unlocked account {address}"));
        self.backend().unlock_account(address, record).await
    }
}
