//! When accounts logged in last, when they were last available and what they said then. Kept in memory until some time
//! has passed, and then stored together: a crash loses the last few, a clean end none.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::super::Engine;
use super::super::session::Session;
use crate::domain::address::AccountAddress;
use crate::domain::presence::LastActivity;
use crate::storage::last_activity;

/// How long departures wait for others.
const DELAY: Duration = Duration::from_secs(5);

/// LastActivitys that are stored in one job.
const BATCH: usize = 500;

#[derive(Debug, Default)]
pub struct LastSeen {
    waiting: Mutex<HashMap<AccountAddress, LastActivity>>,
    logins: Mutex<HashMap<AccountAddress, Timestamp>>,
}

impl LastSeen {
    /// Notes that the last available session of an account has gone.
    pub fn note(&self, engine: &Engine, session: &Session, status: Option<String>) {
        let Some(account) = session.account() else { return };
        let at = engine.clock().now();
        let mut waiting = self.lock();
        let is_first = waiting.is_empty();
        waiting.insert(account.clone(), LastActivity { at, status });
        drop(waiting);
        if is_first {
            store_soon(engine);
        }
    }

    /// Notes that a client of an account has logged in.
    pub fn note_login(&self, engine: &Engine, account: &AccountAddress, at: Timestamp) {
        let mut logins = self.lock_logins();
        let is_first = logins.is_empty();
        logins.insert(account.clone(), at);
        drop(logins);
        if is_first {
            store_soon(engine);
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
    pub async fn store(&self, engine: &Engine) {
        self.store_logins(engine).await;
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
            let stored = engine
                .store()
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

    async fn store_logins(&self, engine: &Engine) {
        let waiting: Vec<_> = self.lock_logins().drain().collect();
        for batch in waiting.chunks(BATCH) {
            let job = batch.to_vec();
            let stored = engine
                .store()
                .write(move |transaction| last_activity::put_logins(transaction, &job))
                .await;
            if let Err(error) = stored {
                tracing::warn!(%error, "when accounts logged in last could not be stored");
            }
        }
    }

    fn lock_logins(&self) -> MutexGuard<'_, HashMap<AccountAddress, Timestamp>> {
        self.logins.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AccountAddress, LastActivity>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn store_soon(engine: &Engine) {
    let storing = engine.clone();
    engine.spawn(async move {
        tokio::time::sleep(DELAY).await;
        storing.last_seen().store(&storing).await;
    });
}
