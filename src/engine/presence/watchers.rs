//! Who has sent directed presence to which account (RFC 6121 §4.6), be somebody connected there or not: until they take it
//! back or go, it is as if they were subscribed to what the account publishes openly (XEP-0060 §9.1.3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::address::{Address, FullAddress};

#[derive(Debug, Default)]
pub struct Watchers(Mutex<BTreeMap<Address, BTreeSet<FullAddress>>>);

impl Watchers {
    pub fn note(&self, account: &Address, session: &FullAddress) {
        self.lock().entry(account.clone()).or_default().insert(session.clone());
    }

    pub fn forget(&self, account: &Address, session: &FullAddress) {
        let mut all = self.lock();
        let Some(watchers) = all.get_mut(account) else { return };
        watchers.remove(session);
        if watchers.is_empty() {
            all.remove(account);
        }
    }

    /// The sessions that have sent it to `account`.
    pub fn of(&self, account: &Address) -> Vec<FullAddress> {
        let all = self.lock();
        let watchers = all.get(account);
        watchers
            .map(|watchers| watchers.iter().cloned().collect())
            .unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Address, BTreeSet<FullAddress>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_kept_who_has_taken_his_presence_back() {
        let watchers = Watchers::default();
        let (account, session) = (
            Address::parse("jane@a.org").unwrap(),
            FullAddress::parse("john@a.org/x").unwrap(),
        );
        watchers.note(&account, &session);
        watchers.note(&account, &session);
        assert_eq!(watchers.of(&account), std::slice::from_ref(&session));
        watchers.forget(&account, &session);
        assert!(watchers.of(&account).is_empty() && watchers.lock().is_empty());
    }
}
