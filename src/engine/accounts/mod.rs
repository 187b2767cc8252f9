//! The accounts of the embedded server as those need them who log in or are asked for a lot: from
//! a cache, and with passwords checked off the async threads.

mod cache;
mod hashing;
mod metrics;
mod passwords;

use std::sync::Arc;
use std::time::Duration;

pub use cache::CachedAccount;
use cache::{AccountCache, accounts_of};
use passwords::Passwords;

use crate::domain::Result;
use crate::domain::account::{Credentials, Password};
use crate::domain::address::AccountAddress;
use crate::domain::clock::Clock;
use crate::domain::event::Event;
use crate::domain::random::Random;
use crate::metrics::Collectors;
use crate::storage::{Store, accounts};

#[derive(Debug, Clone)]
pub struct Settings {
    /// Accounts kept in memory.
    pub cached_accounts: usize,
    /// PBKDF2 rounds of new keys.
    pub scram_iterations: u32,
    /// Password checks and derivations that may wait for a processor.
    pub hashing_queue: usize,
    /// How long a password that was right is remembered, and how many at most.
    pub credential_memory: Duration,
    pub credential_memory_entries: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cached_accounts: 10_000,
            scram_iterations: 10_000,
            hashing_queue: 256,
            credential_memory: Duration::from_mins(1),
            credential_memory_entries: 10_000,
        }
    }
}

/// Accounts and their passwords. A clone is another handle to the same.
#[derive(Clone)]
pub struct Accounts {
    store: Store,
    cache: Arc<AccountCache>,
    passwords: Arc<Passwords>,
    clock: Arc<dyn Clock>,
}

impl Accounts {
    /// Hears of every change in `store` from now on.
    pub fn new(store: Store, settings: &Settings, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let cache = Arc::new(AccountCache::new(settings.cached_accounts));
        let passwords = Arc::new(Passwords::new(settings, Arc::clone(&clock), random));
        let (entries, memory) = (Arc::clone(&cache), Arc::clone(&passwords));
        store.listen(Box::new(move |event: &Event| {
            for address in accounts_of(event) {
                entries.forget(address);
                memory.forget(address);
            }
        }));
        Self {
            store,
            cache,
            passwords,
            clock,
        }
    }

    /// The metrics of accounts and passwords.
    pub fn collectors(&self) -> Collectors {
        self.passwords.collectors()
    }

    /// The time that lockouts are judged by.
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The account from the cache, else from the database.
    pub async fn find(&self, address: &AccountAddress) -> Result<Option<Arc<CachedAccount>>> {
        let cached = self.cache.get(address);
        self.passwords.metrics().accounts.count(cached.is_some());
        if cached.is_some() {
            return Ok(cached);
        }
        self.read(address).await
    }

    /// The account from the database, whether it is in the cache or not: so that a known account takes as long as an
    /// unknown one, which is never in the cache.
    pub async fn read(&self, address: &AccountAddress) -> Result<Option<Arc<CachedAccount>>> {
        let generation = self.cache.generation(address);
        let wanted = address.clone();
        let found = self
            .store
            .read(move |connection| accounts::find(connection, &wanted))
            .await?;
        let Some(record) = found else {
            return Ok(None);
        };
        let entry = Arc::new(CachedAccount::new(record, generation));
        self.cache.insert(address, Arc::clone(&entry));
        Ok(Some(entry))
    }

    /// The account, unless it is unknown or locked at this moment.
    pub async fn find_open(&self, address: &AccountAddress) -> Result<Option<Arc<CachedAccount>>> {
        let found = self.find(address).await?;
        Ok(found.filter(|entry| !self.is_locked(entry)))
    }

    /// Whether the account cannot log in at this moment.
    pub fn is_locked(&self, entry: &CachedAccount) -> bool {
        let lockout = entry.lockout.as_ref();
        lockout.is_some_and(|lockout| lockout.is_active(self.clock.now()))
    }

    /// Whether the account exists, is not locked and has this password. Unknown and locked accounts cost the same.
    pub async fn verify_password(&self, address: &AccountAddress, password: &str) -> Result<bool> {
        let found = self.find_open(address).await?;
        let right = self.check_password(found.as_deref(), password).await?;
        if let (true, Some(entry)) = (right, &found)
            && !entry.credentials.are_complete()
            && let Err(cause) = self.complete_keys(entry, Password::new(password)?).await
        {
            tracing::warn!(%address, %cause, "the missing keys of an account were not made");
        }
        Ok(right)
    }

    /// Costs as much as a wrong password of an account that exists.
    pub async fn refuse_password(&self, password: &str) -> Result<()> {
        self.passwords.refuse(password).await
    }

    /// Whether this is the password of the account that was found, locked or not. None found costs as much as a wrong one.
    pub async fn check_password(&self, found: Option<&CachedAccount>, password: &str) -> Result<bool> {
        match found {
            Some(entry) => {
                let address = &entry.account.address;
                self.passwords.verify(address, password, &entry.credentials).await
            }
            None => self.refuse_password(password).await.map(|()| false),
        }
    }

    /// Makes the keys that an account from elsewhere lacks, now that its password is known: `password` must be the
    /// right one for `entry`. Nothing happens when its keys have changed since.
    pub async fn complete_keys(&self, entry: &CachedAccount, password: Password) -> Result<()> {
        if entry.credentials.are_complete() {
            return Ok(());
        }
        let new = self.derive(password).await?;
        let (address, before) = (entry.account.address.clone(), entry.credentials.clone());
        self.store
            .write(move |transaction| accounts::add_missing_keys(transaction, &address, &before, &new))
            .await
    }

    /// PBKDF2 rounds of new keys.
    pub fn scram_iterations(&self) -> u32 {
        self.passwords.iterations()
    }

    /// Keys for a new password. `Unavailable` when too many are waiting.
    pub async fn derive(&self, password: Password) -> Result<Credentials> {
        self.passwords.derive(password).await
    }
}
