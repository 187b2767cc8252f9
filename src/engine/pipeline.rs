//! The way of every stanza, as a list of stages. What a client sends: its `from` is stamped (dispatch), it is checked,
//! stripped of what clients may not say, held against the sender's block list, and routed. What comes to an account is
//! held against its block list, given to the recipients that RFC 6121 §8 names, archived or kept, and copied. No stage
//! is called from elsewhere.

use std::sync::Arc;

use super::Engine;
use super::blocking::blocks;
use super::refusal::refuse;
use super::serving::Serving;
use super::session::Session;
use super::stanza::{Condition, Kind, Stanza, StanzaError};
use super::xml::{Element, ns};
use super::{iq, message, presence, strip};

/// Serves a message of a client.
pub fn send_message(engine: &Engine, session: &Arc<Session>, mut stanza: Stanza) -> Serving {
    // RFC 6121 §8.1.1.1: without an address it is for the account itself.
    let to = stanza.to.get_or_insert_with(|| session.address().bare.clone().into());
    if blocks(engine, &session.address().bare, Some(to)) {
        refuse(engine, session, &stanza, &blocked());
        return Serving::Done;
    }
    let is_for_service = engine.router().host(to.bare.host()).is_none();
    strip::strip_message(&mut stanza, is_for_service, |domain| engine.router().is_ours(domain));
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

/// XEP-0191 §3.3
fn blocked() -> StanzaError {
    StanzaError::new(Condition::NotAcceptable)
        .with_kind("cancel")
        .with_specific(Element::new("blocked", ns::BLOCKING_ERRORS))
}
