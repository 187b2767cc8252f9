//! Making an account before the login (XEP-0077 §3.1), where the operator lets anybody do that.

use std::borrow::Cow;

use tokio::time::Instant;

use super::negotiation::{Negotiation, Stop};
use crate::engine::registrations::{self, Wanted};
use crate::engine::stanza::{self, Condition, IqType, Kind, Refusal, StanzaError};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, ns};

/// Serves a first-level element of a client that has not logged in, if it is a request about registration; everything
/// else ends the stream.
pub async fn serve(negotiation: &mut Negotiation<'_>, element: Element) -> Result<(), Stop> {
    let request = match stanza::read(element) {
        Ok(request) => request,
        Err(Refusal::InvalidFrom) => return Err(StreamError::InvalidFrom.into()),
        Err(_) => return Err(StreamError::NotAuthorized.into()),
    };
    let is_request = matches!(request.kind, Kind::Iq(kind) if kind.is_request());
    let Some(query) = request.child("query", ns::REGISTER).filter(|_| is_request) else {
        return Err(StreamError::NotAuthorized.into());
    };
    let outcome = match request.kind {
        Kind::Iq(IqType::Get) => Ok(Some(fields())),
        _ => register(negotiation, query).await.map(|()| None),
    };
    let answer = match outcome {
        Ok(payload) => Some(request.result(payload)),
        Err(error) => request.error(&error),
    };
    let Some(answer) = answer else { return Ok(()) };
    Ok(negotiation.wire.send_stanza(&answer).await?)
}

fn fields() -> Element {
    let instructions = "Choose a name and a password.";
    Element::new("query", ns::REGISTER)
        .with_child(Element::new("instructions", ns::REGISTER).with_text(instructions))
        .with_child(Element::new("username", ns::REGISTER))
        .with_child(Element::new("password", ns::REGISTER))
}

async fn register(negotiation: &Negotiation<'_>, query: &Element) -> Result<(), StanzaError> {
    let text = |name: &str| query.child_text(name, ns::REGISTER).map(Cow::into_owned);
    if query.has_child("remove", ns::REGISTER) {
        // Nobody has shown yet whose account it is (§3.2).
        return Err(Condition::RegistrationRequired.into());
    }
    let (Some(username), Some(password)) = (text("username"), text("password")) else {
        return Err(StanzaError::new(Condition::NotAcceptable).with_text("give username and password"));
    };
    let engine = negotiation.engine;
    let most = engine.settings().limits.registrations;
    if !engine
        .registrations()
        .count(negotiation.peer.ip(), most, Instant::now())
    {
        let text = "too many accounts were made from this address; try again in an hour";
        return Err(StanzaError::new(Condition::ResourceConstraint).with_text(text));
    }
    let wanted = Wanted {
        username,
        password,
        name: text("name"),
        email: text("email"),
    };
    registrations::create(engine, &negotiation.host, wanted).await?;
    Ok(())
}
