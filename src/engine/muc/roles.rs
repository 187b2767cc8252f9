//! What becomes of occupants: another role, another affiliation, out of the room (XEP-0045 §8, §9). The functions that
//! change it and tell everybody. Who may do so was asked before.

use std::sync::Arc;

use super::announce::{self, Notice};
use super::leaving::forget;
use super::room::{Room, State};
use super::status;
use crate::domain::address::Address;
use crate::domain::affiliation::Affiliation;
use crate::domain::room::{Role, RoomCause};
use crate::engine::Engine;
use crate::engine::stanza::PresenceType;

/// Gives an occupant a role; without one it is kicked out.
pub fn set_role(engine: &Engine, room: &Arc<Room>, state: &mut State, nick: &str, role: Role, cause: &RoomCause) {
    let Some(occupant) = state.occupants.get(nick) else {
        return;
    };
    let affiliation = occupant.affiliation;
    if role == Role::None {
        return remove(engine, room, state, nick, affiliation, &[status::KICKED], cause);
    }
    become_anew(engine, state, nick, affiliation, role, cause);
}

/// Does with an account in the room what follows from the affiliation that counts for it now.
pub fn follow_affiliation(engine: &Engine, room: &Arc<Room>, state: &mut State, account: &Address, cause: &RoomCause) {
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
    let Some(occupant) = state.occupants.remove(nick) else {
        return;
    };
    for session in occupant.sessions() {
        forget(session, room);
    }
    let gone = Notice {
        affiliation,
        ..Notice::gone(&occupant, status)
    }
    .with_cause(cause);
    announce::to_others(engine, state, &occupant, occupant.role, &gone);
    announce::to_own(engine, state, &occupant, &gone);
}
