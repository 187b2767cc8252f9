//! A room that is in memory: who is in it, who may what, and what newcomers are told.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::affiliates::Affiliates;
use super::asked::Asked;
use super::history::History;
use super::kept_voices::Voices;
use super::occupants::{Occupant, Occupants};
use super::reserved_nicknames::Nicknames;
use crate::domain::address::{Address, FullAddress};
use crate::domain::affiliation::Affiliation;
use crate::domain::room::{Role, RoomPlace, RoomSettings};
use crate::engine::stanza::Stanza;

pub struct Room {
    /// Of this room only: one of the same name that is made after its end has another.
    address: Arc<Address>,
    place: RoomPlace,
    state: Mutex<State>,
}

/// What changes while a room is in memory.
pub struct State {
    pub settings: Arc<RoomSettings>,
    pub affiliates: Affiliates,
    /// Those that are reserved.
    pub nicknames: Nicknames,
    pub occupants: Occupants,
    pub voices: Voices,
    pub subject: Subject,
    pub history: History,
    pub asked: Asked,
    /// Its creator has not configured it yet: nobody else gets in (§10.1.3).
    pub is_locked: bool,
    /// Its creator has not entered it yet.
    pub is_new: bool,
    /// Somebody has been in it since it was made, so it may go when everybody has left.
    pub was_entered: bool,
    /// It is no more. Nobody gets in.
    pub is_destroyed: bool,
}

/// The subject as newcomers are told of it.
#[derive(Default)]
pub struct Subject {
    /// The message in which an occupant set it.
    pub stanza: Option<Arc<Stanza>>,
    pub at: Option<Timestamp>,
}

impl Room {
    pub fn new(address: Address, place: RoomPlace, state: State) -> Self {
        Self {
            address: Arc::new(address),
            place,
            state: Mutex::new(state),
        }
    }

    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The same, to be shared. What is the same pointer is the same room.
    pub fn shared_address(&self) -> &Arc<Address> {
        &self.address
    }

    pub fn place(&self) -> &RoomPlace {
        &self.place
    }

    /// The address of somebody in it.
    pub fn occupant_address(&self, nick: &str) -> FullAddress {
        FullAddress {
            bare: self.address().clone(),
            resource: Some(nick.into()),
        }
    }

    /// Locks its state. Never held over an await; occupants may be told while it is.
    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The affiliation that counts for somebody.
    pub fn affiliation(&self, address: &Address) -> Option<Affiliation> {
        self.affiliates.of(address)
    }

    /// The role that somebody enters with (§5.1.2).
    pub fn initial_role(&self, affiliation: Option<Affiliation>) -> Role {
        match affiliation {
            Some(Affiliation::Owner | Affiliation::Admin) => Role::Moderator,
            Some(Affiliation::Outcast) => Role::None,
            None if self.settings.moderated => Role::Visitor,
            Some(Affiliation::Member) | None => Role::Participant,
        }
    }

    /// The role that an account enters with: in a moderated room, with the voice that it left with.
    pub fn entering_role(&mut self, account: &Address, affiliation: Option<Affiliation>) -> Role {
        let initial = self.initial_role(affiliation);
        let kept = self.voices.take(account).filter(|_| self.settings.moderated);
        match (initial, kept) {
            (Role::Participant | Role::Visitor, Some(kept)) => kept,
            _ => initial,
        }
    }

    /// Remembers whether somebody who leaves had a voice.
    pub fn remember_voice(&mut self, occupant: &Occupant) {
        let is_one = matches!(occupant.role, Role::Participant | Role::Visitor);
        if self.settings.moderated && is_one && occupant.role != self.initial_role(occupant.affiliation) {
            self.voices.put(occupant.account.clone(), occupant.role);
        } else {
            self.voices.forget(&occupant.account);
        }
    }

    /// Whether the room is there for somebody: as long as it is not configured, it is for its creator alone (§10.1.3).
    pub fn is_there_for(&self, address: &Address) -> bool {
        !self.is_destroyed && (!self.is_locked || self.affiliation(address) == Some(Affiliation::Owner))
    }

    /// The reserved nickname of somebody who must have no other here.
    pub fn locked_nick(&self, account: &Address) -> Option<&str> {
        self.nicknames
            .of(account)
            .filter(|_| self.settings.reserved_nicknames_only)
    }

    /// Whether occupants of this role are announced to others.
    pub fn announces(&self, role: Role) -> bool {
        self.settings.broadcast_roles.contains(&role)
    }

    /// Whether an occupant may see the real addresses of the others.
    pub fn shows_addresses_to(&self, viewer: &Occupant) -> bool {
        self.settings.anyone_discovers_addresses || viewer.role == Role::Moderator
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Room").field(&self.address).finish()
    }
}
