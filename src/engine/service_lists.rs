//! Addresses with which nobody here communicates, by the word of an administrator (XEP-0133 §4.11, §4.12). In memory
//! because every stanza asks for them.

use std::sync::{Arc, PoisonError, RwLock};

use super::block_lists::covers;
use crate::domain::Result;
use crate::domain::address::{Address, FullAddress};
use crate::domain::service::AddressList;
use crate::storage::{Store, service_addresses};

#[derive(Debug, Default)]
pub struct ServiceLists(RwLock<Lists>);

#[derive(Debug, Default)]
struct Lists {
    blocked: Arc<[FullAddress]>,
    allowed: Arc<[FullAddress]>,
}

impl ServiceLists {
    /// Reads the lists that an earlier run left.
    pub async fn load(&self, store: &Store) -> Result<()> {
        for list in [AddressList::Blocked, AddressList::Allowed] {
            let addresses = store.read(move |connection| service_addresses::list(connection, list));
            self.set(list, addresses.await?.into());
        }
        Ok(())
    }

    pub fn set(&self, list: AddressList, addresses: Arc<[FullAddress]>) {
        let mut lists = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match list {
            AddressList::Blocked => lists.blocked = addresses,
            AddressList::Allowed => lists.allowed = addresses,
        }
    }

    /// Whether `one` and `other` must not communicate. Everybody may talk to the server itself, so that no administrator
    /// shuts himself out, and to his own account.
    pub fn part(&self, one: &Address, other: &FullAddress) -> bool {
        let lists = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if lists.blocked.is_empty()
            || one == &other.bare
            || one.localpart().is_none()
            || other.bare.localpart().is_none()
        {
            return false;
        }
        lists.block(other) || lists.block(&one.clone().into())
    }
}

impl Lists {
    fn block(&self, address: &FullAddress) -> bool {
        let is_in = |list: &[FullAddress]| list.iter().any(|listed| covers(listed, address));
        is_in(&self.blocked) && !is_in(&self.allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_the_list_has_is_parted_from_all_but_the_server_unless_he_is_an_exception() {
        let parse = |text: &str| FullAddress::parse(text).unwrap();
        let lists = ServiceLists::default();
        lists.set(AddressList::Blocked, [parse("bad@a.org"), parse("b.org")].into());
        lists.set(AddressList::Allowed, [parse("good@b.org")].into());
        for (one, other, expected) in [
            ("x@a.org", "bad@a.org/r", true),
            ("bad@a.org", "x@a.org", true),
            ("x@a.org", "y@a.org", false),
            ("x@a.org", "y@b.org", true),
            ("x@a.org", "good@b.org/r", false),
            ("bad@a.org", "a.org", false),
            ("bad@a.org", "bad@a.org/r", false),
        ] {
            let one = parse(one).bare;
            assert_eq!(lists.part(&one, &parse(other)), expected, "{one} {other}");
        }
    }
}
