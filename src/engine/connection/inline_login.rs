//! A login by `<authenticate/>` (XEP-0388), which may bind a resource (XEP-0386), resume a session (XEP-0198) or get a token
//! (XEP-0484) in the same step. The stream goes on without a new header.

use std::sync::Arc;

use super::conversation::{Attempts, Ended, Proven, converse};
use super::features;
use super::negotiation::{LoggedIn, Login, Negotiation, Stop};
use super::opening::{RESOURCE, facts, open_session};
use crate::domain::address::{AccountAddress, FullAddress, prepare_resource};
use crate::domain::archive::ArchiveOwner;
use crate::domain::random::alphanumeric;
use crate::engine::delay::stamp;
use crate::engine::iq::archive;
use crate::engine::management::{self, Refused};
use crate::engine::sasl::{self, Exchange, Failure, Identity, Mechanism, NewToken, Offer, PresentedToken};
use crate::engine::sasl2::{Authenticate, Bind};
use crate::engine::session::{Ending, Link, Session};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, ns};
use crate::engine::{Engine, message};

/// What becomes of the stream of who is let in.
pub struct Wanted {
    bind: Option<Bind>,
    resume: Option<Element>,
    /// The mechanism of a token that the client is to get.
    token: Option<Mechanism>,
}

pub async fn log_in(
    negotiation: &mut Negotiation<'_>,
    offer: &Offer,
    attempts: &mut Attempts,
    element: Element,
) -> Result<Result<(Proven, Wanted), Failure>, Stop> {
    let (mut proven, asked) = match prove(negotiation, offer, attempts, element).await? {
        Ok(proven) => proven,
        Err(failure) => return Ok(Err(failure)),
    };
    // §2.3: who named somebody in the header of the stream logs in as that one.
    let named = negotiation.from.as_ref();
    if proven.login.account().is_some() && named.is_some_and(|named| *named != proven.login.bare) {
        return Ok(Err(Failure::InvalidAuthzid));
    }
    proven.login.client = asked.client;
    let asked_for = asked.wanted_token.as_deref();
    let wanted = Wanted {
        bind: asked.bind,
        resume: asked.resume,
        // What is not offered is not given, and no reason to turn the client away.
        token: match asked_for.and_then(|name| offer.choose_for_token(name).ok()) {
            None if proven.token_is_old => Some(proven.login.mechanism),
            asked_for => asked_for,
        },
    };
    Ok(Ok((proven, wanted)))
}

/// Who the client is, and what it asked for along with the login.
async fn prove(
    negotiation: &mut Negotiation<'_>,
    offer: &Offer,
    attempts: &mut Attempts,
    mut element: Element,
) -> Result<Result<(Proven, Authenticate), Failure>, Stop> {
    loop {
        let (exchange, mut asked) = match begin(negotiation, offer, element) {
            Ok(begun) => begun,
            Err(failure) => return Ok(Err(failure)),
        };
        let first = asked.initial_response.take();
        element = match converse(negotiation, ("authenticate", ns::SASL2), exchange, first).await? {
            Ended::Here(outcome) => return Ok(outcome.map(|proven| (proven, asked))),
            Ended::Anew(element) => element,
        };
        attempts.give_up(negotiation.engine)?;
    }
}

fn begin(negotiation: &Negotiation<'_>, offer: &Offer, element: Element) -> Result<(Exchange, Authenticate), Failure> {
    if !offer.is_in_one_step() {
        return Err(Failure::EncryptionRequired);
    }
    if element.name() != "authenticate" {
        return Err(Failure::MalformedRequest);
    }
    let asked = Authenticate::read(element)?;
    let (host, peer) = (&negotiation.host, Some(negotiation.peer.ip()));
    let exchange = match asked.token {
        None => Exchange::start(offer, &asked.mechanism, host, peer)?,
        Some(how) => {
            // Tokens belong to clients (XEP-0484 §4.1).
            let client = asked.client.clone().ok_or(Failure::MalformedRequest)?;
            let token = PresentedToken { client, how };
            Exchange::start_with_token(offer, &asked.mechanism, host, peer, token)?
        }
    };
    Ok((exchange, asked))
}

/// Does what was asked for along with the login, and tells the client that it is in.
pub async fn welcome(negotiation: &mut Negotiation<'_>, proven: Proven, wanted: Wanted) -> Result<LoggedIn, Stop> {
    let engine = negotiation.engine;
    let token = match (&proven.login.identity, &proven.login.client, wanted.token) {
        (Identity::Account(entry), Some(client), Some(mechanism)) => {
            engine.sasl().issue_token(entry, client, mechanism).await
        }
        _ => None,
    };
    let login = proven.login;
    let mut news = News {
        data: proven.data,
        token,
        resumption_failed: None,
    };
    if let Some(request) = &wanted.resume {
        let facts = facts(negotiation, &login);
        let greet = |session: &Session, resumed| {
            let success = news.success(session.address()).with_child(resumed);
            vec![success, features::after_binding(engine, true)]
        };
        match management::resume(engine, &login.bare, &negotiation.host, facts, request, greet).await {
            Ok((session, link)) => return Ok(LoggedIn::Bound(session, link)),
            Err(Refused::Answer(failed)) => news.resumption_failed = Some(failed),
            Err(Refused::Fault(error)) => return Err(error.into()),
        }
    }
    if let Some(wanted) = &wanted.bind
        && let Some((session, link)) = bind(negotiation, &login, wanted, &news).await
    {
        return Ok(LoggedIn::Bound(session, link));
    }
    let address = FullAddress::from(login.bare.clone());
    negotiation.wire.send(&news.success(&address)).await?;
    negotiation.wire.send(&features::after_login(engine)).await?;
    Ok(LoggedIn::Here(login))
}

/// What the client is told of its login whatever becomes of its stream.
struct News {
    data: Option<Vec<u8>>,
    token: Option<NewToken>,
    resumption_failed: Option<Element>,
}

impl News {
    fn success(&self, address: &FullAddress) -> Element {
        let text = |name: &'static str, text: String| Element::new(name, ns::SASL2).with_text(text);
        let data = self.data.as_ref();
        Element::new("success", ns::SASL2)
            .with_optional_child(data.map(|data| text("additional-data", sasl::encode(data))))
            .with_child(text("authorization-identifier", address.to_string()))
            .with_optional_child(self.token.as_ref().map(|new| {
                Element::new("token", ns::FAST)
                    .with_attr("token", new.token.expose())
                    .with_attr("expiry", stamp(new.expires))
            }))
            .with_optional_child(self.resumption_failed.clone())
    }
}

/// `None`: no session can be opened now; the client is in all the same, and may bind a resource later.
async fn bind(
    negotiation: &Negotiation<'_>,
    login: &Login,
    wanted: &Bind,
    news: &News,
) -> Option<(Arc<Session>, Arc<Link>)> {
    let engine = negotiation.engine;
    let address = FullAddress {
        bare: login.bare.clone(),
        resource: Some(resource(engine, login, wanted.tag.as_deref())),
    };
    end_earlier(engine, login, &address);
    let opened = open_session(negotiation, login, address).await;
    let opened = opened
        .inspect_err(|error| tracing::debug!(address = %login.bare, ?error, "no session was opened at the login"))
        .ok()?;
    let session = &opened.session;
    message::switch_carbons(session, wanted.carbons);
    session.outbox().set_inactive(wanted.inactive);
    let enable = wanted.management.as_ref();
    let enabled = enable.map(|enable| management::enable_from_the_first(engine, session, enable));
    // Behind the session: what is archived from now on reaches it.
    let metadata = match login.account() {
        Some(account) if engine.settings().archive => leave_to_archive(engine, account).await,
        _ => None,
    };
    let bound = Element::new("bound", ns::BIND2)
        .with_optional_child(metadata)
        .with_optional_child(enabled);
    let success = news.success(session.address()).with_child(bound);
    let features = features::after_binding(engine, session.is_managed());
    session.outbox().begin_with([success, features]);
    Some(opened.serve())
}

/// The same for the same client at every login, so that others see one client and not many; the id of the client itself
/// does not show in it (XEP-0386 §3.2.1). A tag that cannot stand in an address is left out.
fn resource(engine: &Engine, login: &Login, tag: Option<&str>) -> Box<str> {
    let mark = match (login.account(), &login.client) {
        (Some(account), Some(client)) => engine.sasl().mark(account, client),
        _ => alphanumeric(engine.random(), RESOURCE),
    };
    let tagged = tag.and_then(|tag| prepare_resource(&format!("{tag}~{mark}")).ok());
    tagged.unwrap_or_else(|| mark.into())
}

/// A client that comes anew has lost what it had before (XEP-0386 §3.2). A session with the same address is replaced.
fn end_earlier(engine: &Engine, login: &Login, address: &FullAddress) {
    let Some(client) = &login.client else { return };
    for session in engine.registry().sessions(&login.bare) {
        if session.address() != address && session.facts().client.as_ref() == Some(client) {
            engine.end(&session, Ending::Error(StreamError::Conflict));
        }
    }
}

/// The client reads its archive: what waits for it there is not sent, and it is told how far the archive goes.
async fn leave_to_archive(engine: &Engine, account: &AccountAddress) -> Option<Element> {
    if let Err(error) = message::leave_to_archive(engine, account).await {
        tracing::warn!(%account, %error, "offline messages keep waiting");
    }
    let metadata = archive::metadata(engine, ArchiveOwner::Account(account.clone())).await;
    metadata.ok().flatten()
}
