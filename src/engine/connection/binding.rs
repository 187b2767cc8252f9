//! Binding a resource (RFC 6120 §7). Before it a client may speak to nobody else.

use std::sync::Arc;

use super::negotiation::{Login, Negotiation, Stop};
use super::opening::{RESOURCE, facts, open_session};
use crate::domain::address::{Address, FullAddress, prepare_resource};
use crate::domain::random::alphanumeric;
use crate::engine::management::{self, Refused};
use crate::engine::session::{Delivery, Link, Outgoing, Session};
use crate::engine::stanza::{self, Condition, IqType, Kind, Refusal, Stanza, StanzaError};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, ns};

/// Requests for a resource that may fail on one stream (RFC 6120 §7.7.3).
const ATTEMPTS: u32 = 10;

/// Waits for the client to bind a resource, or to resume a session that it has.
pub async fn bind(negotiation: &mut Negotiation<'_>, login: Login) -> Result<(Arc<Session>, Arc<Link>), Stop> {
    let engine = negotiation.engine;
    let mut refused = 0;
    while refused < ATTEMPTS {
        let element = negotiation.element().await?;
        if element.ns() == ns::STREAM_MANAGEMENT {
            match resume(negotiation, &login, &element).await? {
                Some(resumed) => return Ok(resumed),
                None => continue,
            }
        }
        let request = match stanza::read(element) {
            Ok(request) => request,
            Err(Refusal::Answer(stanza, error)) if is_own_business(&stanza, &login.bare) => {
                refuse(negotiation, &stanza, &error).await?;
                continue;
            }
            Err(Refusal::InvalidFrom) => return Err(StreamError::InvalidFrom.into()),
            Err(Refusal::OtherNamespace | Refusal::NotAStanza | Refusal::Answer(..)) => {
                return Err(StreamError::NotAuthorized.into());
            }
        };
        if !is_own_business(&request, &login.bare) {
            return Err(StreamError::NotAuthorized.into());
        }
        let Some(asked) = request.child("bind", ns::BIND).filter(|_| is_request(&request)) else {
            refuse(negotiation, &request, &Condition::NotAuthorized.into()).await?;
            continue;
        };
        let resource = match asked.child_text("resource", ns::BIND).filter(|asked| !asked.is_empty()) {
            None => alphanumeric(engine.random(), RESOURCE).into(),
            Some(asked) => match prepare_resource(&asked) {
                Ok(resource) => resource,
                Err(error) => {
                    refused += 1;
                    let error = StanzaError::new(Condition::BadRequest).with_text(error.to_string());
                    refuse(negotiation, &request, &error).await?;
                    continue;
                }
            },
        };
        let address = FullAddress {
            bare: login.bare.clone(),
            resource: Some(resource),
        };
        match open_session(negotiation, &login, address).await {
            Ok(opened) => {
                let (session, link) = opened.serve();
                let bound = Element::new("bind", ns::BIND)
                    .with_child(Element::new("jid", ns::BIND).with_text(session.address().to_string()));
                engine.send(&session, Outgoing::Stanza(Delivery::from(request.result(Some(bound)))));
                return Ok((session, link));
            }
            Err(error) => {
                refused += 1;
                refuse(negotiation, &request, &error).await?;
            }
        }
    }
    Err(StreamError::PolicyViolation.into())
}

/// `None`: it is refused, and the client may go on.
async fn resume(
    negotiation: &mut Negotiation<'_>,
    login: &Login,
    element: &Element,
) -> Result<Option<(Arc<Session>, Arc<Link>)>, Stop> {
    let refusal = match element.name() {
        "resume" => {
            let facts = facts(negotiation, login);
            let greet = |_: &Session, resumed| vec![resumed];
            let engine = negotiation.engine;
            let resumed = management::resume(engine, &login.bare, &negotiation.host, facts, element, greet);
            match resumed.await {
                Ok(resumed) => return Ok(Some(resumed)),
                Err(Refused::Answer(refusal)) => refusal,
                Err(Refused::Fault(error)) => return Err(error.into()),
            }
        }
        // Stream management begins behind the binding (XEP-0198 §3).
        _ => management::failed(Condition::UnexpectedRequest, None),
    };
    negotiation.wire.send(&refusal).await?;
    Ok(None)
}

/// Whether a client asks its server or its own account for something, which comes too early but is no offence (§7.1).
fn is_own_business(stanza: &Stanza, bare: &Address) -> bool {
    let is_to_either = |to: &FullAddress| to.bare == *bare || to.bare.as_str() == bare.host();
    matches!(stanza.kind, Kind::Iq(_)) && stanza.to.as_ref().is_none_or(is_to_either)
}

fn is_request(stanza: &Stanza) -> bool {
    stanza.kind == Kind::Iq(IqType::Set)
}

async fn refuse(negotiation: &mut Negotiation<'_>, stanza: &Stanza, error: &StanzaError) -> Result<(), Stop> {
    if let Some(answer) = stanza.error(error) {
        negotiation.wire.send_stanza(&answer).await?;
    }
    Ok(())
}
