//! Contacts that come from elsewhere.

use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::event::RosterCause;
use crate::domain::roster::NewRosterItem;
use crate::storage::Transaction;
use crate::storage::rosters::{self, Kept};

/// Stores what an owner kept of a contact on another server, in the place of what there is. `asked` tells that the owner
/// asked to see the contact and has no answer.
pub fn put_contact(
    transaction: &mut Transaction<'_>,
    owner: &AccountAddress,
    new: &NewRosterItem,
    asked: bool,
) -> Result<()> {
    let kept = Kept {
        nickname: new.nickname.clone(),
        groups: new.groups.clone(),
        subscription: new.subscription,
        asked,
        ..Kept::default()
    };
    rosters::put(transaction, owner, &new.contact, &kept, RosterCause::Administration).map(drop)
}
