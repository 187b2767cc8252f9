//! What becomes of occupants: another role, another affiliation, out of the room (XEP-0045 §8, §9). The functions that
//! change it and tell everybody. Who may do so was asked before.

use std::sync::Arc;

use super::announce::{self, Notice};
use super::leaving::forget;
use super::occupants::Occupant;
use super::room::{Room, State};
use super::status;
use crate::domain::address::Address;
use crate::domain::affiliation::Affiliation;
use crate::domain::room::{Role, RoomCause};
use crate::engine::Engine;
use crate::engine::stanza::PresenceType;

/// A role that an occupant gets; without one it is kicked out.
#[derive(Debug, Clone)]
pub struct RoleChange {
    pub nick: Box<str>,
    pub role: Role,
    pub cause: RoomCause,
}

/// Gives occupants their roles. Who asked for it is informed by `inform`: after those who are kicked are out, and before
/// anybody else hears of it (§8.2 to §8.5, §9.6 to §9.8).
pub fn change_roles(
    engine: &Engine,
    room: &Arc<Room>,
    state: &mut State,
    changes: &[RoleChange],
    inform: impl FnOnce(),
) {
    let (kicks, others): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.role == Role::None);
    let mut kicked = Vec::new();
    for change in kicks {
        let affiliation = state
            .occupants
            .get(&change.nick)
            .and_then(|occupant| occupant.affiliation);
        kicked.extend(take_out(
            engine,
            room,
            state,
            &change.nick,
            affiliation,
            &[status::KICKED],
            &change.cause,
        ));
    }
    inform();
    for removed in &kicked {
        removed.tell_others(engine, state);
    }
    for change in others {
        let Some(occupant) = state.occupants.get(&change.nick) else {
            continue;
        };
        let affiliation = occupant.affiliation;
        become_anew(engine, state, &change.nick, affiliation, change.role, &change.cause);
    }
}

/// Notes the affiliation that somebody, or everybody of a domain, has from now on.
pub fn note_affiliation(state: &mut State, address: &Address, affiliation: Option<Affiliation>) {
    if !state.affiliates.set_person(address, affiliation) {
        return;
    }
    state.voices.forget(address);
    if matches!(affiliation, None | Some(Affiliation::Outcast)) {
        state.nicknames.release(address);
    }
}

/// Does with those in the room what follows from an affiliation that has been noted.
pub fn follow(engine: &Engine, room: &Arc<Room>, state: &mut State, address: &Address, cause: &RoomCause) {
    if address.localpart().is_none() {
        follow_everybody(engine, room, state, cause);
    } else {
        follow_affiliation(engine, room, state, address, cause);
    }
}

/// As [`follow`], where anybody may be concerned.
pub fn follow_everybody(engine: &Engine, room: &Arc<Room>, state: &mut State, cause: &RoomCause) {
    let accounts: Vec<Address> = state
        .occupants
        .iter()
        .map(|occupant| occupant.account.clone())
        .collect();
    for account in accounts {
        follow_affiliation(engine, room, state, &account, cause);
    }
}

/// Does with an account in the room what follows from the affiliation that counts for it now.
fn follow_affiliation(engine: &Engine, room: &Arc<Room>, state: &mut State, account: &Address, cause: &RoomCause) {
    let affiliation = state.affiliation(account);
    for nick in state.occupants.nicks_of(account) {
        let Some(occupant) = state.occupants.get(&nick) else {
            continue;
        };
        if occupant.affiliation == affiliation {
            continue;
        }
        match affiliation {
            Some(Affiliation::Outcast) => {
                remove(engine, room, state, &nick, affiliation, &[status::BANNED], cause);
            }
            None if state.settings.members_only => {
                remove(
                    engine,
                    room,
                    state,
                    &nick,
                    affiliation,
                    &[status::NOT_AFFILIATED],
                    cause,
                );
            }
            _ => {
                let role = role_with(state, occupant.role, occupant.affiliation, affiliation);
                become_anew(engine, state, &nick, affiliation, role, cause);
            }
        }
    }
}

/// The role of somebody whose affiliation changes. Who was made moderator without being admin, stays it.
fn role_with(state: &State, role: Role, before: Option<Affiliation>, now: Option<Affiliation>) -> Role {
    let is_lord = |affiliation| matches!(affiliation, Some(Affiliation::Owner | Affiliation::Admin));
    if role == Role::Moderator && !is_lord(before) {
        return Role::Moderator;
    }
    state.initial_role(now)
}

fn become_anew(
    engine: &Engine,
    state: &mut State,
    nick: &str,
    affiliation: Option<Affiliation>,
    role: Role,
    cause: &RoomCause,
) {
    let Some(before) = state.occupants.get(nick).map(|occupant| occupant.role) else {
        return;
    };
    state.occupants.set_standing(nick, affiliation, role);
    let Some(occupant) = state.occupants.get(nick) else {
        return;
    };
    let present = Notice::present(occupant).with_cause(cause);
    if state.announces(before) && !state.announces(role) {
        // The others see it no more.
        let gone = Notice {
            kind: PresenceType::Unavailable,
            role: Role::None,
            content: &[],
            ..present.clone()
        };
        announce::to_others(engine, state, occupant, before, &gone);
    }
    announce::to_all(engine, state, occupant, &present);
    if role == Role::Moderator && before != Role::Moderator && !state.settings.anyone_discovers_addresses {
        // It may see the real addresses from now on.
        for session in occupant.sessions() {
            announce::everybody(engine, state, session, occupant);
        }
    }
}

/// Takes an occupant out of the room.
pub fn remove(
    engine: &Engine,
    room: &Arc<Room>,
    state: &mut State,
    nick: &str,
    affiliation: Option<Affiliation>,
    status: &[u16],
    cause: &RoomCause,
) {
    if let Some(removed) = take_out(engine, room, state, nick, affiliation, status, cause) {
        removed.tell_others(engine, state);
    }
}

/// An occupant that is out of the room and has been told so.
struct Removed<'of> {
    occupant: Occupant,
    affiliation: Option<Affiliation>,
    status: &'of [u16],
    cause: &'of RoomCause,
}

impl Removed<'_> {
    fn notice(&self) -> Notice<'_> {
        Notice {
            affiliation: self.affiliation,
            ..Notice::gone(&self.occupant, self.status)
        }
        .with_cause(self.cause)
    }

    /// Tells those who are still there.
    fn tell_others(&self, engine: &Engine, state: &State) {
        announce::to_others(engine, state, &self.occupant, self.occupant.role, &self.notice());
    }
}

fn take_out<'of>(
    engine: &Engine,
    room: &Arc<Room>,
    state: &mut State,
    nick: &str,
    affiliation: Option<Affiliation>,
    status: &'of [u16],
    cause: &'of RoomCause,
) -> Option<Removed<'of>> {
    let occupant = state.occupants.remove(nick)?;
    for session in occupant.sessions() {
        forget(session, room);
    }
    let removed = Removed {
        occupant,
        affiliation,
        status,
        cause,
    };
    announce::to_own(engine, state, &removed.occupant, &removed.notice());
    Some(removed)
}
