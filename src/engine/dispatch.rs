//! From a first-level element that a client sent to the function that serves it.

use std::sync::Arc;

use super::Engine;
use super::refusal;
use super::serving::Serving;
use super::session::Session;
use super::stanza::{self, Kind, Refusal, Stanza};
use super::stream_error::StreamError;
use super::xml::{Element, ns};
use super::{client_state, management, pipeline};

/// Serves an element of an established session. An error ends the stream.
pub fn serve(engine: &Engine, session: &Arc<Session>, element: Element) -> Result<Serving, StreamError> {
    match element.ns() {
        ns::JABBER_CLIENT => serve_stanza(engine, session, element),
        ns::STREAM_MANAGEMENT => management::serve(engine, session, &element),
        ns::CLIENT_STATE => client_state::serve(session, &element),
        // RFC 6120 §4.8.3
        _ if matches!(element.name(), "message" | "presence" | "iq") => Err(StreamError::InvalidNamespace),
        _ => Err(StreamError::UnsupportedStanzaType),
    }
}

fn serve_stanza(engine: &Engine, session: &Arc<Session>, element: Element) -> Result<Serving, StreamError> {
    session.touch(engine.clock().now());
    let mut stanza = match stanza::read(element) {
        Ok(stanza) => stanza,
        Err(Refusal::Answer(stanza, error)) => {
            refusal::refuse(engine, session, &stamped(session, *stanza)?, &error);
            return Ok(Serving::Done);
        }
        Err(Refusal::NotAStanza) => return Err(StreamError::UnsupportedStanzaType),
        Err(Refusal::OtherNamespace) => return Err(StreamError::InvalidNamespace),
        Err(Refusal::InvalidFrom) => return Err(StreamError::InvalidFrom),
    };
    stanza = stamped(session, stanza)?;
    engine.metrics().count_received(stanza.kind);
    if let Kind::Message(_) = stanza.kind {
        return Ok(pipeline::send_message(engine, session, stanza));
    }
    let (engine, session) = (engine.clone(), Arc::clone(session));
    Ok(Serving::Alone(Box::pin(async move {
        pipeline::send(&engine, &session, stanza).await;
    })))
}

/// A client speaks for its own full address, and may name it or the bare one (RFC 6120 §8.1.2.1). What does not say its
/// language is in that of the stream (§8.1.5).
fn stamped(session: &Session, mut stanza: Stanza) -> Result<Stanza, StreamError> {
    let own = session.address();
    match &stanza.from {
        Some(from) if from.bare != own.bare => return Err(StreamError::InvalidFrom),
        Some(from) if from.resource.is_some() && from.resource != own.resource => {
            return Err(StreamError::InvalidFrom);
        }
        _ => stanza.from = Some(own.clone()),
    }
    if stanza.lang.is_none() {
        stanza.lang.clone_from(&session.state().lang);
    }
    Ok(stanza)
}
