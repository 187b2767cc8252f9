//! Messages that were on their way to a session when it ended (XEP-0198 §5): they go once more, to the bare address, and
//! are archived no second time.

use std::sync::Arc;

use super::delivery::hand_over;
use super::envelope::Message;
use super::keeping::Keeping;
use super::storing;
use crate::domain::address::FullAddress;
use crate::engine::Engine;
use crate::engine::session::Session;
use crate::engine::stanza::{MessageType, Stanza};
use crate::engine::xml::ns;

pub fn reroute(engine: &Engine, session: &Session, kind: MessageType, stanza: &Stanza) {
    let Some(account) = session.account().cloned() else {
        return;
    };
    // The original of a copy is on its own way.
    let is_copy = ["sent", "received"]
        .iter()
        .any(|name| stanza.child(name, ns::CARBONS).is_some());
    // What an occupant of a room was told in private is nothing to the other sessions of its account.
    let is_private_in_room = stanza
        .child("x", ns::MUC_USER)
        .is_some_and(|x| x.children().next().is_none());
    if is_copy || is_private_in_room || !matches!(kind, MessageType::Normal | MessageType::Chat) {
        return;
    }
    let to = FullAddress::from(session.address().bare.clone());
    // Whoever gets it sees whom it was for (RFC 6121 §8.5).
    let mut stanza = stanza.to_owned();
    stanza.to.get_or_insert_with(|| to.clone());
    let usual = Keeping::of(&stanza, kind, &to, engine.settings());
    let keeping = Keeping {
        archive: false,
        // An archive has it already, and its reader finds it there.
        is_owed: usual.is_owed && !engine.settings().archive,
        ..usual
    };
    let message = Message {
        to,
        stanza: Arc::new(stanza),
        kind,
        account,
        sender: None,
    };
    if keeping.is_anything() {
        engine.spawn(storing::store(engine, message, keeping));
        return;
    }
    let working = engine.clone();
    engine.spawn(async move { hand_over(&working, &message, keeping).await });
}
