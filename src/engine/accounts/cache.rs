//! A bounded cache of accounts for hot single reads: a hop to a database thread costs more than
//! the rest of such a request. The writer removes an entry before it answers the change.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::domain::account::{Account, Credentials, Lockout};
use crate::domain::address::AccountAddress;
use crate::domain::event::Event;
use crate::domain::kept::Kept;
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
        Event::AccountNamed(_)
        | Event::RosterItemChanged { .. }
        | Event::RosterItemRemoved { .. }
        | Event::SubscriptionStanza { .. }
        | Event::GroupChanged { .. }
        | Event::GroupRemoved { .. }
        | Event::VCardChanged(_)
        | Event::AddressesBlocked { .. }
        | Event::AddressesUnblocked { .. }
        | Event::MessageArchived { .. }
        | Event::RoomServiceCreated { .. }
        | Event::RoomChanged { .. }
        | Event::RoomSubjectSet { .. }
        | Event::RoomAffiliationChanged { .. }
        | Event::RoomRemoved { .. }
        | Event::PropertyChanged { .. }
        | Event::PropertyRemoved { .. }
        | Event::StandingMessageSet { .. }
        | Event::StandingMessageEdited { .. }
        | Event::StandingMessageRemoved { .. }
        | Event::ServiceAddressesChanged { .. } => Vec::new(),
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

    pub fn of(&self, address: &AccountAddress) -> Generation {
        let counter = self.counter(address);
        Generation {
            counter,
            count: self.counters[counter].load(Ordering::Acquire),
        }
    }

    pub fn is_current(&self, generation: Generation) -> bool {
        self.counters[generation.counter].load(Ordering::Acquire) == generation.count
    }

    pub fn advance(&self, address: &AccountAddress) {
        self.counters[self.counter(address)].fetch_add(1, Ordering::AcqRel);
    }

    fn counter(&self, address: &AccountAddress) -> usize {
        let hash = self.hasher.hash_one(address);
        usize::try_from(hash % 1024).unwrap_or(0)
    }
}

/// What a counter showed at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Generation {
    counter: usize,
    count: u64,
}

/// An account in the cache, with the public part shared so that handing it out copies nothing.
pub struct CachedAccount {
    pub account: Arc<Kept<Account>>,
    pub credentials: Credentials,
    pub lockout: Option<Lockout>,
    generation: Generation,
    weight: u64,
}

impl CachedAccount {
    pub fn new(record: AccountRecord, generation: Generation) -> Self {
        Self {
            weight: weight_of(&record.account),
            account: Arc::new(Kept::new(record.account)),
            credentials: record.credentials,
            lockout: record.lockout,
            generation,
        }
    }
}

/// An account with many properties takes the room of several.
fn weight_of(account: &Account) -> u64 {
    const BYTES_OF_ONE: usize = 4096;
    let properties = account.properties.iter();
    let bytes: usize = properties.map(|(key, value)| key.len() + value.len()).sum();
    1 + (bytes / BYTES_OF_ONE) as u64
}

#[derive(Clone)]
struct Weights;

impl Weighter<AccountAddress, Arc<CachedAccount>> for Weights {
    fn weight(&self, _: &AccountAddress, entry: &Arc<CachedAccount>) -> u64 {
        entry.weight
    }
}

pub struct AccountCache {
    entries: Cache<AccountAddress, Arc<CachedAccount>, Weights>,
    generations: Generations,
}

impl AccountCache {
    /// Room for so many accounts without much in them.
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: Cache::with_weighter(capacity, capacity as u64, Weights),
            generations: Generations::new(),
        }
    }

    /// The count to note before the account is read from the database.
    pub fn generation(&self, address: &AccountAddress) -> Generation {
        self.generations.of(address)
    }

    /// An entry counts only while no change has come after the count it was read under, so an
    /// entry that a slow reader inserts late is never served.
    pub fn get(&self, address: &AccountAddress) -> Option<Arc<CachedAccount>> {
        self.entries
            .get(address)
            .filter(|entry| self.generations.is_current(entry.generation))
    }

    pub fn insert(&self, address: &AccountAddress, entry: Arc<CachedAccount>) {
        self.entries.insert(address.clone(), entry);
    }

    pub fn forget(&self, address: &AccountAddress) {
        self.generations.advance(address);
        self.entries.remove(address);
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::domain::account::Properties;
    use crate::domain::address::Host;

    fn address(name: &str) -> AccountAddress {
        AccountAddress::prepare(name, &Host::from_stored("example.org")).unwrap()
    }

    fn entry(cache: &AccountCache, address: &AccountAddress, value: &str) -> Arc<CachedAccount> {
        let account = Account {
            address: address.clone(),
            name: None,
            email: None,
            properties: Properties::from([("k".to_owned(), value.to_owned())]),
            created: Timestamp::UNIX_EPOCH,
            modified: Timestamp::UNIX_EPOCH,
            administrator: false,
        };
        let record = AccountRecord {
            account,
            credentials: Credentials::default(),
            lockout: None,
        };
        Arc::new(CachedAccount::new(record, cache.generation(address)))
    }

    #[test]
    fn an_account_with_much_in_it_takes_the_room_of_several() {
        let fitting = |value: &str| {
            let cache = AccountCache::new(1000);
            for number in 0..2000 {
                let address = address(&format!("u{number}"));
                cache.insert(&address, entry(&cache, &address, value));
            }
            cache.entries.len()
        };
        assert!((500..=1000).contains(&fitting("little")), "{}", fitting("little"));
        let much = "x".repeat(100 * 4096);
        assert!(fitting(&much) <= 10, "{}", fitting(&much));
    }

    #[test]
    fn what_was_read_before_a_change_is_never_served_after_it() {
        let cache = AccountCache::new(10);
        let address = address("jane");
        let late = entry(&cache, &address, "");
        cache.forget(&address);
        cache.insert(&address, late);
        assert!(cache.get(&address).is_none());
        cache.insert(&address, entry(&cache, &address, ""));
        assert!(cache.get(&address).is_some());
    }
}
