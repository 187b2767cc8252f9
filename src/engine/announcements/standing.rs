//! What everybody on a host is told now, in memory because every login asks for it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::address::{AccountAddress, Host};
use crate::domain::message::{Occasion, StandingMessage};

#[derive(Debug, Default)]
pub struct StandingMessages(RwLock<HashMap<(Host, Occasion), Standing>>);

#[derive(Debug, Clone)]
pub struct Standing {
    pub message: StandingMessage,
    /// Who was there when it was set, and has been told it.
    pub told: Arc<HashSet<AccountAddress>>,
}

impl StandingMessages {
    pub fn find(&self, host: &Host, occasion: Occasion) -> Option<Standing> {
        let messages = self.0.read().unwrap_or_else(PoisonError::into_inner);
        messages.get(&(host.clone(), occasion)).cloned()
    }

    pub fn put(&self, host: &Host, occasion: Occasion, message: StandingMessage, told: HashSet<AccountAddress>) {
        let mut messages = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let told = Arc::new(told);
        messages.insert((host.clone(), occasion), Standing { message, told });
    }

    /// Another text from now on.
    pub fn edit(&self, host: &Host, occasion: Occasion, body: &str) {
        let mut messages = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(standing) = messages.get_mut(&(host.clone(), occasion)) {
            standing.message.body = body.to_owned();
        }
    }

    pub fn remove(&self, host: &Host, occasion: Occasion) {
        let mut messages = self.0.write().unwrap_or_else(PoisonError::into_inner);
        messages.remove(&(host.clone(), occasion));
    }
}
