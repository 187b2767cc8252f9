//! Entering a room (XEP-0045 §7.2): who may, and what a newcomer is told first: who is here, its own presence, what was
//! said, the subject, and from then on what happens.

use std::sync::Arc;

use subtle::ConstantTimeEq;

use super::announce::{self, Notice};
use super::finding;
use super::history::Wanted;
use super::incoming::Incoming;
use super::loading::Creation;
use super::occupants::Occupant;
use super::room::{Room, State};
use super::status;
use crate::domain::Error;
use crate::domain::address::Address;
use crate::domain::affiliation::Affiliation;
use crate::domain::clock::now_in_milliseconds;
use crate::domain::room::RoomPlace;
use crate::domain::secret::Secret;
use crate::engine::Engine;
use crate::engine::delay::delay;
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, Kind, MessageType, PresenceType, Stanza, StanzaError};
use crate::engine::xml::{Element, Node, ns};

/// What a client sends to be somebody in a room.
#[derive(Clone)]
pub struct Application {
    pub nick: Box<str>,
    /// It says that it enters, and does not only change its presence (§7.2.1).
    pub is_entering: bool,
    password: Option<Secret>,
    history: Wanted,
    /// What is shown of its presence.
    pub content: Arc<[Node]>,
}

impl Application {
    pub fn read(incoming: &Incoming, nick: Box<str>) -> Self {
        let x = incoming.stanza.child("x", ns::MUC);
        let password = x.and_then(|x| x.child_text("password", ns::MUC));
        let history = x.and_then(|x| x.child("history", ns::MUC));
        Self {
            nick,
            is_entering: x.is_some(),
            password: password.map(|password| Secret::new(password.into_owned())),
            history: Wanted::read(history, incoming.engine.clock().now()),
            content: said(incoming).into(),
        }
    }

    /// Bytes of what is shown of its presence.
    pub fn weight(&self) -> usize {
        let mut shown = Stanza::new(Kind::Presence(PresenceType::Available));
        shown.content = self.content.to_vec();
        shown.content_bytes().len()
    }
}

/// Lets a client in that is not in the room, which is made if it is not there.
pub async fn enter(incoming: &Incoming, place: &RoomPlace, application: &Application) {
    let engine = &incoming.engine;
    let held = if incoming.sender.account().is_some() {
        let creation = Creation {
            owner: incoming.sender.address().bare.clone(),
            at: now_in_milliseconds(engine.clock()),
            most: engine.settings().limits.owned_rooms,
        };
        finding::find_or_create(engine, place, creation).await
    } else {
        finding::find(engine, place).await
    };
    let outcome = match held {
        Ok(Some(room)) => admit(incoming, &room, application),
        // Who has no account makes no room (§10.1.1).
        Ok(None) => Err(Condition::NotAllowed.into()),
        Err(error @ Error::LimitReached { .. }) => {
            Err(StanzaError::new(Condition::NotAllowed).with_text(error.to_string()))
        }
        Err(error) => Err(error.into()),
    };
    if let Err(error) = outcome {
        incoming.refuse(error);
    }
}

fn admit(incoming: &Incoming, room: &Arc<Room>, application: &Application) -> Result<(), StanzaError> {
    let (engine, session) = (&incoming.engine, &incoming.sender);
    let account = &session.address().bare;
    let mut state = room.lock();
    let affiliation = state.affiliation(account);
    let assigned = state.locked_nick(account).filter(|nick| **nick != *application.nick);
    let assigned = assigned.map(|nick| Application {
        nick: nick.into(),
        ..application.clone()
    });
    let is_assigned = assigned.is_some();
    let application = assigned.as_ref().unwrap_or(application);
    check_entry(engine, &state, account, affiliation, application)?;
    if !note_room(engine, session, room)? {
        return Ok(());
    }
    if state.occupants.get(&application.nick).is_none() {
        let role = state.entering_role(account, affiliation);
        let occupant = Occupant::new(
            room.occupant_address(&application.nick),
            account.clone(),
            engine.rooms().occupant_ids().of(room.address(), account),
            affiliation,
            role,
        );
        state.occupants.insert(occupant);
    }
    state
        .occupants
        .put(&application.nick, session, Arc::clone(&application.content));
    state.was_entered = true;
    let is_created = affiliation == Some(Affiliation::Owner) && std::mem::take(&mut state.is_new);
    let codes = [
        is_created.then_some(status::CREATED),
        is_assigned.then_some(status::NICKNAME_ASSIGNED),
    ];
    greet(incoming, room, &state, application, codes, true);
    Ok(())
}

fn check_entry(
    engine: &Engine,
    state: &State,
    account: &Address,
    affiliation: Option<Affiliation>,
    application: &Application,
) -> Result<(), StanzaError> {
    let is_lord = matches!(affiliation, Some(Affiliation::Owner | Affiliation::Admin));
    if affiliation == Some(Affiliation::Outcast) {
        return Err(Condition::Forbidden.into());
    }
    if !state.is_there_for(account) {
        return Err(Condition::ItemNotFound.into());
    }
    check_password(state, application.password.as_ref())?;
    if state.settings.members_only && affiliation.is_none() {
        return Err(Condition::RegistrationRequired.into());
    }
    check_nick(state, account, &application.nick)?;
    let is_here = state.occupants.get(&application.nick).is_some();
    let most = usize::try_from(state.settings.max_occupants).unwrap_or(0);
    if !is_lord && !is_here && most > 0 && state.occupants.len() >= most {
        return Err(StanzaError::new(Condition::ServiceUnavailable).with_kind("wait"));
    }
    if state.occupants.count_sessions() >= engine.settings().limits.room_occupants {
        return Err(StanzaError::new(Condition::ResourceConstraint).with_text("the room is full"));
    }
    Ok(())
}

fn check_password(state: &State, given: Option<&Secret>) -> Result<(), StanzaError> {
    let Some(password) = state.settings.password_to_enter().map(Secret::expose) else {
        return Ok(());
    };
    let given = given.map_or("", Secret::expose);
    if password.as_bytes().ct_eq(given.as_bytes()).into() {
        return Ok(());
    }
    Err(Condition::NotAuthorized.into())
}

/// A nickname is one account's at a time; its sessions may share it. Who has reserved it has it alone (§7.2.8, §7.10).
pub fn check_nick(state: &State, account: &Address, nick: &str) -> Result<(), StanzaError> {
    if state.nicknames.is_of_another(nick, account) {
        return Err(Condition::Conflict.into());
    }
    match state.occupants.get(nick) {
        Some(occupant) if occupant.account != *account => Err(Condition::Conflict.into()),
        _ => Ok(()),
    }
}

/// Notes with the session that it is in the room. False: the session has ended.
fn note_room(engine: &Engine, session: &Session, room: &Arc<Room>) -> Result<bool, StanzaError> {
    let mut state = session.state();
    // Whoever ends the session looks at its rooms afterwards.
    if session.outbox().is_ended() {
        return Ok(false);
    }
    if state.rooms.len() >= engine.settings().limits.rooms {
        let text = "the client is in too many rooms; leave some of them first";
        return Err(StanzaError::new(Condition::ResourceConstraint).with_text(text));
    }
    state.rooms.push(Arc::clone(room.shared_address()));
    Ok(true)
}

/// Tells a newcomer all it has to know, and the others of it where there is something to tell.
fn greet(
    incoming: &Incoming,
    room: &Room,
    state: &State,
    application: &Application,
    codes: [Option<u16>; 2],
    is_news: bool,
) {
    let (engine, session) = (&incoming.engine, &incoming.sender);
    let Some(occupant) = state.occupants.get(&application.nick) else {
        return;
    };
    announce::everybody(engine, state, session, occupant);
    let present = Notice::present(occupant);
    if is_news {
        announce::to_others(engine, state, occupant, occupant.role, &present);
        for other in occupant.sessions().filter(|other| !Arc::ptr_eq(other, session)) {
            announce::to_session(engine, state, other, occupant, &present);
        }
    }
    let mut own_status = Vec::new();
    let told = [
        (state.settings.anyone_discovers_addresses, status::ADDRESSES_SHOWN),
        (state.settings.logged, status::LOGGED),
    ];
    own_status.extend(told.into_iter().filter(|(is_so, _)| *is_so).map(|(_, code)| code));
    own_status.extend(codes.into_iter().flatten());
    let own = Notice {
        own_status: &own_status,
        ..present.answering(&incoming.stanza)
    };
    announce::to_session(engine, state, session, occupant, &own);
    for stanza in state.history.wanted(&application.history, session.address()) {
        engine.deliver_to(session, stanza);
    }
    engine.deliver_to(session, &Arc::new(subject(room, state)));
}

/// Tells a client everything again that enters where it is already, as it may after it lost track (§7.2.1, §17.3).
/// Others hear of it if its presence is another now.
pub fn greet_again(incoming: &Incoming, room: &Room, state: &mut State, application: &Application) {
    let session = &incoming.sender;
    let is_shown_already = state.occupants.get(&application.nick).is_some_and(|occupant| {
        let is_last = occupant
            .sessions()
            .last()
            .is_some_and(|last| Arc::ptr_eq(last, session));
        is_last && *occupant.content() == *application.content
    });
    let content = Arc::clone(&application.content);
    state.occupants.put(&application.nick, session, content);
    greet(incoming, room, state, application, [None, None], !is_shown_already);
}

/// The subject as newcomers are told it, empty where there is none (§7.2.15).
fn subject(room: &Room, state: &State) -> Stanza {
    let stanza = match &state.subject.stanza {
        Some(stanza) => Stanza::to_owned(stanza),
        None => own_subject(room, state.settings.subject.as_deref()),
    };
    match state.subject.at {
        Some(at) => stanza.with_child(delay(room.address(), at)),
        None => stanza,
    }
}

/// A subject that the room itself tells.
pub fn own_subject(room: &Room, subject: Option<&str>) -> Stanza {
    let subject = Element::new("subject", ns::JABBER_CLIENT).with_text(subject.unwrap_or_default());
    Stanza::new(Kind::Message(MessageType::Groupchat))
        .with_from(room.address().clone().into())
        .with_child(subject)
}

/// What a client says in a presence to everybody in the room.
fn said(incoming: &Incoming) -> Vec<Node> {
    let content = incoming.stanza.content.iter();
    let is_for_room = |node: &&Node| matches!(node, Node::Element(child) if child.is("x", ns::MUC));
    content.filter(|node| !is_for_room(node)).cloned().collect()
}
