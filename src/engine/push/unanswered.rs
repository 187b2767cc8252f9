//! Notices that clients have not answered: whose they are, and by which registration.

use std::sync::{Mutex, MutexGuard, PoisonError};

use quick_cache::unsync::Cache;

use crate::domain::address::{AccountAddress, FullAddress};
use crate::domain::push::PushRegistration;

/// Notices whose answers are waited for; the oldest are forgotten first.
const MOST: usize = 10_000;

pub struct Unanswered(Mutex<Cache<String, Registered>>);

/// Who is told of what he does not get, and by whom.
#[derive(Clone)]
pub struct Registered {
    pub owner: AccountAddress,
    pub registration: PushRegistration,
}

impl Default for Unanswered {
    fn default() -> Self {
        Self(Mutex::new(Cache::new(MOST)))
    }
}

impl Unanswered {
    pub fn put(&self, id: String, registered: Registered) {
        self.lock().insert(id, registered);
    }

    /// Takes out the notice that `from` answers, if it was sent to it.
    pub fn take(&self, id: &str, from: Option<&FullAddress>) -> Option<Registered> {
        let mut unanswered = self.lock();
        let registered = unanswered.get(id)?;
        if from != Some(&registered.registration.service) {
            return None;
        }
        let registered = registered.clone();
        unanswered.remove(id);
        Some(registered)
    }

    fn lock(&self) -> MutexGuard<'_, Cache<String, Registered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
