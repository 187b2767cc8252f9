//! Requests (RFC 6120 §8.2.3): by the namespace of their child to the file that serves it.

mod carbons;
mod ping;

use std::sync::Arc;

use super::Engine;
use super::pipeline;
use super::router::Destination;
use super::session::Session;
use super::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use super::xml::{Element, ns};

/// What a request is answered with: a result with this child.
pub type Answer = Result<Option<Element>, StanzaError>;

/// Serves an iq of a client.
pub async fn send(engine: &Engine, session: &Arc<Session>, stanza: Stanza) {
    let Some(to) = stanza.to.clone() else {
        return answer(
            engine,
            session,
            &stanza,
            serve_own_account(engine, session, &stanza).await,
        );
    };
    match engine.router().destination(to.bare.host()) {
        Destination::Host if to.resource.is_some() && to.bare.localpart().is_some() => forward(engine, session, stanza),
        Destination::Host if to.bare.localpart().is_none() => {
            answer(engine, session, &stanza, serve_host(engine, &stanza));
        }
        Destination::Host if to.bare == session.address().bare => {
            answer(
                engine,
                session,
                &stanza,
                serve_own_account(engine, session, &stanza).await,
            );
        }
        Destination::Host => answer(engine, session, &stanza, Err(pipeline::NOBODY.into())),
        Destination::Service(service) => service.take(engine, stanza).await,
        Destination::Remote => {
            pipeline::refuse(engine, session, &stanza, &Condition::RemoteServerNotFound.into());
        }
    }
}

/// To a full address: the client there answers.
fn forward(engine: &Engine, session: &Arc<Session>, stanza: Stanza) {
    match stanza.to.as_ref().and_then(|to| engine.registry().find(to)) {
        Some(recipient) => engine.deliver(&recipient, stanza),
        None => pipeline::refuse(engine, session, &stanza, &pipeline::NOBODY.into()),
    }
}

/// Requests to the server itself.
fn serve_host(_engine: &Engine, stanza: &Stanza) -> Answer {
    let payload = payload(stanza)?;
    match payload.ns() {
        ns::PING => ping::serve(stanza),
        _ => Err(pipeline::NOBODY.into()),
    }
}

/// Requests of a client to its own account.
async fn serve_own_account(_engine: &Engine, session: &Arc<Session>, stanza: &Stanza) -> Answer {
    let payload = payload(stanza)?;
    match payload.ns() {
        ns::PING => ping::serve(stanza),
        ns::CARBONS => carbons::serve(session, stanza),
        // The session of RFC 3921 §3, which older clients ask for.
        ns::SESSION if stanza.kind == Kind::Iq(IqType::Set) => Ok(None),
        _ => Err(pipeline::NOBODY.into()),
    }
}

fn payload(stanza: &Stanza) -> Result<&Element, StanzaError> {
    stanza.children().next().ok_or_else(|| Condition::BadRequest.into())
}

fn answer(engine: &Engine, session: &Arc<Session>, request: &Stanza, outcome: Answer) {
    // Results and errors that nobody here asked for are silently dropped.
    if !matches!(request.kind, Kind::Iq(kind) if kind.is_request()) {
        return;
    }
    match outcome {
        Ok(payload) => engine.deliver(session, request.result(payload)),
        Err(error) => pipeline::refuse(engine, session, request, &error),
    }
}
