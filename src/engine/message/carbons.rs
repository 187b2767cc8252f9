//! Copies for the other sessions of those who talk (XEP-0280).

use std::sync::Arc;

use super::envelope::Message;
use super::keeping::has_lasting_content;
use crate::domain::address::{Address, FullAddress};
use crate::engine::Engine;
use crate::engine::session::Session;
use crate::engine::stanza::{Kind, MessageType, Stanza};
use crate::engine::xml::{Element, Node, ns};

/// Switches the copies of a session on or off.
pub fn switch(session: &Session, on: bool) {
    session.state().carbons = on;
}

/// Copies what an account got to those of its sessions that did not get it.
pub fn copy_received(engine: &Engine, message: &Message, seen: &Arc<Stanza>, got: &[Arc<Session>]) {
    let is_meant = is_copied(&message.stanza) || answers_copied(&message.stanza, got);
    if is_of_room(&message.stanza) || !is_meant {
        return;
    }
    let bare = message.account.to_address();
    // Who writes to another session of his own needs no copy of that.
    let sender = message.stanza.from.as_ref();
    let others = |session: &Arc<Session>| {
        sender != Some(session.address()) && !got.iter().any(|other| Arc::ptr_eq(other, session))
    };
    copy(engine, "received", &bare, seen, others);
}

/// Copies what an account sent to its other sessions.
pub fn copy_sent(engine: &Engine, message: &Message) {
    let Some(from) = &message.stanza.from else { return };
    // Who talks to himself has got it already.
    if message.sender.is_none() || message.to.bare == from.bare || is_of_room(&message.stanza) {
        return;
    }
    copy_stanza_sent(engine, from, &message.stanza);
}

/// Copies what an account sent to somebody in a room, which the room gives to nobody else.
pub fn copy_sent_to_occupant(engine: &Engine, stanza: &Stanza) {
    let Some(from) = &stanza.from else { return };
    if stanza.to.as_ref().is_some_and(|to| to.resource.is_some()) {
        copy_stanza_sent(engine, from, stanza);
    }
}

fn copy_stanza_sent(engine: &Engine, from: &FullAddress, stanza: &Stanza) {
    if is_copied(stanza) {
        let others = |session: &Arc<Session>| session.address() != from;
        if copy(engine, "sent", &from.bare, stanza, others) {
            note(engine, from, stanza);
        }
    }
}

/// Notes what was copied on the session that sent it.
fn note(engine: &Engine, from: &FullAddress, stanza: &Stanza) {
    if let (Some(id), Some(to), Some(session)) = (&stanza.id, &stanza.to, engine.registry().find(from)) {
        session.state().copied.note(id, &to.bare);
    }
}

/// Whether it is an error that answers what was copied (§6.1).
fn answers_copied(stanza: &Stanza, got: &[Arc<Session>]) -> bool {
    let (Kind::Message(MessageType::Error), Some(id), Some(from)) = (stanza.kind, &stanza.id, &stanza.from) else {
        return false;
    };
    got.iter().any(|session| session.state().copied.has(id, &from.bare))
}

/// Whether there was anybody to get a copy.
fn copy(
    engine: &Engine,
    direction: &'static str,
    bare: &Address,
    stanza: &Stanza,
    wants: impl Fn(&Arc<Session>) -> bool,
) -> bool {
    let mut wrapped: Option<Arc<Stanza>> = None;
    for session in engine.registry().sessions(bare) {
        if !session.state().carbons || !wants(&session) {
            continue;
        }
        let copy = wrapped.get_or_insert_with(|| Arc::new(wrap(direction, bare, stanza)));
        engine.deliver_to(&session, copy);
    }
    wrapped.is_some()
}

/// Comes from the account itself, so that clients can tell it from a forgery (§11).
fn wrap(direction: &'static str, bare: &Address, stanza: &Stanza) -> Stanza {
    let forwarded = Element::new("forwarded", ns::FORWARD).with_child(stanza.to_element());
    Stanza::new(stanza.kind)
        .with_from(FullAddress::from(bare.clone()))
        .with_child(Element::new(direction, ns::CARBONS).with_child(forwarded))
}

/// §6.1: what is said between people.
fn is_copied(stanza: &Stanza) -> bool {
    let is_said = |child: &Element| child.ns() == ns::CHAT_STATES || has_lasting_content(child);
    let is_conversation = match stanza.kind {
        Kind::Message(MessageType::Chat) => true,
        Kind::Message(MessageType::Normal) => stanza.children().any(is_said),
        _ => false,
    };
    is_conversation && !is_private(stanza)
}

fn is_private(stanza: &Stanza) -> bool {
    stanza.child("private", ns::CARBONS).is_some() || stanza.child("no-copy", ns::HINTS).is_some()
}

/// What rooms say they give to all sessions that are in them.
fn is_of_room(stanza: &Stanza) -> bool {
    stanza.child("x", ns::MUC_USER).is_some()
}

/// Takes out the mark that a message is private, which means nothing to its receiver (§9).
pub fn without_mark(mut stanza: Stanza) -> Stanza {
    stanza.content.retain(|node| match node {
        Node::Element(child) => !child.is("private", ns::CARBONS),
        Node::Text(_) => true,
    });
    stanza
}

/// Whether there is such a mark.
pub fn is_marked(stanza: &Stanza) -> bool {
    stanza.child("private", ns::CARBONS).is_some()
}
