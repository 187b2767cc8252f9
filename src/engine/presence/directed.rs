//! Presence to somebody in particular (RFC 6121 §4.6), and presence errors.

use std::sync::Arc;

use super::super::Engine;
use super::super::blocking;
use super::super::capabilities;
use super::super::pubsub;
use super::super::refusal;
use super::super::router::Destination;
use super::super::session::{Delivery, Session};
use super::super::stanza::{Condition, PresenceType, Stanza, StanzaError};
use crate::domain::address::{Address, FullAddress};

/// Sends it, and remembers who has to hear it when the session goes. An error is for the session that it answers, so to a
/// bare address it is silently dropped.
pub async fn send(engine: &Engine, session: &Arc<Session>, kind: PresenceType, stanza: Stanza, to: FullAddress) {
    if kind == PresenceType::Error && to.resource.is_none() {
        return;
    }
    let own = session.address().bare.host();
    match engine.router().destination(own, to.bare.host()) {
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
    let stanza = Arc::new(stanza);
    match tell(engine, session, kind, &stanza, &to) {
        Ok(true) => watch(engine, session, &stanza, to.bare).await,
        Ok(false) => {}
        Err(error) => refusal::refuse(engine, session, &stanza, &error),
    }
}

/// Whether the session begins to hear of somebody whose presence its account does not see.
fn tell(
    engine: &Engine,
    session: &Session,
    kind: PresenceType,
    stanza: &Arc<Stanza>,
    to: &FullAddress,
) -> Result<bool, StanzaError> {
    let Some(account) = engine.registry().account(&session.address().bare) else {
        return Ok(false);
    };
    let contacts = account.contacts();
    if session.outbox().is_ended() {
        return Ok(false);
    }
    remember(engine, session, kind, to)?;
    route(engine, stanza, to);
    let is_known = to.bare == *account.address() || contacts.subscription(&to.bare).sees_contact();
    Ok(kind == PresenceType::Available && !is_known)
}

/// Whoever sends presence to an account hears of what it publishes openly, as far as his client wants that.
async fn watch(engine: &Engine, session: &Arc<Session>, presence: &Stanza, account: Address) {
    let wanted = session.state().capabilities.notified();
    capabilities::hear(engine, session, presence).await;
    // What it has begun to want right now was sent just then.
    pubsub::send_last_at(engine, session, account, wanted).await;
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
            engine.watchers().note(&to.bare, session.address());
        }
        (PresenceType::Unavailable, Some(at)) => {
            state.directed.swap_remove(at);
            if state.directed.iter().all(|other| other.bare != to.bare) {
                engine.watchers().forget(&to.bare, session.address());
            }
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
