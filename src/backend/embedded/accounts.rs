//! Accounts of the embedded server.

use std::sync::Arc;

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;

use super::Embedded;
use crate::backend::Accounts;
use crate::domain::account::{
    Account, AccountChanges, AccountFilter, Lockout, NewAccount, OpenSessions, check_localpart,
};
use crate::domain::address::{AccountAddress, Address, Host};
use crate::domain::audit::AuditRecord;
use crate::domain::clock::now_in_milliseconds;
use crate::domain::kept::Kept;
use crate::domain::page::{Page, PageRequest};
use crate::domain::{Error, Result};
use crate::storage::{account_lists, account_moves, accounts, audit, last_activity};

/// Passwords of one request that are derived side by side.
const DERIVED_AT_ONCE: usize = 8;

#[async_trait]
impl Accounts for Embedded {
    async fn create_account(&self, new: NewAccount, record: Option<AuditRecord>) -> Result<()> {
        let new = new.checked()?;
        // An account that exists is refused before its password costs anything; the insert decides.
        if self.accounts.find(&new.address).await?.is_some() {
            return Err(Error::already_exists(
                crate::domain::Kind::Account,
                new.address.to_string(),
            ));
        }
        let credentials = self.accounts.derive(new.password.clone()).await?;
        let now = now_in_milliseconds(&*self.clock);
        self.change(record, move |transaction| {
            accounts::insert(transaction, &new, &credentials, now)
        })
        .await
    }

    async fn create_accounts(&self, new: Vec<NewAccount>, record: Vec<AuditRecord>) -> Result<()> {
        let new = new.into_iter().map(NewAccount::checked).collect::<Result<Vec<_>>>()?;
        let known = self.accounts.clone();
        let prepared: Vec<_> = stream::iter(new)
            .map(|account| {
                let known = known.clone();
                async move {
                    let credentials = known.derive(account.password.clone()).await?;
                    Ok::<_, Error>((account, credentials))
                }
            })
            .buffered(DERIVED_AT_ONCE)
            .try_collect()
            .await?;
        let now = now_in_milliseconds(&*self.clock);
        self.store
            .write(move |transaction| {
                for (account, credentials) in &prepared {
                    accounts::insert(transaction, account, credentials, now)?;
                }
                for record in &record {
                    audit::insert(transaction, Some(record))?;
                }
                Ok(())
            })
            .await
    }

    async fn find_account(&self, address: &AccountAddress) -> Result<Option<Arc<Kept<Account>>>> {
        let entry = self.accounts.find(address).await?;
        Ok(entry.map(|entry| Arc::clone(&entry.account)))
    }

    async fn list_accounts(&self, host: &Host, filter: &AccountFilter, page: PageRequest) -> Result<Page<Account>> {
        let (host, filter) = (host.clone(), filter.clone());
        self.store
            .read(move |connection| account_lists::list(connection, &host, &filter, &page))
            .await
    }

    async fn change_account(
        &self,
        address: &AccountAddress,
        changes: AccountChanges,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let changes = changes.checked()?;
        let address = address.clone();
        let credentials = match changes.password.clone() {
            Some(password) => {
                if self.accounts.find(&address).await?.is_none() {
                    return Err(accounts::missing(&address));
                }
                Some(self.accounts.derive(password).await?)
            }
            None => None,
        };
        let now = now_in_milliseconds(&*self.clock);
        self.change(record, move |transaction| {
            accounts::change(transaction, &address, &changes, credentials.as_ref(), now)
        })
        .await
    }

    async fn rename_account(
        &self,
        from: &AccountAddress,
        to: &AccountAddress,
        changes: AccountChanges,
        heir: &Address,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        check_localpart(to.localpart().as_str())?;
        let changes = changes.checked()?;
        let (from, to, heir) = (from.clone(), to.clone(), heir.clone());
        let now = now_in_milliseconds(&*self.clock);
        self.change(record, move |transaction| {
            account_moves::rename(transaction, &from, &to, &changes, &heir, now)
        })
        .await
    }

    async fn remove_account(
        &self,
        address: &AccountAddress,
        heir: &Address,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let (address, heir) = (address.clone(), heir.clone());
        self.change(record, move |transaction| {
            account_moves::remove(transaction, &address, &heir)
        })
        .await
    }

    async fn lock_account(
        &self,
        address: &AccountAddress,
        lockout: Lockout,
        sessions: OpenSessions,
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let address = address.clone();
        self.change(record, move |transaction| {
            accounts::lock(transaction, &address, &lockout, sessions)
        })
        .await
    }

    async fn unlock_account(&self, address: &AccountAddress, record: Option<AuditRecord>) -> Result<()> {
        let address = address.clone();
        self.change(record, move |transaction| accounts::unlock(transaction, &address))
            .await
    }

    async fn verify_password(&self, address: &AccountAddress, password: &str) -> Result<bool> {
        self.accounts.verify_password(address, password).await
    }

    async fn refuse_password(&self, password: &str) -> Result<()> {
        self.accounts.refuse_password(password).await
    }

    async fn count_accounts(&self, host: &Host) -> Result<u64> {
        let host = host.clone();
        self.store
            .read(move |connection| account_lists::count(connection, &host))
            .await
    }

    async fn count_locked_accounts(&self, host: &Host) -> Result<u64> {
        let (host, now) = (host.clone(), self.clock.now());
        self.store
            .read(move |connection| account_lists::count_locked(connection, &host, now))
            .await
    }

    async fn find_last_login(&self, address: &AccountAddress) -> Result<Option<Timestamp>> {
        if let Some(at) = self.engine.last_login(address) {
            return Ok(Some(at));
        }
        let address = address.clone();
        self.store
            .read(move |connection| last_activity::find_login(connection, &address))
            .await
    }

    async fn change_administrators(
        &self,
        made: &[AccountAddress],
        unmade: &[AccountAddress],
        record: Option<AuditRecord>,
    ) -> Result<()> {
        let (made, unmade) = (made.to_owned(), unmade.to_owned());
        let now = now_in_milliseconds(&*self.clock);
        self.change(record, move |transaction| {
            let made = made.iter().map(|address| (address, true));
            for (address, administrator) in made.chain(unmade.iter().map(|address| (address, false))) {
                accounts::set_administrator(transaction, address, administrator, now)?;
            }
            Ok(())
        })
        .await
    }
}
