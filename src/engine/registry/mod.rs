//! Who is connected: the sessions by account, in the order of addresses.

pub mod contacts;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use self::contacts::Contacts;
use super::session::Session;
use crate::domain::address::{Address, FullAddress, Host};

/// The sessions of one account.
#[derive(Debug)]
pub struct OnlineAccount {
    address: Address,
    sessions: Mutex<Vec<Arc<Session>>>,
    contacts: Mutex<Contacts>,
    loading: tokio::sync::Mutex<()>,
}

impl OnlineAccount {
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Its sessions, by resource.
    pub fn sessions(&self) -> Vec<Arc<Session>> {
        self.lock().clone()
    }

    /// Locks its contacts. Held while others are told of the account, so that they hear of it in one order; never while
    /// something is awaited or the contacts of another account are locked.
    pub fn contacts(&self) -> MutexGuard<'_, Contacts> {
        self.contacts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for the turn to read its contacts.
    pub async fn loading(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.loading.lock().await
    }

    fn new(address: Address) -> Self {
        Self {
            address,
            sessions: Mutex::default(),
            contacts: Mutex::default(),
            loading: tokio::sync::Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Session>>> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Default)]
pub struct Registry {
    accounts: RwLock<BTreeMap<Address, Arc<OnlineAccount>>>,
}

impl Registry {
    /// Adds a session. The one that had its address before, if any, is no longer found and is given back to be ended.
    pub fn bind(&self, session: &Arc<Session>) -> Option<Arc<Session>> {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        let bare = &session.address().bare;
        let account = accounts
            .entry(bare.clone())
            .or_insert_with(|| Arc::new(OnlineAccount::new(bare.clone())));
        let mut sessions = account.lock();
        match sessions.binary_search_by(|other| other.resource().cmp(session.resource())) {
            Ok(at) => Some(std::mem::replace(&mut sessions[at], Arc::clone(session))),
            Err(at) => {
                sessions.insert(at, Arc::clone(session));
                None
            }
        }
    }

    /// Whether this very session was still there.
    pub fn unbind(&self, session: &Session) -> bool {
        let mut accounts = self.accounts.write().unwrap_or_else(PoisonError::into_inner);
        let bare = &session.address().bare;
        let Some(account) = accounts.get(bare) else {
            return false;
        };
        let mut sessions = account.lock();
        let Some(at) = sessions
            .iter()
            .position(|other| std::ptr::eq(&raw const **other, session))
        else {
            return false;
        };
        sessions.remove(at);
        let is_last = sessions.is_empty();
        drop(sessions);
        if is_last {
            accounts.remove(bare);
        }
        true
    }

    pub fn account(&self, bare: &Address) -> Option<Arc<OnlineAccount>> {
        self.read().get(bare).cloned()
    }

    /// Its sessions, by resource; none when nobody is connected there.
    pub fn sessions(&self, bare: &Address) -> Vec<Arc<Session>> {
        self.account(bare).map(|account| account.sessions()).unwrap_or_default()
    }

    pub fn find(&self, address: &FullAddress) -> Option<Arc<Session>> {
        let resource = address.resource.as_deref()?;
        let account = self.account(&address.bare)?;
        let sessions = account.lock();
        let at = sessions.binary_search_by(|other| other.resource().cmp(resource)).ok()?;
        Some(Arc::clone(&sessions[at]))
    }

    /// Whole accounts of `host` after `after`, until there are `limit` sessions.
    pub fn list(&self, host: &Host, after: Option<&FullAddress>, limit: usize) -> Vec<Arc<Session>> {
        let from = after.map_or(Bound::Unbounded, |after| Bound::Included(after.bare.clone()));
        let is_after = |session: &Arc<Session>| after.is_none_or(|after| session.address() > after);
        let accounts = self.read();
        accounts
            .range((from, Bound::Unbounded))
            .flat_map(|(_, account)| account.sessions())
            .filter(|session| session.host() == host && is_after(session))
            .take(limit)
            .collect()
    }

    /// The accounts of a host that are online.
    pub fn accounts(&self, host: &Host) -> Vec<Arc<OnlineAccount>> {
        let accounts = self.read();
        let of_host = accounts
            .values()
            .filter(|account| account.address.host() == host.as_str());
        of_host.cloned().collect()
    }

    /// Everybody.
    pub fn all(&self) -> Vec<Arc<Session>> {
        self.read().values().flat_map(|account| account.sessions()).collect()
    }

    pub fn count(&self, host: &Host) -> usize {
        let accounts = self.read();
        let of_host = accounts.iter().filter(|(address, _)| address.host() == host.as_str());
        of_host.map(|(_, account)| account.lock().len()).sum()
    }

    /// The sessions whose streams come over this transport.
    pub fn count_over(&self, transport: &str) -> usize {
        let accounts = self.read();
        let sessions = accounts.values().map(|account| {
            let sessions = account.lock();
            sessions
                .iter()
                .filter(|session| session.facts().transport.name() == transport)
                .count()
        });
        sessions.sum()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, BTreeMap<Address, Arc<OnlineAccount>>> {
        self.accounts.read().unwrap_or_else(PoisonError::into_inner)
    }
}
