//! A bounded cache of accounts for hot single reads: a hop to a database thread costs more than
//! the rest of such a request. The writer removes an entry before it answers the change.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::Cache;

use crate::domain::account::{Account, Credentials, Lockout};
use crate::domain::address::AccountAddress;
use crate::domain::event::Event;
use crate::storage::accounts::AccountRecord;

/// The accounts whose stored state an event changed.
pub fn accounts_of(event: &Event) -> Vec<&AccountAddress> {
    match event {
        Event::AccountCreated(address)
        | Event::AccountChanged(address)
        | Event::AccountRemoved(address)
        | Event::AccountLocked(address)
        | Event::AccountUnlocked(address) => vec![address],
        Event::AccountRenamed { from, to } => vec![from, to],
        Event::RosterItemChanged { .. }
        | Event::RosterItemRemoved { .. }
        | Event::GroupChanged { .. }
        | Event::GroupRemoved { .. }
        | Event::VCardChanged(_)
        | Event::RoomServiceCreated { .. }
        | Event::RoomChanged(_)
        | Event::RoomSubjectSet { .. }
        | Event::RoomAffiliationChanged { .. }
        | Event::RoomRemoved(_)
        | Event::PropertyChanged { .. }
        | Event::PropertyRemoved { .. } => Vec::new(),
    }
}

/// Counts the changes to each account, several sharing a counter. Who reads an account notes the
/// count first, and keeps what it read only if the count has not moved: so nothing stale is kept
/// when a change commits between a read and the moment it is remembered.
pub struct Generations {
    counters: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl Generations {
    pub fn new() -> Self {
        Self {
            counters: (0..1024).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }

    pub fn of(&self, address: &AccountAddress) -> u64 {
        self.counter(address).load(Ordering::Acquire)
    }

    pub fn advance(&self, address: &AccountAddress) {
        self.counter(address).fetch_add(1, Ordering::AcqRel);
    }

    fn counter(&self, address: &AccountAddress) -> &AtomicU64 {
        let hash = self.hasher.hash_one(address);
        &self.counters[usize::try_from(hash % 1024).unwrap_or(0)]
    }
}

/// An account in the cache, with the public part shared so that handing it out copies nothing.
pub struct CachedAccount {
    pub account: Arc<Account>,
    pub credentials: Credentials,
    pub lockout: Option<Lockout>,
    generation: u64,
}

impl CachedAccount {
    pub fn new(record: AccountRecord, generation: u64) -> Self {
        Self {
            account: Arc::new(record.account),
            credentials: record.credentials,
            lockout: record.lockout,
            generation,
        }
    }
}

pub struct AccountCache {
    entries: Cache<AccountAddress, Arc<CachedAccount>>,
    generations: Generations,
}

impl AccountCache {
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: Cache::new(capacity),
            generations: Generations::new(),
        }
    }

    /// The count to note before the account is read from the database.
    pub fn generation(&self, address: &AccountAddress) -> u64 {
        self.generations.of(address)
    }

    /// An entry counts only while no change has come after the count it was read under, so an
    /// entry that a slow reader inserts late is never served.
    pub fn get(&self, address: &AccountAddress) -> Option<Arc<CachedAccount>> {
        self.entries
            .get(address)
            .filter(|entry| entry.generation == self.generations.of(address))
    }

    pub fn insert(&self, address: &AccountAddress, entry: Arc<CachedAccount>) {
        self.entries.insert(address.clone(), entry);
    }

    pub fn forget(&self, address: &AccountAddress) {
        self.generations.advance(address);
        self.entries.remove(address);
    }
}
