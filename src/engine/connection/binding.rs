//! Binding a resource (RFC 6120 §7). Before it a client may speak to nobody else.

use std::sync::Arc;

use super::negotiation::{Login, Negotiation, Stop};
use crate::domain::address::{AccountAddress, Address, FullAddress, Localpart, prepare_resource};
use crate::domain::random::alphanumeric;
use crate::engine::Engine;
use crate::engine::blocking;
use crate::engine::management::{self, Refused};
use crate::engine::sasl::Identity;
use crate::engine::session::{Delivery, Ending, Facts, Link, Outgoing, Session, Transport};
use crate::engine::stanza::{self, Condition, IqType, Kind, Refusal, Stanza, StanzaError};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, ns};

/// Letters and digits of a resource that the client leaves to us.
const RESOURCE: usize = 12;

/// Letters and digits of the localpart of an anonymous session.
const ANONYMOUS: usize = 20;

/// Letters and digits of the id of a session: more than 128 bits.
const SESSION_ID: usize = 24;

/// Waits for the client to bind a resource, or to resume a session that it has.
pub async fn bind(negotiation: &mut Negotiation<'_>, login: Login) -> Result<(Arc<Session>, Arc<Link>), Stop> {
    let engine = negotiation.engine;
    let (bare, account) = match &login.identity {
        Identity::Account(entry) => {
            let account = entry.account.address.clone();
            (account.to_address(), Some(account))
        }
        Identity::Anonymous => {
            let localpart = alphanumeric(engine.random(), ANONYMOUS).to_lowercase();
            (
                Address::new(&Localpart::from_stored(localpart), &negotiation.host),
                None,
            )
        }
    };
    loop {
        let element = negotiation.element().await?;
        if element.ns() == ns::STREAM_MANAGEMENT {
            match resume(negotiation, &login, &bare, &element).await? {
                Some(resumed) => return Ok(resumed),
                None => continue,
            }
        }
        let request = match stanza::read(element) {
            Ok(request) => request,
            Err(Refusal::Answer(stanza, error)) => {
                refuse(negotiation, &stanza, &error).await?;
                continue;
            }
            Err(Refusal::InvalidFrom) => return Err(StreamError::InvalidFrom.into()),
            Err(Refusal::OtherNamespace | Refusal::NotAStanza) => return Err(StreamError::NotAuthorized.into()),
        };
        let Some(asked) = request.child("bind", ns::BIND).filter(|_| is_request(&request)) else {
            return Err(StreamError::NotAuthorized.into());
        };
        let resource = match asked.child_text("resource", ns::BIND).filter(|asked| !asked.is_empty()) {
            None => alphanumeric(engine.random(), RESOURCE).into(),
            Some(asked) => match prepare_resource(&asked) {
                Ok(resource) => resource,
                Err(error) => {
                    let error = StanzaError::new(Condition::BadRequest).with_text(error.to_string());
                    refuse(negotiation, &request, &error).await?;
                    continue;
                }
            },
        };
        let address = FullAddress {
            bare: bare.clone(),
            resource: Some(resource),
        };
        match open_session(negotiation, &login, address, account.clone()).await {
            Ok((session, link)) => {
                let bound = Element::new("bind", ns::BIND)
                    .with_child(Element::new("jid", ns::BIND).with_text(session.address().to_string()));
                engine.send(&session, Outgoing::Stanza(Delivery::from(request.result(Some(bound)))));
                return Ok((session, link));
            }
            Err(error) => refuse(negotiation, &request, &error).await?,
        }
    }
}

/// `None`: it is refused, and the client may go on.
async fn resume(
    negotiation: &mut Negotiation<'_>,
    login: &Login,
    bare: &Address,
    element: &Element,
) -> Result<Option<(Arc<Session>, Arc<Link>)>, Stop> {
    let refusal = match element.name() {
        "resume" => {
            let facts = facts(negotiation, login);
            match management::resume(negotiation.engine, bare, &negotiation.host, facts, element).await {
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

fn is_request(stanza: &Stanza) -> bool {
    stanza.kind == Kind::Iq(IqType::Set)
}

/// Registers a session at `address`; one that has that address already gives way (RFC 6120 §7.7.2.2).
async fn open_session(
    negotiation: &Negotiation<'_>,
    login: &Login,
    address: FullAddress,
    account: Option<AccountAddress>,
) -> Result<(Arc<Session>, Arc<Link>), StanzaError> {
    let engine = negotiation.engine;
    let limits = &engine.settings().limits;
    let present = engine.registry().sessions(&address.bare);
    let is_new = present.iter().all(|session| *session.address() != address);
    if is_new && present.len() >= limits.sessions && !make_room(engine, &present) {
        let text = "the account has too many sessions; end one first";
        return Err(StanzaError::new(Condition::ResourceConstraint).with_text(text));
    }
    let facts = facts(negotiation, login);
    let host = negotiation.host.clone();
    let (session, link) = Session::new(
        alphanumeric(engine.random(), SESSION_ID),
        address,
        host,
        account,
        facts,
        limits.queue,
        Arc::clone(engine.budget()),
    );
    if let Some(replaced) = engine.registry().bind(&session) {
        engine.replace(&replaced, Ending::Error(StreamError::Conflict));
    }
    // The account may have been locked or removed between the login and this moment; whatever comes later ends the
    // session through the registry.
    if let Some(account) = session.account() {
        if let Err(error) = blocking::load(engine, account).await {
            engine.end(&session, Ending::Error(StreamError::InternalServerError));
            return Err(error.into());
        }
        engine.last_seen().note_login(engine, account, login.at);
        let open = engine.accounts().find_open(account).await;
        if !matches!(open, Ok(Some(_))) {
            engine.end(&session, Ending::Error(StreamError::NotAuthorized));
        }
    }
    Ok((session, link))
}

fn facts(negotiation: &Negotiation<'_>, login: &Login) -> Facts {
    Facts {
        transport: match (negotiation.kind, &negotiation.security) {
            (Some(kind), _) => kind,
            (None, Some(_)) => Transport::Tls,
            (None, None) => Transport::Tcp,
        },
        peer: negotiation.peer,
        tls_version: negotiation.security.as_ref().map(|security| security.version),
        mechanism: login.mechanism,
        connected: negotiation.connected,
        authenticated: login.at,
    }
}

/// A session that only waits to be resumed gives way to a new one.
fn make_room(engine: &Engine, present: &[Arc<Session>]) -> bool {
    let waiting = present.iter().filter(|session| !session.outbox().is_attached());
    let Some(oldest) = waiting.min_by_key(|session| session.last_active()) else {
        return false;
    };
    engine.end(oldest, Ending::Lost);
    true
}

async fn refuse(negotiation: &mut Negotiation<'_>, stanza: &Stanza, error: &StanzaError) -> Result<(), Stop> {
    if let Some(answer) = stanza.error(error) {
        negotiation.wire.send_stanza(&answer).await?;
    }
    Ok(())
}
