//! Presence to somebody in particular (RFC 6121 §4.6), and presence errors.

use std::sync::Arc;

use super::super::Engine;
use super::super::blocking;
use super::super::refusal;
use super::super::router::Destination;
use super::super::session::{Delivery, Session};
use super::super::stanza::{Condition, PresenceType, Stanza, StanzaError};
use crate::domain::address::FullAddress;

/// Sends it, and remembers who has to hear it when the session goes. An error is for the session that it answers, so to a
/// bare address it is silently dropped.
pub async fn send(engine: &Engine, session: &Arc<Session>, kind: PresenceType, stanza: Stanza, to: FullAddress) {
    if kind == PresenceType::Error && to.resource.is_none() {
        return;
    }
    match engine.router().destination(to.bare.host()) {
        Destination::Host => {}
        // Who is in a room is known to the room.
        Destination::Service(service) => return service.take(engine, session, stanza).finish().await,
        Destination::Remote => {
            if kind == PresenceType::Available {
                refusal::refuse(engine, session, &stanza, &Condition::RemoteServerNotFound.into());
            }
            return;
        }
    }
    let Some(account) = engine.registry().account(&session.address().bare) else {
        return;
    };
    let contacts = account.contacts();
    if session.outbox().is_ended() {
        return;
    }
    if let Err(error) = remember(engine, session, kind, &to) {
        drop(contacts);
        return refusal::refuse(engine, session, &stanza, &error);
    }
    route(engine, &Arc::new(stanza), &to);
}

fn remember(engine: &Engine, session: &Session, kind: PresenceType, to: &FullAddress) -> Result<(), StanzaError> {
    let mut state = session.state();
    let known = state.directed.iter().position(|known| known == to);
    match (kind, known) {
        (PresenceType::Available, None) => {
            if state.directed.len() >= engine.settings().limits.directed_presences {
                let text = "too many addresses have directed presence; send some of them unavailable presence first";
                return Err(StanzaError::new(Condition::ResourceConstraint).with_text(text));
            }
            state.directed.push(to.clone());
        }
        (PresenceType::Unavailable, Some(at)) => {
            state.directed.swap_remove(at);
        }
        _ => {}
    }
    Ok(())
}

/// To a full address that is connected, or to every available resource of a bare one (§8.5.2.1.2, §8.5.3.1).
pub fn route(engine: &Engine, stanza: &Arc<Stanza>, to: &FullAddress) {
    let Some(recipient) = engine.registry().account(&to.bare) else {
        return;
    };
    let from = stanza.from.as_ref();
    if from.is_some_and(|from| blocking::is_blocked_between(engine, from, to)) {
        return;
    }
    let address = Arc::new(to.clone());
    for session in recipient.sessions() {
        let is_meant = match &to.resource {
            Some(_) => session.address() == to,
            None => session.is_available(),
        };
        if is_meant {
            engine.deliver(&session, Delivery::shared(Arc::clone(stanza), Arc::clone(&address)));
        }
    }
}
