//! Leaving a room (XEP-0045 §7.14): by a client's word, with its session, or because the service ends.

use std::sync::Arc;

use super::announce::{self, Notice};
use super::incoming::Incoming;
use super::occupants::Left;
use super::room::{Room, State};
use super::status;
use crate::engine::Engine;
use crate::engine::session::Session;
use crate::engine::stanza::Stanza;
use crate::engine::xml::{Element, ns};

/// Conditions of errors that say that somebody is gone (§18.1.2).
const DELIVERY_ERRORS: [&str; 6] = [
    "gone",
    "item-not-found",
    "recipient-unavailable",
    "redirect",
    "remote-server-not-found",
    "remote-server-timeout",
];

/// A client says that it leaves, under whatever nickname.
pub fn take(incoming: &Incoming) {
    let engine = &incoming.engine;
    if let Some(room) = engine.rooms().hold(incoming.room()) {
        forget(&incoming.sender, &room);
        let mut state = room.lock();
        depart(engine, &mut state, &incoming.sender, &incoming.stanza, &[]);
    }
}

/// An error that says that nothing reaches the client under its address any more ends its stay (§18.1.2).
pub fn take_error(incoming: &Incoming) {
    let engine = &incoming.engine;
    if !is_delivery_error(&incoming.stanza) {
        return;
    }
    if let Some(room) = engine.rooms().hold(incoming.room()) {
        forget(&incoming.sender, &room);
        let mut state = room.lock();
        let nothing = Stanza::new(incoming.stanza.kind);
        depart(engine, &mut state, &incoming.sender, &nothing, &[status::TECHNICAL]);
    }
}

/// Whether an error says that a stanza did not reach its recipient.
pub fn is_delivery_error(stanza: &Stanza) -> bool {
    let Some(error) = stanza.child("error", ns::JABBER_CLIENT) else {
        return false;
    };
    error
        .children()
        .any(|condition| condition.ns() == ns::STANZA_ERRORS && DELIVERY_ERRORS.contains(&condition.name()))
}

/// Takes a session that is not available any more out of all its rooms. What it said last is `stanza`.
pub fn leave(engine: &Engine, session: &Arc<Session>, stanza: &Stanza) {
    let rooms = std::mem::take(&mut session.state().rooms);
    for room in rooms {
        // A room that is not in memory is destroyed, and nobody is in it.
        if let Some(room) = engine.rooms().hold(&room) {
            let mut state = room.lock();
            depart(engine, &mut state, session, stanza, &[]);
        }
    }
}

/// Says goodbye to everybody in every room (§11.2, 332).
pub fn shut_down(engine: &Engine) {
    for room in engine.rooms().all() {
        let mut state = room.lock();
        for occupant in state.occupants.take() {
            announce::to_own(engine, &state, &occupant, &Notice::gone(&occupant, &[status::SHUTDOWN]));
            for session in occupant.sessions() {
                forget(session, &room);
            }
        }
    }
}

/// The session is not in the room any more.
pub fn forget(session: &Session, room: &Arc<Room>) {
    let address = room.shared_address();
    session.state().rooms.retain(|other| !Arc::ptr_eq(other, address));
}

/// What the session said last is `stanza`; why it goes, `codes`.
fn depart(engine: &Engine, state: &mut State, session: &Arc<Session>, stanza: &Stanza, codes: &[u16]) {
    // Nobody says more in going than in coming.
    let is_too_large = stanza.content_bytes().len() > engine.settings().limits.room_presence_bytes;
    let said = if is_too_large { &[][..] } else { &stanza.content };
    // A room that was never configured goes with its creator (§10.1.3).
    let destroyed = state.is_locked.then(|| Element::new("destroy", ns::MUC_USER));
    match state.occupants.remove_session(session) {
        None => {}
        Some(Left::Occupant(occupant)) => {
            state.remember_voice(&occupant);
            let gone = Notice {
                content: said,
                destroyed: destroyed.as_ref(),
                ..Notice::gone(&occupant, codes).answering(stanza)
            };
            announce::to_own(engine, state, &occupant, &gone);
            announce::to_others(engine, state, &occupant, occupant.role, &gone);
        }
        Some(Left::Entry { nick, was_shown }) => {
            let Some(occupant) = state.occupants.get(&nick) else {
                return;
            };
            let gone = Notice {
                content: said,
                ..Notice::gone(occupant, codes).answering(stanza)
            };
            announce::to_session(engine, state, session, occupant, &gone);
            if was_shown {
                announce::to_all(engine, state, occupant, &Notice::present(occupant));
            }
        }
    }
}
