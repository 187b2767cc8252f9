//! What the occupants of a room are told of each other (XEP-0045 §7.1, §7.2.3). Everything here wants the state of the
//! room to be locked.

use std::sync::Arc;

use super::occupants::Occupant;
use super::room::{Room, State};
use super::status;
use crate::domain::address::FullAddress;
use crate::domain::affiliation::Affiliation;
use crate::domain::room::{Role, RoomCause};
use crate::engine::Engine;
use crate::engine::session::Session;
use crate::engine::stanza::{Kind, MessageType, PresenceType, Stanza};
use crate::engine::xml::{Element, Node, ns};

/// What the room says about an occupant, around what its client says.
#[derive(Clone)]
pub struct Notice<'of> {
    pub kind: PresenceType,
    /// Of the client's presence that is answered, for the occupant alone.
    pub id: Option<&'of str>,
    pub affiliation: Option<Affiliation>,
    pub role: Role,
    /// Status codes for everybody.
    pub status: &'of [u16],
    /// Status codes for the occupant alone, besides that it is itself.
    pub own_status: &'of [u16],
    pub new_nick: Option<&'of str>,
    pub cause: Option<&'of RoomCause>,
    pub destroyed: Option<&'of Element>,
    /// What the client says.
    pub content: &'of [Node],
}

impl<'of> Notice<'of> {
    /// That an occupant is here, as what it is.
    pub fn present(occupant: &'of Occupant) -> Self {
        Self {
            content: occupant.content(),
            kind: PresenceType::Available,
            id: None,
            affiliation: occupant.affiliation,
            role: occupant.role,
            status: &[],
            own_status: &[],
            new_nick: None,
            cause: None,
            destroyed: None,
        }
    }

    /// That an occupant has gone.
    pub fn gone(occupant: &'of Occupant, status: &'of [u16]) -> Self {
        Self {
            content: &[],
            kind: PresenceType::Unavailable,
            role: Role::None,
            status,
            ..Self::present(occupant)
        }
    }

    pub fn answering(mut self, stanza: &'of Stanza) -> Self {
        self.id = stanza.id.as_deref();
        self
    }

    pub fn with_cause(mut self, cause: &'of RoomCause) -> Self {
        self.cause = Some(cause);
        self
    }
}

/// Tells all others, if the room announces occupants of this `role`. An occupant that has gone is not in the room any
/// more and hears of it by [`to_own`].
pub fn to_others(engine: &Engine, state: &State, occupant: &Occupant, role: Role, notice: &Notice<'_>) {
    if state.announces(role) {
        to_viewers(engine, state, occupant, &occupant.address, notice);
    }
}

/// Tells all others that an occupant, which now has the address `now`, is not there under its `former` one.
pub fn renamed_to_others(engine: &Engine, state: &State, former: &Occupant, now: &FullAddress, notice: &Notice<'_>) {
    if state.announces(former.role) {
        to_viewers(engine, state, former, now, notice);
    }
}

/// Tells all others of an occupant whose role is not announced any more.
pub fn hide_from_others(engine: &Engine, state: &State, occupant: &Occupant) {
    to_viewers(engine, state, occupant, &occupant.address, &Notice::gone(occupant, &[]));
}

fn to_viewers(engine: &Engine, state: &State, occupant: &Occupant, except: &FullAddress, notice: &Notice<'_>) {
    let (mut open, mut hidden) = (None, None);
    for viewer in state.occupants.iter() {
        if viewer.address == *except {
            continue;
        }
        let stanza = if state.shows_addresses_to(viewer) {
            open.get_or_insert_with(|| Arc::new(presence(occupant, notice, occupant.real_address(), None)))
        } else {
            hidden.get_or_insert_with(|| Arc::new(presence(occupant, notice, None, None)))
        };
        for session in viewer.sessions() {
            engine.deliver_to(session, stanza);
        }
    }
}

/// Tells the occupant of itself, in all its sessions.
pub fn to_own(engine: &Engine, state: &State, occupant: &Occupant, notice: &Notice<'_>) {
    for session in occupant.sessions() {
        to_session(engine, state, session, occupant, notice);
    }
}

/// Tells everybody.
pub fn to_all(engine: &Engine, state: &State, occupant: &Occupant, notice: &Notice<'_>) {
    to_others(engine, state, occupant, occupant.role, notice);
    to_own(engine, state, occupant, notice);
}

/// Tells one session of an occupant of itself, under its own address.
pub fn to_session(engine: &Engine, state: &State, session: &Arc<Session>, occupant: &Occupant, notice: &Notice<'_>) {
    let address = state.shows_addresses_to(occupant).then(|| session.address());
    let stanza = presence(occupant, notice, address, Some(notice.own_status));
    engine.deliver_to(session, &Arc::new(stanza));
}

/// Tells a session that has just entered as `viewer` of those who are here.
pub fn everybody(engine: &Engine, state: &State, session: &Arc<Session>, viewer: &Occupant) {
    let sees_addresses = state.shows_addresses_to(viewer);
    for occupant in state.occupants.iter() {
        if occupant.address != viewer.address && state.announces(occupant.role) {
            engine.deliver_to(session, shown(occupant, sees_addresses));
        }
    }
}

/// That an occupant is here, for others; one stanza for all who are told so.
fn shown(occupant: &Occupant, shows_address: bool) -> &Arc<Stanza> {
    occupant.shown(shows_address, || {
        let address = occupant.real_address().filter(|_| shows_address);
        presence(occupant, &Notice::present(occupant), address, None)
    })
}

/// `address`: the real one, for those who see it. `own`: it is for the occupant itself, with these status codes.
fn presence(occupant: &Occupant, notice: &Notice<'_>, address: Option<&FullAddress>, own: Option<&[u16]>) -> Stanza {
    let mut x = Element::new("x", ns::MUC_USER).with_child(item(notice, address));
    if let Some(destroyed) = notice.destroyed {
        x.push(destroyed.clone());
    }
    let id = own.and(notice.id);
    let own = own
        .map(|codes| [&[status::ONESELF], codes].concat())
        .unwrap_or_default();
    for code in own.iter().chain(notice.status) {
        x.push(status_element(*code));
    }
    let mut stanza = Stanza::new(Kind::Presence(notice.kind)).with_from(occupant.address.clone());
    stanza.id = id.map(Box::from);
    stanza.content = notice.content.to_vec();
    stanza.with_child(occupant_id(occupant)).with_child(x)
}

fn item(notice: &Notice<'_>, address: Option<&FullAddress>) -> Element {
    let mut item = Element::new("item", ns::MUC_USER)
        .with_attr("affiliation", affiliation_name(notice.affiliation))
        .with_optional_attr("jid", address)
        .with_optional_attr("nick", notice.new_nick)
        .with_attr("role", notice.role.as_str());
    let Some(cause) = notice.cause else { return item };
    if let Some(actor) = &cause.actor {
        item.push(Element::new("actor", ns::MUC_USER).with_attr("nick", actor));
    }
    if let Some(reason) = &cause.reason {
        item.push(Element::new("reason", ns::MUC_USER).with_text(&**reason));
    }
    item
}

pub fn status_element(code: u16) -> Element {
    Element::new("status", ns::MUC_USER).with_attr("code", code)
}

/// XEP-0421
pub fn occupant_id(occupant: &Occupant) -> Element {
    Element::new("occupant-id", ns::OCCUPANT_ID).with_attr("id", &occupant.id)
}

pub fn affiliation_name(affiliation: Option<Affiliation>) -> &'static str {
    affiliation.map_or("none", Affiliation::as_str)
}

/// Tells everybody that something about the room is different that its settings do not show (§10.2.1).
pub fn tell_changed(engine: &Engine, room: &Room) {
    let x = Element::new("x", ns::MUC_USER).with_child(status_element(status::SETTINGS_CHANGED));
    let message = Stanza::new(Kind::Message(MessageType::Groupchat))
        .with_from(room.address().clone().into())
        .with_child(x);
    to_everybody(engine, &room.lock(), &Arc::new(message));
}

/// Gives a stanza to everybody in a room.
pub fn to_everybody(engine: &Engine, state: &State, stanza: &Arc<Stanza>) {
    for occupant in state.occupants.iter() {
        for session in occupant.sessions() {
            engine.deliver_to(session, stanza);
        }
    }
}
