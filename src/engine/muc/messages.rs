//! Messages to rooms (XEP-0045 §7.4, §7.5, §8.1): to everybody, to one occupant, and new subjects. What the room archives
//! reaches its occupants when it is on disk, in the order in which it was stored; anything else at once, behind what its
//! sender said before.

use std::sync::Arc;

use jiff::Timestamp;

use super::announce::occupant_id;
use super::announce::to_everybody;
use super::history::stanza_id;
use super::incoming::Incoming;
use super::occupants::Occupant;
use super::room::State;
use super::{approval, invitations, leaving, retraction, voice};
use crate::domain::Error;
use crate::domain::address::{Address, FullAddress};
use crate::domain::archive::{ArchiveCopy, ArchiveOwner, NewArchivedMessage};
use crate::domain::clock::now_in_milliseconds;
use crate::domain::room::{PrivateMessages, Role, RoomPlace};
use crate::engine::Engine;
use crate::engine::blocking;
use crate::engine::message::keeping::has_lasting_content;
use crate::engine::refusal;
use crate::engine::serving::Serving;
use crate::engine::stanza::{Condition, Kind, MessageType, Stanza, StanzaError};
use crate::engine::xml::{Element, Node, ns};
use crate::storage::{archive, rooms};

pub fn take(incoming: Incoming, kind: MessageType) -> Serving {
    let Some(place) = incoming.place() else {
        return Serving::Alone(Box::pin(async move { incoming.refuse_as_nobody() }));
    };
    match (kind, incoming.nick().is_some()) {
        (MessageType::Groupchat, false) => take_public(incoming, place),
        (MessageType::Groupchat, true) => Serving::Alone(Box::pin(async move {
            incoming.refuse(Condition::BadRequest);
        })),
        (MessageType::Error, _) if leaving::is_delivery_error(&incoming.stanza) => {
            Serving::Alone(Box::pin(async move { leaving::take_error(&incoming) }))
        }
        (_, true) => Serving::Alone(Box::pin(async move { tell_privately(&incoming, &place).await })),
        (MessageType::Error, false) => Serving::Done,
        (_, false) if invitations::is_one(&incoming.stanza) => {
            Serving::Alone(Box::pin(async move { invitations::take(&incoming, &place).await }))
        }
        (_, false) if voice::is_one(&incoming.stanza) => {
            Serving::Alone(Box::pin(async move { voice::take(&incoming, &place).await }))
        }
        (_, false) if approval::is_one(&incoming.stanza) => {
            Serving::Alone(Box::pin(async move { approval::take(&incoming, &place).await }))
        }
        (_, false) => Serving::Alone(Box::pin(async move { incoming.refuse(Condition::BadRequest) })),
    }
}

fn take_public(incoming: Incoming, place: RoomPlace) -> Serving {
    if let Some(storing) = storing(&incoming)
        && let Ok(said) = prepare(&incoming)
    {
        return Serving::Stored(Box::pin(store(incoming, place, said, storing)));
    }
    // Whatever else becomes of it comes behind what its sender said before.
    Serving::Alone(Box::pin(say(incoming, place)))
}

/// How a message is stored; `None`: it is not, or nobody knows the room.
fn storing(incoming: &Incoming) -> Option<Storing> {
    let stanza = &incoming.stanza;
    if is_subject(stanza) {
        return Some(Storing::Subject);
    }
    let room = incoming.engine.rooms().get(incoming.room())?;
    let is_logged = room.lock().settings.logged && incoming.engine.settings().archive;
    (is_logged && is_kept(stanza)).then_some(Storing::Archive)
}

/// Whether it is a new subject: with words or a thread it is not (§8.1).
fn is_subject(stanza: &Stanza) -> bool {
    let has = |name: &str| stanza.child(name, ns::JABBER_CLIENT).is_some();
    has("subject") && !has("body") && !has("thread")
}

/// Whether newcomers and readers of the archive are told of it.
fn is_kept(stanza: &Stanza) -> bool {
    let hint = |name: &str| stanza.child(name, ns::HINTS).is_some();
    let lasts = hint("store") || stanza.children().any(has_lasting_content);
    lasts && !hint("no-store") && !hint("no-permanent-store")
}

#[derive(Clone, Copy)]
enum Storing {
    Archive,
    Subject,
}

/// A message as the room tells it, and who said it.
#[derive(Clone)]
struct Said {
    stanza: Arc<Stanza>,
    sender: FullAddress,
    address_visible: bool,
}

/// What a client says to everybody, if it may.
fn prepare(incoming: &Incoming) -> Result<Said, StanzaError> {
    let room = incoming.engine.rooms().get(incoming.room());
    let room = room.ok_or(Condition::NotAcceptable)?;
    let state = room.lock();
    let Some(occupant) = state.occupants.of(&incoming.sender) else {
        return Err(Condition::NotAcceptable.into());
    };
    if state.is_locked {
        return Err(Condition::ItemNotFound.into());
    }
    if occupant.role == Role::Visitor {
        return Err(Condition::Forbidden.into());
    }
    let is_subject = is_subject(&incoming.stanza);
    if is_subject && occupant.role != Role::Moderator && !state.settings.occupants_change_subject {
        return Err(Condition::Forbidden.into());
    }
    if is_subject && incoming.stanza.content_bytes().len() > incoming.engine.settings().limits.room_subject_bytes {
        let text = "the subject is too large to be sent to every newcomer";
        return Err(StanzaError::new(Condition::PolicyViolation).with_text(text));
    }
    Ok(Said {
        stanza: Arc::new(as_said(incoming, occupant).with_to(incoming.room().clone().into())),
        sender: incoming.sender.address().clone(),
        address_visible: state.settings.anyone_discovers_addresses,
    })
}

/// A message as it comes from an occupant.
fn as_said(incoming: &Incoming, occupant: &Occupant) -> Stanza {
    let mut stanza = incoming.stanza.to_owned().with_from(occupant.address.clone());
    stanza.content.retain(|node| match node {
        // An invitation would look as if the room had checked it.
        Node::Element(child) => !child.is("x", ns::MUC) && !child.is("x", ns::MUC_USER),
        Node::Text(_) => true,
    });
    stanza.with_child(occupant_id(occupant))
}

/// Says it, or why it is not said.
async fn say(incoming: Incoming, place: RoomPlace) {
    match (prepare(&incoming), storing(&incoming)) {
        (Ok(said), Some(storing)) => store(incoming, place, said, storing).await,
        (Ok(said), None) => {
            let at = now_in_milliseconds(incoming.engine.clock());
            broadcast(&incoming.engine, incoming.room(), &said, at, None);
        }
        (Err(error), _) => refuse(&incoming, &place, error).await,
    }
}

/// Outsiders learn whether there is such a room, and nothing else.
async fn refuse(incoming: &Incoming, place: &RoomPlace, error: StanzaError) {
    if let Some(room) = incoming.engine.rooms().get(incoming.room())
        && !room.lock().is_there_for(&incoming.sender.address().bare)
    {
        return incoming.refuse(Condition::ItemNotFound);
    }
    incoming.engine.rooms().settle().await;
    let place = place.clone();
    let exists = incoming
        .engine
        .store()
        .read(move |connection| rooms::locate(connection, &place).map(drop))
        .await;
    match exists {
        Ok(()) => incoming.refuse(error),
        Err(Error::NotFound { .. }) => incoming.refuse(Condition::ItemNotFound),
        Err(error) => incoming.refuse(error),
    }
}

/// Submits the job at once.
fn store(
    incoming: Incoming,
    place: RoomPlace,
    said: Said,
    storing: Storing,
) -> impl Future<Output = ()> + Send + 'static {
    let (engine, room) = (incoming.engine.clone(), incoming.room().clone());
    let stored = engine.clone().store().submit(move |transaction| {
        let text: Arc<str> = said.stanza.to_text().into();
        let at = now_in_milliseconds(engine.clock());
        if let Storing::Subject = storing {
            let subject = said.stanza.child("subject", ns::JABBER_CLIENT);
            let subject = subject.map(|subject| subject.text().into_owned()).unwrap_or_default();
            return rooms::set_subject(transaction, &place, &subject, text, at);
        }
        let owner = ArchiveOwner::Room(place.clone());
        let buried = retraction::take_back(transaction, &owner, &said.stanza, &said.sender.bare, at)?;
        let message = NewArchivedMessage {
            stanza: text,
            at,
            copies: vec![ArchiveCopy {
                owner,
                contact: said.sender.clone(),
                address_visible: said.address_visible,
                nickname: said.stanza.from.as_ref().and_then(|from| from.resource.clone()),
            }],
        };
        let id = archive::insert(transaction, &message)?.into_iter().next().flatten();
        let (engine, room, said) = (engine.clone(), room.clone(), said.clone());
        transaction.after_commit(move || {
            if let (Some(buried), Some(room)) = (&buried, engine.rooms().get(&room)) {
                buried.forget(&room);
            }
            broadcast(&engine, &room, &said, at, id.as_deref());
        });
        Ok(())
    });
    async move {
        if let Err(error) = stored.await {
            incoming.refuse(error);
        }
    }
}

/// Tells everybody, and keeps it for newcomers.
fn broadcast(engine: &Engine, room: &Address, said: &Said, at: Timestamp, id: Option<&str>) {
    let Some(room) = engine.rooms().get(room) else { return };
    let stanza = match id {
        Some(id) => Arc::new(Stanza::to_owned(&said.stanza).with_child(stanza_id(room.address(), id))),
        None => Arc::clone(&said.stanza),
    };
    let mut state = room.lock();
    if is_kept(&stanza) {
        state.history.push(room.address(), &stanza, said.sender.clone(), at);
    }
    to_everybody(engine, &state, &stanza);
    engine.metrics().room_messages.inc();
}

/// §7.5
async fn tell_privately(incoming: &Incoming, place: &RoomPlace) {
    let outcome = match incoming.engine.rooms().get(incoming.room()) {
        Some(room) => hand_over(incoming, &room.lock()),
        None => Err(Condition::NotAcceptable.into()),
    };
    if let Err(error) = outcome {
        refuse(incoming, place, error).await;
    }
}

fn hand_over(incoming: &Incoming, state: &State) -> Result<(), StanzaError> {
    let Some(occupant) = state.occupants.of(&incoming.sender) else {
        return Err(Condition::NotAcceptable.into());
    };
    let is_error = incoming.stanza.kind == Kind::Message(MessageType::Error);
    if !is_error && !may_tell_privately(state.settings.private_messages, occupant.role) {
        return Err(Condition::Forbidden.into());
    }
    let Some(recipient) = state.occupants.get(incoming.nick().unwrap_or_default()) else {
        return Err(Condition::ItemNotFound.into());
    };
    if blocking::blocks(&incoming.engine, &recipient.account, Some(&occupant.address)) {
        return Err(refusal::NOBODY.into());
    }
    let stanza = as_said(incoming, occupant).with_child(Element::new("x", ns::MUC_USER));
    let stanza = Arc::new(stanza);
    for session in recipient.sessions() {
        incoming.engine.deliver_to(session, &stanza);
    }
    Ok(())
}

fn may_tell_privately(allowed: PrivateMessages, role: Role) -> bool {
    match allowed {
        PrivateMessages::Anyone => true,
        PrivateMessages::Participants => matches!(role, Role::Moderator | Role::Participant),
        PrivateMessages::Moderators => role == Role::Moderator,
        PrivateMessages::None => false,
    }
}
