//! When accounts logged in last, when they were last available and what they said then. Kept in memory until some time
//! has passed, and then stored together: a crash loses the last few, a clean end none.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Handle;

use crate::domain::address::AccountAddress;
use crate::domain::presence::LastActivity;
use crate::storage::{Store, last_activity};

/// How long departures wait for others.
const DELAY: Duration = Duration::from_secs(5);

/// Accounts that are stored in one job.
const BATCH: usize = 500;

/// A clone is another handle to the same.
#[derive(Clone)]
pub struct LastSeen(Arc<Inner>);

struct Inner {
    store: Store,
    runtime: Handle,
    waiting: Mutex<HashMap<AccountAddress, LastActivity>>,
    logins: Mutex<HashMap<AccountAddress, Timestamp>>,
}

impl LastSeen {
    /// It stores what it notes by tasks of `runtime`.
    pub fn new(store: Store, runtime: Handle) -> Self {
        Self(Arc::new(Inner {
            store,
            runtime,
            waiting: Mutex::default(),
            logins: Mutex::default(),
        }))
    }

    /// Notes that the last available session of an account has gone.
    pub fn note(&self, account: &AccountAddress, last: LastActivity) {
        let mut waiting = self.lock();
        let is_first = waiting.is_empty();
        waiting.insert(account.clone(), last);
        drop(waiting);
        if is_first {
            self.store_soon();
        }
    }

    /// Notes that a client of an account has logged in.
    pub fn note_login(&self, account: &AccountAddress, at: Timestamp) {
        let mut logins = self.lock_logins();
        let is_first = logins.is_empty();
        logins.insert(account.clone(), at);
        drop(logins);
        if is_first {
            self.store_soon();
        }
    }

    /// The last login of an account, if it is not stored yet.
    pub fn waiting_login(&self, account: &AccountAddress) -> Option<Timestamp> {
        self.lock_logins().get(account).copied()
    }

    /// The departure of an account, if it is not stored yet.
    pub fn waiting(&self, account: &AccountAddress) -> Option<LastActivity> {
        self.lock().get(account).cloned()
    }

    /// Stores what waits.
    pub async fn store(&self) {
        self.store_logins().await;
        loop {
            let batch: Vec<_> = {
                let waiting = self.lock();
                let taken = waiting.iter().take(BATCH);
                taken
                    .map(|(account, departure)| (account.clone(), departure.clone()))
                    .collect()
            };
            if batch.is_empty() {
                return;
            }
            let job = batch.clone();
            let stored = self
                .0
                .store
                .write(move |transaction| last_activity::put(transaction, &job))
                .await;
            if let Err(error) = stored {
                tracing::warn!(%error, "when accounts were last available could not be stored");
            }
            // They are forgotten in any case, so that they do not pile up; later ones of the same accounts are not.
            let mut waiting = self.lock();
            for (account, departure) in batch {
                if waiting.get(&account) == Some(&departure) {
                    waiting.remove(&account);
                }
            }
        }
    }

    async fn store_logins(&self) {
        let waiting: Vec<_> = self.lock_logins().drain().collect();
        for batch in waiting.chunks(BATCH) {
            let job = batch.to_vec();
            let stored = self
                .0
                .store
                .write(move |transaction| last_activity::put_logins(transaction, &job))
                .await;
            if let Err(error) = stored {
                tracing::warn!(%error, "when accounts logged in last could not be stored");
            }
        }
    }

    fn lock_logins(&self) -> MutexGuard<'_, HashMap<AccountAddress, Timestamp>> {
        self.0.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountAddress, LastActivity>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn store_soon(&self) {
        let storing = self.clone();
        self.0.runtime.spawn(async move {
            tokio::time::sleep(DELAY).await;
            storing.store().await;
        });
    }
}
