//! A session's own presence: what it tells everybody who may know (RFC 6121 §4.2, §4.4, §4.5).

use std::sync::Arc;

use super::super::Engine;
use super::super::announcements;
use super::super::broadcast;
use super::super::capabilities;
use super::super::message;
use super::super::pubsub;
use super::super::registry::OnlineAccount;
use super::super::registry::contacts::Contacts;
use super::super::session::{Announced, Delivery, Session};
use super::super::stanza::Stanza;
use super::{directed, loading, probe, shown, subscription};
use crate::domain::presence::LastActivity;
use crate::domain::session::Presence;
use crate::engine::refusal;

/// Available, for the first time or once more.
pub async fn available(engine: &Engine, session: &Arc<Session>, mut stanza: Stanza) {
    let Some(account) = engine.registry().account(&session.address().bare) else {
        return;
    };
    if let Err(error) = loading::load(engine, &account, session).await {
        return refusal::refuse(engine, session, &stanza, &error.into());
    }
    pubsub::stamp_avatar(engine, session, &mut stanza).await;
    let stanza = Arc::new(stanza);
    let takes_messages = |session: &Session| session.priority().is_some_and(|priority| priority >= 0);
    let (is_initial, seen, waiting);
    {
        let contacts = account.contacts();
        if session.outbox().is_ended() {
            return;
        }
        let took_messages = takes_messages(session);
        {
            let mut state = session.state();
            is_initial = state.presence.is_none();
            state.shown = shown::shown(&stanza);
            state.presence = Some(Arc::clone(&stanza));
        }
        // Asked for at once, so that nothing that is sent later comes before it.
        waiting = (!took_messages && takes_messages(session)).then(|| message::flush(engine, session));
        broadcast::to_contacts(engine, &account, &contacts, &stanza);
        broadcast::to_own(engine, &account, &stanza);
        if is_initial {
            // Its own other resources, which it has not heard of (§4.2.2).
            for other in account.sessions() {
                if !Arc::ptr_eq(&other, session) {
                    probe::tell_presence(engine, &other, session);
                }
            }
        }
        seen = contacts.all();
    }
    if is_initial {
        let seen = seen.iter().filter(|contact| contact.subscription.sees_contact());
        let seen = seen.map(|contact| Arc::clone(&contact.address)).collect();
        probe::ask(engine, session, seen).await;
        subscription::deliver_pending(engine, session).await;
        announcements::greet(engine, session).await;
    }
    if waiting.is_some() {
        pubsub::send_last_subscribed(engine, session).await;
        if !is_initial {
            pubsub::send_last_known(engine, session).await;
        }
    }
    capabilities::hear(engine, session, &stanza).await;
    if let Some(waiting) = waiting {
        waiting.await;
    }
}

/// Unavailable, by the client's own word.
pub fn unavailable(engine: &Engine, session: &Arc<Session>, stanza: Stanza) {
    engine.depart(session, &Arc::new(stanza));
}

/// Tells those who know of a session that it has gone, by `stanza`. From now on nothing it says of itself counts.
pub fn leave(engine: &Engine, session: &Arc<Session>, stanza: &Arc<Stanza>) {
    if let Some(account) = engine.registry().account(&session.address().bare) {
        go(engine, &account, &account.contacts(), session, stanza);
    }
}

fn go(engine: &Engine, account: &OnlineAccount, contacts: &Contacts, session: &Arc<Session>, stanza: &Arc<Stanza>) {
    let (was_available, told) = {
        let mut state = session.state();
        // What it says when it leaves is still shown.
        state.shown = Presence {
            status: shown::status(stanza),
            ..Presence::default()
        };
        state.capabilities = Announced::default();
        (state.presence.take().is_some(), std::mem::take(&mut state.directed))
    };
    if was_available {
        broadcast::to_contacts(engine, account, contacts, stanza);
        broadcast::to_own(engine, account, stanza);
        // The session itself is not available any more, and hears of it as the others do (§4.5.2).
        let to = Arc::new(session.address().bare.clone().into());
        engine.deliver(session, Delivery::shared(Arc::clone(stanza), to));
    }
    for to in told {
        engine.watchers().forget(&to.bare, session.address());
        // A resource that is not available heard no broadcast.
        let is_addressed =
            to.resource.is_none() || engine.registry().find(&to).is_some_and(|other| other.is_available());
        let has_heard = was_available && is_addressed && contacts.may_see(&to.bare, account.address());
        if !has_heard {
            directed::route(engine, stanza, &to);
        }
    }
    let is_last = was_available && account.sessions().iter().all(|other| !other.is_available());
    if let Some(account) = session.account().filter(|_| is_last) {
        let (at, status) = (engine.clock().now(), shown::status(stanza));
        engine.last_seen().note(account, LastActivity { at, status });
    }
}
