//! Whom an online account knows, as a compact list: who sees its presence and whose it sees. Read at the first presence of
//! its first session, kept by events from then on (RFC 6121 §4.2 to §4.5 ask it for every presence).

use std::sync::Arc;

use crate::domain::address::{Address, FullAddress};
use crate::domain::presence::{PresenceContact, PresenceContacts};
use crate::domain::roster::Subscription;

#[derive(Debug, Clone)]
pub struct Contact {
    /// Without a resource, in the form in which presence is sent to it.
    pub address: Arc<FullAddress>,
    pub subscription: Subscription,
}

#[derive(Debug, Default)]
pub struct Contacts {
    generation: u64,
    known: Known,
    /// A group that everybody on the host sees has the account in it.
    is_seen_by_host: bool,
}

#[derive(Debug, Default)]
enum Known {
    #[default]
    Nothing,
    /// They are being read; what changes meanwhile counts more than what is read.
    Loading(Vec<(Address, Subscription)>),
    /// By address; without those that see nothing and are not seen.
    All(Arc<Vec<Contact>>),
}

impl Contacts {
    /// Changes with everything that clients are told of the roster: by it whoever has read the roster knows whether
    /// that is still true.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    pub fn advance(&mut self) {
        self.generation += 1;
    }

    pub fn are_loaded(&self) -> bool {
        matches!(self.known, Known::All(_))
    }

    /// All of them, if they are loaded.
    pub fn all(&self) -> Arc<Vec<Contact>> {
        match &self.known {
            Known::All(contacts) => Arc::clone(contacts),
            _ => Arc::default(),
        }
    }

    /// The subscription of a contact, if they are loaded.
    pub fn subscription(&self, address: &Address) -> Subscription {
        match &self.known {
            Known::All(contacts) => match find(contacts, address) {
                Ok(at) => contacts[at].subscription,
                Err(_) => Subscription::None,
            },
            _ => Subscription::None,
        }
    }

    /// Whether a contact is among them.
    pub fn knows(&self, address: &Address) -> bool {
        matches!(&self.known, Known::All(contacts) if find(contacts, address).is_ok())
    }

    /// Sets the subscription of a contact and gives what it was.
    pub fn set(&mut self, address: &Address, subscription: Subscription) -> Subscription {
        match &mut self.known {
            Known::Nothing => Subscription::None,
            Known::Loading(changes) => {
                changes.push((address.clone(), subscription));
                Subscription::None
            }
            Known::All(contacts) => set(Arc::make_mut(contacts), address, subscription),
        }
    }

    /// They are about to be read.
    pub fn begin_loading(&mut self) {
        self.known = Known::Loading(Vec::new());
    }

    /// They were read.
    pub fn finish_loading(&mut self, read: PresenceContacts) {
        let Known::Loading(changes) = std::mem::take(&mut self.known) else {
            return;
        };
        let mut contacts: Vec<Contact> = read
            .contacts
            .into_iter()
            .map(|contact| Contact {
                subscription: subscription(&contact),
                address: Arc::new(contact.address.into()),
            })
            .collect();
        contacts.sort_by(|one, other| one.address.cmp(&other.address));
        for (address, subscription) in changes {
            set(&mut contacts, &address, subscription);
        }
        contacts.shrink_to_fit();
        self.known = Known::All(Arc::new(contacts));
        self.is_seen_by_host = read.is_seen_by_host;
    }

    /// Whether everybody on the account's host sees it.
    pub fn is_seen_by_host(&self) -> bool {
        self.is_seen_by_host
    }

    /// Sets that, and tells whether it was otherwise.
    pub fn set_seen_by_host(&mut self, is_seen: bool) -> bool {
        std::mem::replace(&mut self.is_seen_by_host, is_seen) != is_seen
    }

    /// Whether `other` may see the account at `own`.
    pub fn may_see(&self, other: &Address, own: &Address) -> bool {
        let is_neighbour = || self.is_seen_by_host && other.localpart().is_some() && other.host() == own.host();
        self.subscription(other).is_seen_by_contact() || is_neighbour()
    }
}

/// What is shared with a contact, in the words of rosters.
pub fn subscription(contact: &PresenceContact) -> Subscription {
    match (contact.sees, contact.is_seen) {
        (false, false) => Subscription::None,
        (true, false) => Subscription::To,
        (false, true) => Subscription::From,
        (true, true) => Subscription::Both,
    }
}

fn matters(subscription: Subscription) -> bool {
    subscription.sees_contact() || subscription.is_seen_by_contact()
}

fn find(contacts: &[Contact], address: &Address) -> Result<usize, usize> {
    contacts.binary_search_by(|contact| contact.address.bare.cmp(address))
}

fn set(contacts: &mut Vec<Contact>, address: &Address, subscription: Subscription) -> Subscription {
    let matters = matters(subscription);
    match find(contacts, address) {
        Ok(at) if matters => std::mem::replace(&mut contacts[at].subscription, subscription),
        Ok(at) => contacts.remove(at).subscription,
        Err(at) => {
            if matters {
                let address = Arc::new(address.clone().into());
                contacts.insert(at, Contact { address, subscription });
            }
            Subscription::None
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn address(number: u8) -> Address {
        Address::from_stored(format!("c{number}@example.org"))
    }

    fn contact(number: u8, sees: bool, is_seen: bool) -> PresenceContact {
        PresenceContact {
            address: address(number),
            sees,
            is_seen,
        }
    }

    #[test]
    fn what_changes_while_the_list_is_read_counts_more_than_what_is_read() {
        let mut contacts = Contacts::default();
        contacts.set(&address(9), Subscription::Both);
        contacts.begin_loading();
        contacts.set(&address(1), Subscription::None);
        contacts.set(&address(2), Subscription::From);
        contacts.finish_loading(PresenceContacts {
            contacts: vec![contact(3, true, false), contact(1, true, true)],
            is_seen_by_host: false,
        });
        let known = contacts
            .all()
            .iter()
            .map(|known| known.subscription)
            .collect::<Vec<_>>();
        assert_eq!(known, [Subscription::From, Subscription::To]);
        assert_eq!(contacts.subscription(&address(1)), Subscription::None);
        assert_eq!(contacts.subscription(&address(9)), Subscription::None);
    }

    proptest! {
        #[test]
        fn the_list_says_what_was_set_last(changes in prop::collection::vec((0u8..8, 0i32..4), 0..40)) {
            let mut contacts = Contacts::default();
            contacts.begin_loading();
            contacts.finish_loading(PresenceContacts::default());
            let mut model = std::collections::BTreeMap::new();
            for (number, subscription) in changes {
                let subscription = Subscription::from_number(subscription).unwrap();
                let before = contacts.set(&address(number), subscription);
                prop_assert_eq!(before, model.insert(number, subscription).unwrap_or_default());
            }
            for number in 0..8 {
                let expected = model.get(&number).copied().unwrap_or_default();
                prop_assert_eq!(contacts.subscription(&address(number)), expected);
            }
        }
    }
}
