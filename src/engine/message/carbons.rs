//! Copies for the other sessions of those who talk (XEP-0280).

use std::sync::Arc;

use super::Message;
use crate::domain::address::{Address, FullAddress};
use crate::engine::Engine;
use crate::engine::session::Session;
use crate::engine::stanza::{Kind, MessageType, Stanza};
use crate::engine::xml::{Element, ns};

/// Switches the copies of a session on or off.
pub fn switch(session: &Session, on: bool) {
    session.state().carbons = on;
}

/// Copies what an account got to those of its sessions that did not get it.
pub fn copy_received(engine: &Engine, message: &Message, seen: &Arc<Stanza>, got: &[Arc<Session>]) {
    if !is_copied(message) {
        return;
    }
    let bare = message.account.to_address();
    let others = |session: &Arc<Session>| !got.iter().any(|other| Arc::ptr_eq(other, session));
    copy(engine, "received", &bare, seen, others);
}

/// Copies what an account sent to its other sessions.
pub fn copy_sent(engine: &Engine, message: &Message) {
    let Some(from) = &message.stanza.from else { return };
    // Who talks to himself has got it already.
    if message.sender.is_none() || message.to.bare == from.bare || !is_copied(message) {
        return;
    }
    let others = |session: &Arc<Session>| session.address() != from;
    copy(engine, "sent", &from.bare, &message.stanza, others);
}

fn copy(
    engine: &Engine,
    direction: &'static str,
    bare: &Address,
    stanza: &Stanza,
    wants: impl Fn(&Arc<Session>) -> bool,
) {
    let mut wrapped: Option<Arc<Stanza>> = None;
    for session in engine.registry().sessions(bare) {
        if !session.state().carbons || !wants(&session) {
            continue;
        }
        let copy = wrapped.get_or_insert_with(|| Arc::new(wrap(direction, bare, stanza)));
        engine.deliver_to(&session, copy);
    }
}

/// Comes from the account itself, so that clients can tell it from a forgery (§11).
fn wrap(direction: &'static str, bare: &Address, stanza: &Stanza) -> Stanza {
    let forwarded = Element::new("forwarded", ns::FORWARD).with_child(stanza.to_element());
    Stanza::new(stanza.kind)
        .with_from(FullAddress::from(bare.clone()))
        .with_child(Element::new(direction, ns::CARBONS).with_child(forwarded))
}

/// §6.1. Private messages of rooms are none of the other sessions' business.
fn is_copied(message: &Message) -> bool {
    let stanza = &message.stanza;
    let is_private = stanza.child("private", ns::CARBONS).is_some() || stanza.child("no-copy", ns::HINTS).is_some();
    let is_of_room = stanza.child("x", ns::MUC_USER).is_some();
    let is_conversation = match stanza.kind {
        Kind::Message(MessageType::Chat) => true,
        Kind::Message(MessageType::Normal) => stanza.child("body", ns::JABBER_CLIENT).is_some(),
        _ => false,
    };
    is_conversation && !is_private && !is_of_room
}
