//! Presence (RFC 6121 §3, §4).

use std::sync::Arc;

use super::Engine;
use super::message;
use super::session::Session;
use super::stanza::{Kind, PresenceType, Stanza};

/// Serves a presence of a client.
pub async fn send(engine: &Engine, session: &Arc<Session>, stanza: Stanza) {
    let was_taking = session.priority().is_some_and(|priority| priority >= 0);
    note(session, stanza);
    if !was_taking && session.priority().is_some_and(|priority| priority >= 0) {
        message::flush(engine, session).await;
    }
}

fn note(session: &Session, stanza: Stanza) {
    let mut state = session.state();
    match stanza.kind {
        Kind::Presence(PresenceType::Available) if stanza.to.is_none() => {
            state.shown.available = true;
            state.presence = Some(Arc::new(stanza));
        }
        Kind::Presence(PresenceType::Unavailable) if stanza.to.is_none() => {
            state.shown = crate::domain::session::Presence::default();
            state.presence = None;
        }
        _ => {}
    }
}

/// Tells those who know of a session that it has gone. It is not in the registry any more.
pub fn leave(_engine: &Engine, session: &Arc<Session>) {
    session.state().presence = None;
}
