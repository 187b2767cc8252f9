//! Subscriptions to presence (RFC 6121 §3): from a client's stanza to the job that changes both rosters, and from what is
//! stored to the clients. Addresses are bare (§3.1.1), and of unknown accounts nothing is heard.

use std::sync::Arc;

use super::super::Engine;
use super::super::blocking;
use super::super::refusal;
use super::super::router::Destination;
use super::super::session::{Delivery, Session};
use super::super::stanza::{Condition, Kind, PresenceType, Stanza};
use super::super::xml::ns;
use crate::domain::address::{AccountAddress, Address, FullAddress};
use crate::domain::invitation::Token;
use crate::domain::page::PageRequest;
use crate::domain::subscription::{NewSubscription, SubscriptionKind, SubscriptionRequest};
use crate::domain::{Error, Result};
use crate::storage::{blocked, invitations, subscriptions};

/// Serves a subscription stanza of a client.
pub async fn send(engine: &Engine, session: &Arc<Session>, kind: SubscriptionKind, stanza: Stanza, contact: Address) {
    let Some(sender) = session.account().cloned() else {
        return refusal::refuse(engine, session, &stanza, &Condition::NotAllowed.into());
    };
    let own = session.address().bare.host();
    if engine.router().are_apart(own, contact.host()) {
        return refusal::refuse(engine, session, &stanza, &Condition::RemoteServerNotFound.into());
    }
    if contact.localpart().is_none() && engine.router().host(contact.host()).is_some() {
        return decline(engine, session, kind, &contact);
    }
    let routed = stanza
        .to_owned()
        .with_from(session.address().bare.clone().into())
        .with_to(contact.clone().into());
    let new = NewSubscription {
        kind,
        stanza: routed.to_text().into(),
        blocked: false,
        at: engine.clock().now(),
        contact: contact.clone(),
    };
    let limits = engine.settings().limits.subscriptions();
    let token = stanza
        .child("preauth", ns::PRE_AUTH)
        .and_then(|shown| shown.attr("token"));
    let token = token.filter(|_| kind == SubscriptionKind::Subscribe).map(Token::shown);
    let from: FullAddress = session.address().clone();
    let recipient = engine
        .router()
        .host(contact.host())
        .and_then(|host| contact.account_on(host));
    let stored = engine.store().submit(move |transaction| {
        let mut new = new.clone();
        if let Some(recipient) = &recipient {
            new.blocked = blocked::is_blocked(transaction, recipient, &from)?;
            if let Some(token) = token.as_ref().filter(|_| !new.blocked)
                && invitations::accept_contact(transaction, token, recipient, &sender, new.at, &limits)?
            {
                return Ok(false);
            }
        }
        subscriptions::send(transaction, &sender, &new, &limits)
    });
    match stored.await {
        Err(error) => refusal::refuse(engine, session, &stanza, &error.into()),
        Ok(false) => {}
        Ok(true) => match engine.router().destination(own, contact.host()) {
            Destination::Host => {}
            Destination::Service(service) => service.take(engine, session, routed).finish().await,
            Destination::Remote => {
                refusal::refuse(engine, session, &stanza, &Condition::RemoteServerNotFound.into());
            }
        },
    }
}

/// The server itself has no presence that anybody could see, and wants to see none: as an Openfire it denies every request
/// at once, and nobody's roster remembers it.
fn decline(engine: &Engine, session: &Arc<Session>, kind: SubscriptionKind, server: &Address) {
    if kind == SubscriptionKind::Subscribe {
        let to = session.address().bare.clone();
        engine.deliver(session, stanza(server, to, SubscriptionKind::Unsubscribed, None));
    }
}

/// Gives a subscription stanza to the clients of its recipient: a request to those that are available, anything else to
/// those that know the roster too (§3.1.3, §3.1.6).
pub fn deliver(
    engine: &Engine,
    recipient: &AccountAddress,
    sender: &Address,
    kind: SubscriptionKind,
    text: Option<&str>,
) {
    let to = recipient.to_address();
    let Some(account) = engine.registry().account(&to) else {
        return;
    };
    let stanza = Arc::new(stanza(sender, to, kind, text));
    for session in account.sessions() {
        let is_meant = {
            let state = session.state();
            let is_request = kind == SubscriptionKind::Subscribe;
            state.presence.is_some() || state.interested && !is_request
        };
        if is_meant {
            engine.deliver(&session, Delivery::from(Arc::clone(&stanza)));
        }
    }
}

/// Gives a session that has become available the requests that its account has not answered (§3.1.3).
pub async fn deliver_pending(engine: &Engine, session: &Arc<Session>) {
    let Some(owner) = session.account() else { return };
    let requests = match pending(engine, owner.clone()).await {
        Ok(requests) => requests,
        Err(error) => return tracing::warn!(%error, "pending subscription requests could not be read"),
    };
    for request in requests {
        let sender = FullAddress::from(request.sender.clone());
        if !blocking::blocks(engine, &session.address().bare, Some(&sender)) {
            let kind = SubscriptionKind::Subscribe;
            let to = owner.to_address();
            engine.deliver(session, stanza(&request.sender, to, kind, Some(&request.stanza)));
        }
    }
}

async fn pending(engine: &Engine, owner: AccountAddress) -> Result<Vec<SubscriptionRequest>, Error> {
    engine
        .store()
        .read(move |connection| {
            let mut page = PageRequest::first();
            let mut requests = Vec::new();
            loop {
                let found = subscriptions::list_requests(connection, &owner, &page)?;
                requests.extend(found.items);
                match found.next {
                    Some(next) => page = PageRequest::after(Some(next)),
                    None => return Ok(requests),
                }
            }
        })
        .await
}

/// The stanza as somebody wrote it, or as the server writes it for him.
fn stanza(sender: &Address, to: Address, kind: SubscriptionKind, text: Option<&str>) -> Stanza {
    let kind = match kind {
        SubscriptionKind::Subscribe => PresenceType::Subscribe,
        SubscriptionKind::Subscribed => PresenceType::Subscribed,
        SubscriptionKind::Unsubscribe => PresenceType::Unsubscribe,
        SubscriptionKind::Unsubscribed => PresenceType::Unsubscribed,
    };
    text.and_then(Stanza::from_text)
        .unwrap_or_else(|| Stanza::new(Kind::Presence(kind)))
        .with_from(sender.clone().into())
        .with_to(to.into())
}
