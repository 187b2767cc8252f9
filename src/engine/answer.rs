//! Answers to requests (RFC 6120 §8.2.3).

use std::sync::Arc;

use super::Engine;
use super::refusal;
use super::session::Session;
use super::stanza::{Condition, Kind, Stanza, StanzaError};
use super::xml::Element;

/// What a request is answered with: a result with this child.
pub type Answer = Result<Option<Element>, StanzaError>;

pub fn is_request(stanza: &Stanza) -> bool {
    matches!(stanza.kind, Kind::Iq(kind) if kind.is_request())
}

/// What a request is about: its first child.
pub fn payload(stanza: &Stanza) -> Result<&Element, StanzaError> {
    stanza.children().next().ok_or_else(|| Condition::BadRequest.into())
}

/// Answers a request.
pub fn answer(engine: &Engine, session: &Arc<Session>, request: &Stanza, outcome: Answer) {
    // Results and errors that nobody here asked for are silently dropped.
    if !is_request(request) {
        return;
    }
    match outcome {
        Ok(payload) => engine.deliver(session, request.result(payload)),
        Err(error) => refusal::refuse(engine, session, request, &error),
    }
}
