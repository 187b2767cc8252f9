//! What reaches beyond an account's own rows when it goes or gets another name: rosters, groups, rooms, vCard.

use super::writer::Transaction;
use super::{
    accounts, blocked, group_members, leftovers, login_tokens, properties, pubsub, push, room_departures,
    room_nicknames, rosters, subscriptions, vcards,
};
use crate::domain::account::AccountChanges;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::event::Event;
use crate::domain::{Error, Kind, Result};
use jiff::Timestamp;

/// Removes the account and every trace of its address; `heir` gets the rooms it alone owned.
pub fn remove(transaction: &mut Transaction<'_>, address: &AccountAddress, heir: &Address) -> Result<()> {
    let id = accounts::id_of(transaction, address)?;
    let bare = address.to_address();
    rosters::leave(transaction, address)?;
    subscriptions::remove_sender(transaction, &bare)?;
    vcards::remove(transaction, address)?;
    pubsub::moves::remove(transaction, &bare)?;
    push::remove_clients(transaction, &bare)?;
    properties::remove_administrator(transaction, &bare)?;
    leftovers::remove(transaction, leftovers::Kind::Account, id)?;
    // Its sessions end, and who shares a group with it hears of its last presence before it goes from their rosters.
    transaction.emit(Event::AccountRemoved(address.clone()));
    group_members::remove_address(transaction, &bare)?;
    room_departures::remove_address(transaction, &bare, heir)?;
    room_nicknames::release_everywhere(transaction, &bare)
}

/// Gives the account another name and applies `changes` to it. Room affiliations do not come along.
pub fn rename(
    transaction: &mut Transaction<'_>,
    from: &AccountAddress,
    to: &AccountAddress,
    changes: &AccountChanges,
    heir: &Address,
    now: Timestamp,
) -> Result<()> {
    let id = accounts::id_of(transaction, from)?;
    if accounts::exists(transaction, to)? {
        return Err(Error::already_exists(Kind::Account, to.to_string()));
    }
    accounts::set_localpart(transaction, id, to.localpart())?;
    accounts::unlock(transaction, to)?;
    login_tokens::remove_all(transaction, id)?;
    let (old, new) = (from.to_address(), to.to_address());
    rosters::rename(transaction, from, to)?;
    subscriptions::rename_sender(transaction, &old, &new)?;
    blocked::rename(transaction, &old, &new)?;
    vcards::rename(transaction, from, to)?;
    pubsub::moves::rename(transaction, &old, &new)?;
    push::remove_clients(transaction, &old)?;
    properties::remove_administrator(transaction, &old)?;
    accounts::change(transaction, to, changes, None, now)?;
    // As above: first its sessions end.
    transaction.emit(Event::AccountRenamed {
        from: from.clone(),
        to: to.clone(),
    });
    group_members::rename_address(transaction, &old, &new)?;
    room_departures::remove_address(transaction, &old, heir)?;
    room_nicknames::release_everywhere(transaction, &old)
}

#[cfg(test)]
mod tests;
