//! Messages (RFC 6121 §5 and §8): from a client to whoever it names, and from anybody to an account.

mod carbons;
mod delivery;
mod envelope;
pub mod keeping;
mod offline;
mod recipients;
mod rerouting;
mod storing;

use std::sync::Arc;

use futures::future::BoxFuture;

pub use carbons::switch as switch_carbons;
pub use offline::{acknowledge, flush, leave_to_archive, release};
pub use rerouting::reroute;

use self::delivery::hand_over;
use self::envelope::Message;
use self::keeping::Keeping;
use super::Engine;
use super::blocking;
use super::pubsub::{self, Place};
use super::refusal;
use super::router::Destination;
use super::serving::Serving;
use super::session::Session;
use super::stanza::{Condition, Kind, Stanza};
use super::xml::ns;
use crate::domain::address::AccountAddress;

/// Serves a message of a client, which was checked and stripped.
pub fn send(engine: &Engine, session: &Arc<Session>, stanza: Stanza) -> Serving {
    let Some(to) = &stanza.to else { return Serving::Done };
    let own = session.address().bare.host();
    match engine.router().destination(own, to.bare.host()) {
        Destination::Host if is_own_decision(session, &stanza) => decide(engine, session, stanza),
        Destination::Host => take(engine, stanza, session.account().cloned()),
        Destination::Service(service) => {
            carbons::copy_sent_to_occupant(engine, &stanza);
            service.take(engine, session, stanza)
        }
        Destination::Remote => {
            refusal::refuse(engine, session, &stanza, &Condition::RemoteServerNotFound.into());
            Serving::Done
        }
    }
}

/// Whether a message to the sender's own account tells whom it lets subscribe (XEP-0060 §8.6).
fn is_own_decision(session: &Session, stanza: &Stanza) -> bool {
    let to = stanza.to.as_ref();
    let is_to_own = to.is_some_and(|to| to.resource.is_none() && to.bare == session.address().bare);
    is_to_own && stanza.child("x", ns::DATA_FORMS).is_some_and(pubsub::is_decision)
}

fn decide(engine: &Engine, session: &Arc<Session>, stanza: Stanza) -> Serving {
    let (engine, session) = (engine.clone(), Arc::clone(session));
    Serving::Alone(Box::pin(async move {
        let Some(account) = session.account() else { return };
        let taken = pubsub::take_decision(&engine, Place::of_account(account), &stanza).await;
        if let Err(error) = taken {
            refusal::refuse(&engine, &session, &stanza, &error);
        }
    }))
}

impl Engine {
    /// Gives a message of a service, a room say, to the account or the session that it names. The future ends when its
    /// effects are complete.
    pub fn receive(&self, message: Stanza) -> BoxFuture<'static, ()> {
        Box::pin(take(self, message, None).finish())
    }
}

fn take(engine: &Engine, stanza: Stanza, sender: Option<AccountAddress>) -> Serving {
    let (Kind::Message(kind), Some(to)) = (stanza.kind, &stanza.to) else {
        return Serving::Done;
    };
    let Some(host) = engine.router().host(to.bare.host()) else {
        return Serving::Done;
    };
    let sender_host = stanza.from.as_ref().map(|from| from.bare.host());
    if sender_host.is_some_and(|sender| engine.router().are_apart(sender, host.as_str())) {
        refusal::bounce(engine, &stanza, Condition::RemoteServerNotFound);
        return Serving::Done;
    }
    let Some(account) = to.bare.account_on(host) else {
        // The server itself reads no mail.
        refusal::bounce(engine, &stanza, refusal::NOBODY);
        return Serving::Done;
    };
    if blocking::blocks(engine, &to.bare, stanza.from.as_ref()) {
        refusal::bounce(engine, &stanza, refusal::NOBODY);
        return Serving::Done;
    }
    if let Some(taking) = pubsub::take_back_of_account(engine, &account, &stanza) {
        return Serving::Alone(taking);
    }
    let keeping = Keeping::of(&stanza, kind, to, engine.settings());
    let message = Message {
        to: to.clone(),
        stanza: Arc::new(stanza),
        kind,
        account,
        sender,
    };
    if keeping.is_anything() {
        return Serving::Stored(storing::store(engine, message, keeping));
    }
    let engine = engine.clone();
    Serving::Alone(Box::pin(async move { hand_over(&engine, &message, keeping).await }))
}
