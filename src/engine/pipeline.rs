//! The way of every stanza, as a list of stages. What a client sends: checked, stripped of what clients may not say,
//! held against the sender's block list, routed. What comes to an account: held against its block list, given to the
//! recipients that RFC 6121 §8 names, archived or stored, copied to carbons. No stage is called from elsewhere.

use std::sync::Arc;

use super::Engine;
use super::dispatch::Serving;
use super::session::Session;
use super::stanza::{Condition, Kind, Stanza, StanzaError};
use super::{iq, message, presence};

/// Serves a message of a client.
pub fn send_message(engine: &Engine, session: &Arc<Session>, stanza: Stanza) -> Serving {
    message::send(engine, session, stanza)
}

/// Serves a presence or an iq of a client.
pub async fn send(engine: &Engine, session: &Arc<Session>, stanza: Stanza) {
    match stanza.kind {
        Kind::Iq(_) => iq::send(engine, session, stanza).await,
        Kind::Presence(_) => presence::send(engine, session, stanza).await,
        Kind::Message(_) => {}
    }
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

/// The answer where an address does not exist or does not talk to strangers.
pub const NOBODY: Condition = Condition::ServiceUnavailable;
