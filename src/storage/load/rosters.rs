//! Contacts that come from elsewhere.

use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::event::RosterCause;
use crate::domain::roster::KeptContact;
use crate::storage::Transaction;
use crate::storage::rosters::{self, Kept};

/// Stores what an owner kept of a contact elsewhere, in the place of what there is.
pub fn put_contact(transaction: &mut Transaction<'_>, owner: &AccountAddress, contact: &KeptContact) -> Result<()> {
    let item = &contact.item;
    let kept = Kept {
        nickname: item.nickname.clone(),
        groups: item.groups.clone(),
        subscription: item.subscription,
        overrides: contact.overrides,
        asked: contact.asked,
        approved: contact.approved,
    };
    let present = rosters::look(transaction, owner, &item.contact)?;
    rosters::put(transaction, owner, present, kept, RosterCause::Administration).map(drop)
}
