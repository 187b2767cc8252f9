//! Those who wait to be allowed to see the owner's presence, as administrators see them: among the contacts, without a
//! subscription. Clients are not shown them in rosters (RFC 6121 §2.1).

use rusqlite::Connection;

use super::{Contact, list, subscriptions};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::page::{Page, PageRequest};
use crate::domain::roster::{RosterItem, Subscription};

/// A page of the owner's contacts and of those who wait, by address.
pub fn list_with_requests(
    connection: &Connection,
    owner: &AccountAddress,
    page: &PageRequest,
) -> Result<Page<RosterItem>> {
    let contacts = list(connection, owner, page)?;
    let waiting = subscriptions::list_requests(connection, owner, page)?;
    // Behind the end of the shorter of two pages that go on, the other one is not all that there is.
    let next = [contacts.next, waiting.next].into_iter().flatten().min();
    let mut items = contacts.items;
    for request in waiting.items {
        if let Err(at) = items.binary_search_by(|item| item.contact.cmp(&request.sender)) {
            items.insert(at, item(request.sender));
        }
    }
    if let Some(last) = &next {
        items.retain(|item| item.contact.as_str() <= last.as_str());
    }
    Ok(Page { items, next })
}

/// What administrators see of an address: the contact, or that it waits.
pub(super) fn find_with_request(
    connection: &Connection,
    owner: &AccountAddress,
    contact: &Contact,
) -> Result<Option<RosterItem>> {
    if let Some(item) = contact.item() {
        return Ok(Some(item));
    }
    let waits = subscriptions::is_requested(connection, owner, &contact.address)?;
    Ok(waits.then(|| item(contact.address.clone())))
}

fn item(contact: Address) -> RosterItem {
    RosterItem {
        contact,
        nickname: None,
        subscription: Subscription::None,
        asked: false,
        approved: false,
        is_request: true,
        groups: Vec::new(),
        shared_groups: Vec::new(),
    }
}
