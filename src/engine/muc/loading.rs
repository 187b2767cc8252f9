//! Rooms as they come from the database, and those that a client makes by entering (XEP-0045 §10.1).

use std::sync::Arc;

use jiff::Timestamp;

use super::affiliates::Affiliates;
use super::asked::Asked;
use super::history::History;
use super::kept_voices::Voices;
use super::occupants::Occupants;
use super::reserved_nicknames::Nicknames;
use super::room::{Room, State, Subject};
use crate::domain::address::Address;
use crate::domain::affiliation::{Affiliate, Affiliation};
use crate::domain::archive::{ArchiveFilter, ArchiveOwner, ArchivePosition};
use crate::domain::room::{PrivateMessages, Role, RoomContent, RoomPlace, RoomSettings};
use crate::domain::{Error, Result};
use crate::engine::settings::HistoryLimits;
use crate::engine::stanza::Stanza;
use crate::storage::{Transaction, archive, group_members, room_affiliations, room_nicknames, room_subjects, rooms};

/// How a room comes into being that nobody made before.
#[derive(Debug, Clone)]
pub struct Creation {
    pub owner: Address,
    pub at: Timestamp,
    /// Rooms that its owner may have.
    pub most: u64,
}

/// Reads the room at `place` with the end of its archive.
pub fn load(transaction: &Transaction<'_>, place: &RoomPlace, history: HistoryLimits) -> Result<Option<Room>> {
    let found = match rooms::find(transaction, place) {
        Ok(found) => found,
        Err(Error::NotFound { .. }) => return Ok(None),
        Err(other) => return Err(other),
    };
    let groups = Affiliate::groups_among(found.affiliations.iter().map(|(affiliate, _)| affiliate));
    let people = group_members::people_of_groups(transaction, &place.host, &groups)?;
    let owner = ArchiveOwner::Room(place.clone());
    let last = ArchivePosition::Before(None);
    let archived = archive::list(transaction, &owner, &ArchiveFilter::default(), &last, history.messages)?;
    let address = place.address()?;
    let located = rooms::locate(transaction, place)?;
    let nicknames = room_nicknames::list(transaction, &located)?;
    let subject = match room_subjects::find(transaction, &located)? {
        Some(set) => Subject {
            stanza: set.stanza.as_deref().and_then(Stanza::from_text).map(Arc::new),
            at: Some(set.at),
        },
        None => Subject::default(),
    };
    let state = State {
        affiliates: Affiliates::new(found.affiliations, people),
        nicknames: Nicknames::new(nicknames),
        settings: Arc::new(found.settings),
        occupants: Occupants::default(),
        voices: Voices::default(),
        subject,
        history: History::restored(&address, history, archived.messages),
        asked: Asked::default(),
        is_locked: false,
        is_new: false,
        was_entered: false,
        is_destroyed: false,
    };
    Ok(Some(Room::new(address, place.clone(), state)))
}

/// Makes the room at `place`, which is not there. It waits to be configured (§10.1.3).
pub fn create(
    transaction: &mut Transaction<'_>,
    place: &RoomPlace,
    creation: &Creation,
    history: HistoryLimits,
) -> Result<Room> {
    room_affiliations::check_ownerships(transaction, &creation.owner, creation.most)?;
    let owner = (Affiliate::User(creation.owner.clone()), Affiliation::Owner);
    let content = RoomContent {
        settings: settings_of_new(place),
        retire_on_removal: None,
        created: None,
        modified: None,
        affiliations: vec![owner],
    };
    rooms::set(transaction, place, &content, creation.at)?;
    let room = load(transaction, place, history)?.ok_or_else(|| Error::internal("a new room is not there"))?;
    {
        let mut state = room.lock();
        state.is_locked = true;
        state.is_new = true;
        state.was_entered = true;
    }
    Ok(room)
}

/// What a room is like that its creator has not configured.
pub fn settings_of_new(place: &RoomPlace) -> RoomSettings {
    RoomSettings {
        natural_name: Some(place.name.as_str().to_owned()),
        description: Some(place.name.as_str().to_owned()),
        password: None,
        subject: None,
        max_occupants: 30,
        persistent: false,
        public: true,
        registration_enabled: true,
        anyone_discovers_addresses: true,
        occupants_change_subject: false,
        occupants_invite: false,
        change_nickname: true,
        logged: true,
        reserved_nicknames_only: false,
        members_only: false,
        moderated: false,
        broadcast_roles: vec![Role::Moderator, Role::Participant, Role::Visitor],
        private_messages: PrivateMessages::Anyone,
    }
}
