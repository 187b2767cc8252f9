//! Handing a message to the sessions that are to have it.

use std::sync::Arc;

use super::envelope::Message;
use super::keeping::Keeping;
use super::{carbons, recipients};
use crate::engine::Engine;
use crate::engine::refusal;
use crate::engine::session::{Delivery, Session};
use crate::engine::stanza::{MessageType, Stanza};
use crate::engine::xml::{Element, ns};

/// Delivers what is not stored.
pub async fn hand_over(engine: &Engine, message: &Message, keeping: Keeping) {
    let found = recipients::find(engine.registry(), message.kind, &message.to);
    match found {
        Ok(sessions) if !sessions.is_empty() => deliver(engine, message, &seen(message, None), &sessions, None),
        // RFC 6121 §8.5.2.2.1: what ought to be kept and is not is refused.
        Ok(_) if keeping.is_owed => refusal::bounce(engine, &message.stanza, refusal::NOBODY),
        // §8.5.4: a headline for nobody is dropped, be there an account or not.
        Ok(_) if message.kind == MessageType::Headline => {}
        // What nobody would keep is lost without a word on an account; where there is none, its sender is told.
        Ok(_) => match engine.accounts().find(&message.account).await {
            Ok(Some(_)) => {}
            Ok(None) => refusal::bounce(engine, &message.stanza, refusal::NOBODY),
            Err(error) => refusal::bounce(engine, &message.stanza, error),
        },
        Err(error) => refusal::bounce(engine, &message.stanza, error),
    }
}

/// Hands `stanza`, the message as its receiver is to see it, to these sessions, and to others as carbons. `owed` names
/// the one of them for which a row of the offline store is kept until it has the message.
pub fn deliver(
    engine: &Engine,
    message: &Message,
    stanza: &Arc<Stanza>,
    sessions: &[Arc<Session>],
    owed: Option<(Arc<Session>, i64)>,
) {
    // First, so that whatever the receiver answers finds what was copied.
    carbons::copy_sent(engine, message);
    for session in sessions {
        let row = owed.as_ref().filter(|(holder, _)| Arc::ptr_eq(holder, session));
        let delivery = Delivery::from(Arc::clone(stanza)).with_held(row.map(|(_, id)| *id));
        engine.deliver(session, delivery);
    }
    carbons::copy_received(engine, message, stanza, sessions);
}

/// The message as its receiver sees it, with the id that it has in his archive (XEP-0359).
pub fn seen(message: &Message, archive_id: Option<&str>) -> Arc<Stanza> {
    if archive_id.is_none() && !carbons::is_marked(&message.stanza) {
        return Arc::clone(&message.stanza);
    }
    let mut seen = carbons::without_mark(Stanza::to_owned(&message.stanza));
    if let Some(id) = archive_id {
        let mark = Element::new("stanza-id", ns::STANZA_ID);
        seen = seen.with_child(mark.with_attr("by", &message.account).with_attr("id", id));
    }
    Arc::new(seen)
}
