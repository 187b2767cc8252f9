//! Requests (RFC 6120 §8.2.3): by the namespace of their child to the file that serves it.

pub mod archive;
pub mod blocking;
mod carbons;
pub mod commands;
pub mod disco;
mod external_services;
mod last;
mod ping;
mod private;
mod register;
mod time;
mod vcard;
mod version;

use std::sync::Arc;

use super::Engine;
use super::answer::{Answer, answer, is_request, payload};
use super::blocking as blocking_lists;
use super::capabilities;
use super::pubsub::{self, Place};
use super::push;
use super::refusal;
use super::roster;
use super::router::Destination;
use super::session::Session;
use super::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use super::xml::ns;
use crate::domain::address::{Address, FullAddress};

/// Serves an iq of a client.
pub async fn send(engine: &Engine, session: &Arc<Session>, stanza: Stanza) {
    let Some(to) = stanza.to.clone() else {
        if is_for_roster(&stanza) {
            return roster::serve(engine, session, &stanza).await;
        }
        return answer(
            engine,
            session,
            &stanza,
            serve_own_account(engine, session, &stanza).await,
        );
    };
    let own = session.address().bare.host();
    match engine.router().destination(own, to.bare.host()) {
        Destination::Host if is_for_roster(&stanza) && to.bare.localpart().is_some() => {
            serve_roster(engine, session, &stanza, &to).await;
        }
        Destination::Host if is_held_back(engine, session, &to).await => {
            refusal::refuse(engine, session, &stanza, &refusal::NOBODY.into());
        }
        Destination::Host if to.resource.is_some() && to.bare.localpart().is_some() => {
            forward(engine, session, stanza).await;
        }
        Destination::Host if to.bare.localpart().is_none() && !is_request(&stanza) => {
            capabilities::answered(engine, session, &stanza).await;
        }
        Destination::Host if to.bare.localpart().is_none() => {
            answer(engine, session, &stanza, serve_host(engine, session, &stanza).await);
        }
        Destination::Host if to.bare == session.address().bare => {
            answer(
                engine,
                session,
                &stanza,
                serve_own_account(engine, session, &stanza).await,
            );
        }
        Destination::Host if !is_request(&stanza) => push::answered(engine, &stanza).await,
        Destination::Host => {
            answer(
                engine,
                session,
                &stanza,
                serve_other_account(engine, &to, &stanza).await,
            );
        }
        Destination::Service(service) => service.take(engine, session, stanza).finish().await,
        Destination::Remote => {
            refusal::refuse(engine, session, &stanza, &Condition::RemoteServerNotFound.into());
        }
    }
}

/// Whoever is blocked is answered as by nobody (XEP-0191 §3.3).
async fn is_held_back(engine: &Engine, session: &Session, to: &FullAddress) -> bool {
    let found = blocking_lists::holds_back(engine, &to.bare, session.address()).await;
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "a block list could not be read");
        true
    })
}

fn is_for_roster(stanza: &Stanza) -> bool {
    is_request(stanza) && stanza.has_child_in(ns::ROSTER)
}

/// A roster is its owner's alone, and no client is given a roster push by another one (RFC 6121 §2.1.5, §2.1.6).
async fn serve_roster(engine: &Engine, session: &Arc<Session>, stanza: &Stanza, to: &FullAddress) {
    if *to == FullAddress::from(session.address().bare.clone()) {
        return roster::serve(engine, session, stanza).await;
    }
    refusal::refuse(engine, session, stanza, &Condition::Forbidden.into());
}

/// To a full address: the client there answers.
async fn forward(engine: &Engine, session: &Arc<Session>, stanza: Stanza) {
    if !last::may_pass(engine, &stanza).await {
        return refusal::refuse(engine, session, &stanza, &Condition::Forbidden.into());
    }
    match stanza.to.as_ref().and_then(|to| engine.registry().find(to)) {
        Some(recipient) => engine.deliver(&recipient, stanza),
        None => refusal::refuse(engine, session, &stanza, &refusal::NOBODY.into()),
    }
}

/// Requests to the server itself.
async fn serve_host(engine: &Engine, session: &Arc<Session>, stanza: &Stanza) -> Answer {
    if let Some(answer) = commands::discover(engine, session, stanza).await {
        return answer;
    }
    match payload(stanza)?.ns() {
        ns::PING => ping::serve(stanza),
        ns::DISCO_INFO | ns::DISCO_ITEMS => disco::serve_host(engine, stanza),
        ns::COMMANDS => commands::serve(engine, session, stanza).await,
        ns::EXTERNAL_SERVICES => external_services::serve(engine, session.account(), stanza),
        ns::LAST_ACTIVITY => last::serve_host(engine, stanza),
        ns::REGISTER => match session.account() {
            Some(account) => register::serve(engine, session, account, stanza).await,
            None => Err(Condition::NotAllowed.into()),
        },
        ns::VERSION => version::serve(stanza),
        ns::TIME => time::serve(engine, stanza),
        ns::CARBONS => carbons::serve(session, stanza),
        ns::SESSION if stanza.kind == Kind::Iq(IqType::Set) => Ok(None),
        ns::BIND => Err(bound_already()),
        _ => Err(refusal::NOBODY.into()),
    }
}

/// Requests of a client to its own account.
async fn serve_own_account(engine: &Engine, session: &Arc<Session>, stanza: &Stanza) -> Answer {
    if let Some(answer) = commands::discover(engine, session, stanza).await {
        return answer;
    }
    let namespace = payload(stanza)?.ns();
    match (namespace, session.account()) {
        (ns::PING, _) => ping::serve(stanza),
        (ns::DISCO_INFO | ns::DISCO_ITEMS, Some(account)) => {
            pubsub::serve_disco(engine, Place::of_account(account), stanza).await
        }
        (ns::DISCO_INFO | ns::DISCO_ITEMS, None) => disco::serve_guest(stanza),
        (ns::PUBSUB | ns::PUBSUB_OWNER, Some(account)) => {
            pubsub::serve(engine, Place::of_account(account), stanza).await
        }
        (ns::CARBONS, _) => carbons::serve(session, stanza),
        (ns::COMMANDS, _) => commands::serve(engine, session, stanza).await,
        (ns::VCARD, Some(account)) => vcard::serve_own(engine, account, stanza).await,
        (ns::VCARD4, Some(account)) => pubsub::serve_vcard4(engine, Place::of_account(account), stanza).await,
        (ns::BLOCKING, Some(account)) => blocking::serve(engine, session, account, stanza).await,
        (ns::PRIVATE, Some(account)) => private::serve(engine, account, stanza).await,
        (ns::REGISTER, Some(account)) => register::serve(engine, session, account, stanza).await,
        (ns::PUSH, Some(account)) => push::serve(engine, session, account, stanza).await,
        (ns::MAM, Some(account)) => archive::serve(engine, session, account, stanza).await,
        (ns::LAST_ACTIVITY, Some(_)) => {
            last::serve_account(engine, &session.address().bare.clone().into(), stanza).await
        }
        // The session of RFC 3921 §3, which older clients ask for.
        (ns::SESSION, _) if stanza.kind == Kind::Iq(IqType::Set) => Ok(None),
        (ns::BIND, _) => Err(bound_already()),
        _ => Err(refusal::NOBODY.into()),
    }
}

/// A stream has one resource (RFC 6120 §7.6.2.2).
fn bound_already() -> StanzaError {
    StanzaError::new(Condition::NotAllowed).with_text("this stream has its resource; open another one")
}

/// Requests to the account of somebody else. Accounts that do not exist and those of strangers look alike.
async fn serve_other_account(engine: &Engine, to: &FullAddress, stanza: &Stanza) -> Answer {
    let host = engine.router().host(to.bare.host());
    let account = host.and_then(|host| to.bare.account_on(host)).ok_or(refusal::NOBODY)?;
    match payload(stanza)?.ns() {
        ns::DISCO_INFO | ns::DISCO_ITEMS => pubsub::serve_disco(engine, Place::of_account(&account), stanza).await,
        ns::PUBSUB | ns::PUBSUB_OWNER => pubsub::serve(engine, Place::of_account(&account), stanza).await,
        ns::VCARD => vcard::serve_other(engine, &account, stanza).await,
        ns::VCARD4 => pubsub::serve_vcard4(engine, Place::of_account(&account), stanza).await,
        ns::LAST_ACTIVITY => last::serve_account(engine, to, stanza).await,
        ns::MAM | ns::PRIVATE => Err(Condition::Forbidden.into()),
        _ => Err(refusal::NOBODY.into()),
    }
}

/// Requests to somebody in a room that the server answers for the account.
pub async fn serve_account_of_occupant(engine: &Engine, account: &Address, stanza: &Stanza) -> Answer {
    serve_other_account(engine, &account.clone().into(), stanza).await
}
