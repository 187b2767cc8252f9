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
        Destination::Host => answer(engine, session, stanza.id, to).await,
        Destination::Service(service) => service.take(engine, session, stanza).finish().await,
        Destination::Remote => refusal::refuse(engine, session, &stanza, &Condition::RemoteServerNotFound.into()),
    }
}

/// Answers a probe in any case (§4.3.2), but for whoever is blocked. Of what a contact said itself the answer has the id
/// that it had, anything else that of the probe (§4.3.2.1).
async fn answer(engine: &Engine, session: &Arc<Session>, id: Option<Box<str>>, to: FullAddress) {
    let own = engine.registry().account(&session.address().bare);
    let host = engine.router().host(to.bare.host());
    let (Some(own), Some(host)) = (own, host) else { return };
    if to.bare.account_on(host).is_none() {
        return;
    }
    // That a resource is there is all that is said of one that is asked for by itself.
    let detail = match &to.resource {
        Some(_) => Detail::Mere,
        None => Detail::Full,
    };
    let (_, told) = ask_online(engine, &own, session, &to, detail);
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
    let mut answer = match seen {
        None if to.bare == session.address().bare => presence(PresenceType::Unavailable).with_from(to),
        None => presence(PresenceType::Unsubscribed).with_from(to.bare.into()),
        // What is known of others is not told of this resource.
        Some(_) if to.resource.is_some() || present.iter().any(|other| other.is_available()) => {
            presence(PresenceType::Unavailable).with_from(to)
        }
        Some((contact, stored)) => match engine.last_seen().waiting(&contact).or(stored) {
            Some(departure) => farewell(to.bare, session, departure),
            None => presence(PresenceType::Unavailable).with_from(to.bare.into()),
        },
    };
    answer.id = id;
    engine.deliver(session, answer);
}

/// How much is told of a resource that is available.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Full,
    /// That it is.
    Mere,
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
        let (is_available, _) = ask_online(engine, &own, session, &contact, Detail::Full);
        if !is_available && engine.router().host(contact.bare.host()).is_some() {
            absent.push(contact.bare.clone());
        }
    }
    if !absent.is_empty() {
        tell_absent(engine, session, absent).await;
    }
}

/// Whether the contact has an available session, visible or not, and whether the session was told of one. Who sees a
/// resource only by its directed presence learns no more than that it is there (§4.6.6).
fn ask_online(
    engine: &Engine,
    own: &OnlineAccount,
    session: &Arc<Session>,
    contact: &FullAddress,
    detail: Detail,
) -> (bool, bool) {
    let Some(theirs) = engine.registry().account(&contact.bare) else {
        return (false, false);
    };
    let contacts = theirs.contacts();
    let sees_all = own.address() == theirs.address() || contacts.may_see(own.address(), theirs.address());
    let (mut is_available, mut told) = (false, false);
    for other in theirs.sessions() {
        is_available |= other.is_available();
        let is_meant = contact.resource.is_none() || other.address() == contact;
        if !is_meant || blocking::is_blocked_between(engine, other.address(), session.address()) {
            continue;
        }
        if sees_all && detail == Detail::Full {
            told |= other.is_available();
            tell_presence(engine, &other, session);
        } else if sees_all && other.is_available() || was_told(&other, session) {
            told = true;
            tell_mere_presence(engine, &other, session);
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

fn tell_mere_presence(engine: &Engine, session: &Session, listener: &Arc<Session>) {
    let mut presence = Stanza::new(Kind::Presence(PresenceType::Available)).with_from(session.address().clone());
    presence.id = session.state().presence.as_ref().and_then(|said| said.id.clone());
    engine.deliver(listener, presence.with_to(listener.address().clone()));
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
