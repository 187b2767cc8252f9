//! Asking for the presence of others (RFC 6121 §4.3). Who may not see an account hears the same as if there was none.

use std::sync::Arc;

use super::super::Engine;
use super::super::blocking;
use super::super::delay::delay;
use super::super::refusal;
use super::super::registry::OnlineAccount;
use super::super::router::Destination;
use super::super::session::Session;
use super::super::stanza::{Condition, Kind, PresenceType, Stanza};
use super::super::xml::{Element, ns};
use crate::domain::address::{Address, FullAddress};
use crate::domain::presence::LastActivity;
use crate::storage::last_activity;

/// Serves a probe that a client itself sends.
pub async fn send(engine: &Engine, session: &Arc<Session>, stanza: Stanza, to: FullAddress) {
    let own = session.address().bare.host();
    match engine.router().destination(own, to.bare.host()) {
        Destination::Host => answer(engine, session, to).await,
        Destination::Service(service) => service.take(engine, session, stanza).finish().await,
        Destination::Remote => refusal::refuse(engine, session, &stanza, &Condition::RemoteServerNotFound.into()),
    }
}

/// Answers a probe in any case (§4.3.2), but for whoever is blocked.
async fn answer(engine: &Engine, session: &Arc<Session>, to: FullAddress) {
    let own = engine.registry().account(&session.address().bare);
    let host = engine.router().host(to.bare.host());
    let (Some(own), Some(host)) = (own, host) else { return };
    if to.bare.account_on(host).is_none() {
        return;
    }
    let (_, told) = ask_online(engine, &own, session, &to);
    if told {
        return;
    }
    let held_back = blocking::holds_back(engine, &to.bare, session.address()).await;
    if !matches!(held_back, Ok(false)) {
        return;
    }
    let (viewer, asked) = (session.address().clone(), [to.bare.clone()]);
    let seen = engine
        .store()
        .read(move |connection| last_activity::list_visible(connection, &viewer, &asked))
        .await;
    let seen = match seen {
        Ok(seen) => seen.into_iter().next(),
        Err(error) => return tracing::warn!(%error, "a contact could not be looked up"),
    };
    let presence = |kind| Stanza::new(Kind::Presence(kind)).with_to(session.address().clone());
    let present = engine.registry().sessions(&to.bare);
    let answer = match seen {
        None if to.bare == session.address().bare => presence(PresenceType::Unavailable).with_from(to),
        None => presence(PresenceType::Unsubscribed).with_from(to.bare.into()),
        Some(_) if present.iter().any(|other| other.is_available()) => {
            presence(PresenceType::Unavailable).with_from(to)
        }
        Some((contact, stored)) => match engine.last_seen().waiting(&contact).or(stored) {
            Some(departure) => farewell(to.bare, session, departure),
            None => presence(PresenceType::Unavailable).with_from(to.bare.into()),
        },
    };
    engine.deliver(session, answer);
}

/// Tells a session of the presence of those of `contacts` that it may see.
pub async fn ask(engine: &Engine, session: &Arc<Session>, contacts: Vec<Arc<FullAddress>>) {
    let Some(own) = engine.registry().account(&session.address().bare) else {
        return;
    };
    let mut absent = Vec::new();
    for contact in contacts {
        if engine.router().are_apart(own.address().host(), contact.bare.host()) {
            continue;
        }
        let (is_available, _) = ask_online(engine, &own, session, &contact);
        if !is_available && engine.router().host(contact.bare.host()).is_some() {
            absent.push(contact.bare.clone());
        }
    }
    if !absent.is_empty() {
        tell_absent(engine, session, absent).await;
    }
}

/// Whether the contact has an available session, visible or not, and whether the session was told of one.
fn ask_online(engine: &Engine, own: &OnlineAccount, session: &Arc<Session>, contact: &FullAddress) -> (bool, bool) {
    let Some(theirs) = engine.registry().account(&contact.bare) else {
        return (false, false);
    };
    let contacts = theirs.contacts();
    let sees_all = own.address() == theirs.address() || contacts.may_see(own.address(), theirs.address());
    let (mut is_available, mut told) = (false, false);
    for other in theirs.sessions() {
        is_available |= other.is_available();
        let is_meant = contact.resource.is_none() || other.address() == contact;
        let is_held_back = blocking::is_blocked_between(engine, other.address(), session.address());
        if is_meant && !is_held_back && (sees_all || was_told(&other, session)) {
            told |= other.is_available();
            tell_presence(engine, &other, session);
        }
    }
    (is_available, told)
}

/// Whether a session has sent directed presence to another.
fn was_told(session: &Session, other: &Session) -> bool {
    let state = session.state();
    let other = other.address();
    state
        .directed
        .iter()
        .any(|to| to.bare == other.bare && (to.resource.is_none() || to.resource == other.resource))
}

/// Tells `listener` what `session` said last. The contacts of the session's account are locked.
pub fn tell_presence(engine: &Engine, session: &Session, listener: &Arc<Session>) {
    let Some(stanza) = session.state().presence.clone() else {
        return;
    };
    engine.deliver_to(listener, &stanza);
}

/// Tells when accounts were last available that are not, and what they said then.
async fn tell_absent(engine: &Engine, session: &Arc<Session>, absent: Vec<Address>) {
    let viewer = session.address().clone();
    let found = engine
        .store()
        .read(move |connection| last_activity::list_visible(connection, &viewer, &absent))
        .await;
    let found = match found {
        Ok(found) => found,
        Err(error) => return tracing::warn!(%error, "contacts who are away could not be looked up"),
    };
    for (contact, stored) in found {
        let address = contact.to_address();
        let came = engine
            .registry()
            .sessions(&address)
            .iter()
            .any(|session| session.is_available());
        if came {
            continue;
        }
        if let Some(departure) = engine.last_seen().waiting(&contact).or(stored) {
            engine.deliver(session, farewell(address, session, departure));
        }
    }
}

fn farewell(contact: Address, session: &Session, departure: LastActivity) -> Stanza {
    let delay = delay(&contact, departure.at);
    let mut stanza = Stanza::new(Kind::Presence(PresenceType::Unavailable))
        .with_from(contact.into())
        .with_to(session.address().clone());
    if let Some(status) = departure.status {
        stanza = stanza.with_child(Element::new("status", ns::JABBER_CLIENT).with_text(status));
    }
    stanza.with_child(delay)
}
