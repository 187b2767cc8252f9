//! Block lists of those who are online (XEP-0191), in memory because every stanza asks for them.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::address::{Address, FullAddress};

#[derive(Debug, Default)]
pub struct BlockLists(RwLock<HashMap<Address, Arc<[FullAddress]>>>);

impl BlockLists {
    /// Whether `owner`, who is online, blocks `other`: itself, or by its bare address, its host, or its host with its
    /// resource.
    pub fn blocks(&self, owner: &Address, other: &FullAddress) -> bool {
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        lists
            .get(owner)
            .is_some_and(|list| list.iter().any(|blocked| covers(blocked, other)))
    }

    /// Forgets the list of `owner` unless he is online again, which is looked at while no list can be added.
    pub fn forget_unless(&self, owner: &Address, is_online: impl FnOnce() -> bool) {
        let mut lists = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if !is_online() {
            lists.remove(owner);
        }
    }

    /// Changes the list of `owner` if it is held here.
    pub fn change(&self, owner: &Address, change: impl FnOnce(&mut Vec<FullAddress>)) {
        let mut lists = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(list) = lists.get_mut(owner) {
            let mut changed = list.to_vec();
            change(&mut changed);
            *list = changed.into();
        }
    }

    pub fn set(&self, owner: Address, list: Vec<FullAddress>) {
        let mut lists = self.0.write().unwrap_or_else(PoisonError::into_inner);
        lists.insert(owner, list.into());
    }
}

/// Whether the entry `blocked` of a list is about `other`.
pub fn covers(blocked: &FullAddress, other: &FullAddress) -> bool {
    let resource_fits = blocked.resource.is_none() || blocked.resource == other.resource;
    let host_is_blocked = blocked.bare.localpart().is_none() && blocked.bare.host() == other.bare.host();
    resource_fits && (blocked.bare == other.bare || host_is_blocked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_blocked_by_itself_and_by_what_contains_it() {
        for (blocked, other, expected) in [
            ("a@b.c/r", "a@b.c/r", true),
            ("a@b.c/r", "a@b.c/other", false),
            ("a@b.c/r", "a@b.c", false),
            ("a@b.c", "a@b.c/r", true),
            ("a@b.c", "x@b.c/r", false),
            ("b.c", "a@b.c/r", true),
            ("b.c", "b.c", true),
            ("b.c", "a@x.b.c", false),
            ("b.c/r", "a@b.c/r", true),
            ("b.c/r", "a@b.c/other", false),
        ] {
            let parse = |text| FullAddress::parse(text).unwrap();
            assert_eq!(covers(&parse(blocked), &parse(other)), expected, "{blocked} {other}");
        }
    }
}
