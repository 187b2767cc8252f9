//! The embedded server: SQLite now, with the XMPP engine beside it later.

mod accounts;
mod audit;
mod cache;
mod groups;
mod health;
mod messages;
mod passwords;
mod properties;
mod room_affiliations;
mod room_occupants;
mod rooms;
mod rosters;
mod sessions;
mod vcards;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cache::AccountCache;
use passwords::Passwords;

use crate::domain::Result;
use crate::domain::audit::AuditRecord;
use crate::domain::clock::Clock;
use crate::domain::random::Random;
use crate::storage::audit as audit_log;
use crate::storage::{Listener, OpenError, Options, Store, Transaction};

/// What the embedded server may use.
#[derive(Debug, Clone)]
pub struct Settings {
    pub storage: Options,
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
            storage: Options::default(),
            cached_accounts: 10_000,
            scram_iterations: 10_000,
            hashing_queue: 256,
            credential_memory: Duration::from_mins(1),
            credential_memory_entries: 10_000,
        }
    }
}

pub struct Embedded {
    store: Store,
    accounts: Arc<AccountCache>,
    passwords: Arc<Passwords>,
    clock: Arc<dyn Clock>,
}

impl Embedded {
    /// Opens or makes the database at `path`.
    pub fn open(
        path: &Path,
        settings: &Settings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, OpenError> {
        let accounts = Arc::new(AccountCache::new(settings.cached_accounts));
        let passwords = Arc::new(Passwords::new(settings, Arc::clone(&clock), random));
        let (cache, memory) = (Arc::clone(&accounts), Arc::clone(&passwords));
        let forget: Listener = Box::new(move |event| {
            for address in cache::accounts_of(event) {
                cache.forget(address);
                memory.forget(address);
            }
        });
        let store = Store::open(path, &settings.storage, vec![forget])?;
        Ok(Self {
            store,
            accounts,
            passwords,
            clock,
        })
    }

    /// Tells `listener` of every change from now on, before the change is answered.
    pub fn listen(&self, listener: Listener) {
        self.store.listen(listener);
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Makes a change and stores its audit entry with it, in one job.
    async fn change<T: Send + 'static>(
        &self,
        record: Option<AuditRecord>,
        mut job: impl FnMut(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store
            .write(move |transaction| {
                let result = job(transaction)?;
                audit_log::insert(transaction, record.as_ref())?;
                Ok(result)
            })
            .await
    }

    pub async fn close(&self) {
        self.store.close().await;
    }
}
