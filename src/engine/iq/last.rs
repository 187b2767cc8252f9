//! XEP-0012: how long the server has been up, and since when an account is away. Who may not see the presence of an
//! account learns nothing, be there one or not (§8).

use crate::domain::Result;
use crate::domain::address::FullAddress;
use crate::engine::Engine;
use crate::engine::answer::{Answer, payload};
use crate::engine::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::engine::{blocking, refusal};
use crate::storage::last_activity;

pub fn serve_host(engine: &Engine, request: &Stanza) -> Answer {
    check(request)?;
    Ok(Some(seconds(engine, engine.started())))
}

/// The own account, or that of somebody else.
pub async fn serve_account(engine: &Engine, of: &FullAddress, request: &Stanza) -> Answer {
    check(request)?;
    if !may_see(engine, request.from.as_ref(), of).await? {
        return Err(Condition::Forbidden.into());
    }
    // §4: of somebody who is there.
    let present = engine.registry().sessions(&of.bare);
    if present.iter().any(|session| session.is_available()) {
        return Ok(Some(Element::new("query", ns::LAST_ACTIVITY).with_attr("seconds", 0)));
    }
    let host = engine.router().host(of.bare.host());
    let account = host.and_then(|host| of.bare.account_on(host)).ok_or(refusal::NOBODY)?;
    let last = match engine.last_seen().waiting(&account) {
        Some(last) => Some(last),
        None => {
            engine
                .store()
                .read(move |connection| last_activity::find(connection, &account))
                .await?
        }
    };
    match last {
        Some(last) => {
            let answer = seconds(engine, last.at);
            Ok(Some(match last.status {
                Some(status) => answer.with_text(status),
                None => answer,
            }))
        }
        None => Err(refusal::NOBODY.into()),
    }
}

/// A request to a client passes only from those who may see its presence.
pub async fn may_pass(engine: &Engine, request: &Stanza) -> bool {
    let Some(to) = &request.to else { return true };
    let is_about_activity = request.kind == Kind::Iq(IqType::Get) && request.has_child_in(ns::LAST_ACTIVITY);
    !is_about_activity || may_see(engine, request.from.as_ref(), to).await.unwrap_or(false)
}

async fn may_see(engine: &Engine, viewer: Option<&FullAddress>, of: &FullAddress) -> Result<bool> {
    let Some(viewer) = viewer.cloned() else {
        return Ok(false);
    };
    if viewer.bare == of.bare {
        return Ok(true);
    }
    if blocking::is_blocked_between(engine, &viewer, of) {
        return Ok(false);
    }
    let asked = [of.bare.clone()];
    let visible = engine
        .store()
        .read(move |connection| last_activity::list_visible(connection, &viewer, &asked))
        .await?;
    Ok(!visible.is_empty())
}

fn check(request: &Stanza) -> Result<(), StanzaError> {
    if request.kind != Kind::Iq(IqType::Get) || payload(request)?.name() != "query" {
        return Err(Condition::BadRequest.into());
    }
    Ok(())
}

fn seconds(engine: &Engine, since: jiff::Timestamp) -> Element {
    let passed = engine.clock().now().duration_since(since).as_secs().max(0);
    Element::new("query", ns::LAST_ACTIVITY).with_attr("seconds", passed)
}
