//! Answers to stanzas that are not served.

use std::sync::Arc;

use super::Engine;
use super::session::Session;
use super::stanza::{Condition, Stanza, StanzaError};

/// The answer where an address does not exist or does not talk to strangers.
pub const NOBODY: Condition = Condition::ServiceUnavailable;

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
