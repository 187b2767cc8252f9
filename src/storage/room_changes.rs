//! What clients change of a room: its configuration, and affiliations several at a time (XEP-0045 §9, §10). A job that
//! fails changes nothing.

use jiff::Timestamp;
use rusqlite::Connection;

use super::room_records::Found;
use super::rooms;
use super::writer::Transaction;
use super::{room_affiliations, room_nicknames, room_profiles, room_reasons};
use crate::domain::Result;
use crate::domain::address::Address;
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::room::{Room, RoomCause, RoomContent, RoomPlace};
use crate::domain::room_profile::RoomProfile;

/// One change of an affiliation.
#[derive(Debug, Clone)]
pub struct AffiliationChange {
    pub affiliate: Affiliate,
    /// `None`: takes any affiliation.
    pub affiliation: Option<Affiliation>,
    pub nickname: NicknameChange,
    pub cause: RoomCause,
}

/// What becomes of the nickname that somebody has reserved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NicknameChange {
    #[default]
    Kept,
    /// A prepared one comes in its place.
    Reserved(Box<str>),
    Released,
}

/// A room with all that its configuration shows.
pub fn find(connection: &Connection, place: &RoomPlace) -> Result<(Room, RoomProfile)> {
    let found = rooms::locate(connection, place)?;
    Ok((
        rooms::find(connection, place)?,
        room_profiles::find(connection, &found)?,
    ))
}

/// Gives a room that is there another configuration. Its subject is not part of that.
pub fn configure(
    transaction: &mut Transaction<'_>,
    place: &RoomPlace,
    content: &RoomContent,
    profile: &RoomProfile,
    now: Timestamp,
) -> Result<()> {
    let mut room = rooms::locate(transaction, place)?;
    room.reserved_nicknames_only = content.settings.reserved_nicknames_only;
    rooms::update(transaction, &room, content, now)?;
    room_profiles::set(transaction, &room, profile)?;
    rooms::affiliate(transaction, &room, content).map(drop)
}

/// Applies the changes in their order; `Conflict` when no owner would be left, when a nickname is somebody else's, and
/// for members without one in a room that asks for it.
pub fn change_affiliations(
    transaction: &mut Transaction<'_>,
    room: &mut Found,
    changes: &[AffiliationChange],
) -> Result<()> {
    for change in changes {
        room.cause = change.cause.clone();
        if let Affiliate::User(address) = &change.affiliate {
            match &change.nickname {
                NicknameChange::Kept => {}
                NicknameChange::Reserved(nickname) => room_nicknames::reserve(transaction, room, address, nickname)?,
                NicknameChange::Released => room_nicknames::release(transaction, room, address)?,
            }
        }
        room_affiliations::change(transaction, room, &change.affiliate, change.affiliation)?;
        if let (Affiliate::User(address), Some(reason)) = (&change.affiliate, &change.cause.reason) {
            room_reasons::set(transaction, room, address, reason)?;
        }
    }
    room_affiliations::require_owner(transaction, room)
}

/// Registers somebody with a room under a nickname: who has no affiliation becomes a member.
pub fn register(transaction: &mut Transaction<'_>, room: &Found, address: &Address, nickname: &str) -> Result<()> {
    room_nicknames::reserve(transaction, room, address, nickname)?;
    if room_affiliations::effective(transaction, room, address)?.is_none() {
        let affiliate = Affiliate::User(address.clone());
        room_affiliations::change(transaction, room, &affiliate, Some(Affiliation::Member))?;
    }
    Ok(())
}
