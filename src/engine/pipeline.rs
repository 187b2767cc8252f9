//! The way of every stanza, as a list of stages. What a client sends: its `from` is stamped (dispatch), it is checked,
//! stripped of what clients may not say, held against the sender's block list, and routed. What comes to an account is
//! held against its block list, given to the recipients that RFC 6121 §8 names, archived or kept, and copied. No stage
//! is called from elsewhere.

use std::sync::Arc;

use super::Engine;
use super::dispatch::Serving;
use super::session::Session;
use super::stanza::{Condition, Kind, Stanza, StanzaError};
use super::xml::{Element, ns};
use super::{iq, message, presence, strip};
use crate::domain::address::{Address, FullAddress};

/// The answer where an address does not exist or does not talk to strangers.
pub const NOBODY: Condition = Condition::ServiceUnavailable;

/// Serves a message of a client.
pub fn send_message(engine: &Engine, session: &Arc<Session>, mut stanza: Stanza) -> Serving {
    // RFC 6121 §8.1.1.1: without an address it is for the account itself.
    let to = stanza.to.get_or_insert_with(|| session.address().bare.clone().into());
    if blocks(engine, &session.address().bare, Some(to)) {
        refuse(engine, session, &stanza, &blocked());
        return Serving::Done;
    }
    strip::strip_message(&mut stanza, |domain| engine.router().is_ours(domain));
    message::send(engine, session, stanza)
}

/// Serves a presence or an iq of a client.
pub async fn send(engine: &Engine, session: &Arc<Session>, mut stanza: Stanza) {
    if let Some(to) = &stanza.to
        && blocks(engine, &session.address().bare, Some(to))
    {
        return refuse(engine, session, &stanza, &blocked());
    }
    match stanza.kind {
        Kind::Iq(_) => iq::send(engine, session, stanza).await,
        Kind::Presence(_) => {
            strip::strip_presence(&mut stanza, |domain| engine.router().is_ours(domain));
            presence::send(engine, session, stanza).await;
        }
        Kind::Message(_) => {}
    }
}

/// Whether `owner`, who is online, has blocked `other` (XEP-0191).
pub fn blocks(engine: &Engine, owner: &Address, other: Option<&FullAddress>) -> bool {
    other.is_some_and(|other| other.bare != *owner && engine.block_lists().blocks(owner, other))
}

/// Whether one of two addresses has blocked the other.
pub fn is_blocked_between(engine: &Engine, from: &FullAddress, to: &FullAddress) -> bool {
    blocks(engine, &from.bare, Some(to)) || blocks(engine, &to.bare, Some(from))
}

/// XEP-0191 §3.3
fn blocked() -> StanzaError {
    StanzaError::new(Condition::NotAcceptable)
        .with_kind("cancel")
        .with_specific(Element::new("blocked", ns::BLOCKING_ERRORS))
}

/// Answers a client's stanza with an error, unless it is one that is never answered.
pub fn refuse(engine: &Engine, session: &Arc<Session>, stanza: &Stanza, error: &StanzaError) {
    if let Some(answer) = stanza.error(error) {
        engine.deliver(session, answer);
    }
}

/// Answers a stanza that comes from anybody: whoever sent it gets `error`, if he is connected here.
pub fn bounce(engine: &Engine, stanza: &Stanza, error: impl Into<StanzaError>) {
    let Some(answer) = stanza.error(&error.into()) else {
        return;
    };
    let sender = answer.to.as_ref().and_then(|to| engine.registry().find(to));
    if let Some(session) = sender {
        engine.deliver(&session, answer);
    }
}
