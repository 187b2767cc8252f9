//! Messages (RFC 6121 §5 and §8): from a client to whoever it names, and from anybody to an account.

mod carbons;
mod keeping;
mod offline;
mod recipients;
mod rerouting;
mod storing;

use std::sync::Arc;

use futures::future::BoxFuture;

pub use carbons::switch as switch_carbons;
pub use keeping::has_lasting_content;
pub use offline::{acknowledge, flush, leave_to_archive, release};
pub use rerouting::reroute;

use self::keeping::Keeping;
use super::Engine;
use super::blocking;
use super::pubsub::{self, Place};
use super::refusal;
use super::router::Destination;
use super::serving::Serving;
use super::session::{Delivery, Session};
use super::stanza::{Condition, Kind, MessageType, Stanza, StanzaError};
use super::xml::{Element, ns};
use crate::domain::address::{AccountAddress, FullAddress};

/// A message on its way to an account, and to the archive of the account that sent it.
#[derive(Clone)]
struct Message {
    stanza: Arc<Stanza>,
    /// Whom it goes to: as the stanza has it, unless it is rerouted.
    to: FullAddress,
    kind: MessageType,
    /// Whom it is for.
    account: AccountAddress,
    /// Who sent it, where that is an account of this server.
    sender: Option<AccountAddress>,
}

/// Serves a message of a client, which was checked and stripped.
pub fn send(engine: &Engine, session: &Arc<Session>, stanza: Stanza) -> Serving {
    let Some(to) = &stanza.to else { return Serving::Done };
    match engine.router().destination(to.bare.host()) {
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
    let Some(account) = to.bare.account_on(host) else {
        // The server itself reads no mail.
        refusal::bounce(engine, &stanza, refusal::NOBODY);
        return Serving::Done;
    };
    if blocking::blocks(engine, &to.bare, stanza.from.as_ref()) {
        refusal::bounce(engine, &stanza, refusal::NOBODY);
        return Serving::Done;
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

/// Delivers what is not stored.
async fn hand_over(engine: &Engine, message: &Message, keeping: Keeping) {
    let found = recipients::find(engine.registry(), message.kind, &message.to);
    match found {
        Ok(sessions) if !sessions.is_empty() => deliver(engine, message, &seen(message, None), &sessions, None),
        // RFC 6121 §8.5.2.2.1: what ought to be kept and is not is refused.
        Ok(_) if keeping.is_owed => refusal::bounce(engine, &message.stanza, refusal::NOBODY),
        // What nobody would keep is lost without a word on an account; where there is none, its sender is told.
        Ok(_) => match engine.accounts().find(&message.account).await {
            Ok(Some(_)) => {}
            Ok(None) => refusal::bounce(engine, &message.stanza, refusal::NOBODY),
            Err(error) => refusal::bounce(engine, &message.stanza, error),
        },
        Err(error) => refusal::bounce(engine, &message.stanza, error),
    }
}

/// Hands `stanza`, the message as its receiver is to see it, to these sessions, and to others as carbons. `owed` names
/// the one of them for which a row of the offline store is kept until it has the message.
fn deliver(
    engine: &Engine,
    message: &Message,
    stanza: &Arc<Stanza>,
    sessions: &[Arc<Session>],
    owed: Option<(Arc<Session>, i64)>,
) {
    for session in sessions {
        let row = owed.as_ref().filter(|(holder, _)| Arc::ptr_eq(holder, session));
        let delivery = Delivery::from(Arc::clone(stanza)).with_held(row.map(|(_, id)| *id));
        engine.deliver(session, delivery);
    }
    carbons::copy_received(engine, message, stanza, sessions);
    carbons::copy_sent(engine, message);
}

/// The message as its receiver sees it, with the id that it has in his archive (XEP-0359).
fn seen(message: &Message, archive_id: Option<&str>) -> Arc<Stanza> {
    if archive_id.is_none() && !carbons::is_marked(&message.stanza) {
        return Arc::clone(&message.stanza);
    }
    let mut seen = carbons::without_mark(Stanza::to_owned(&message.stanza));
    if let Some(id) = archive_id {
        let mark = Element::new("stanza-id", ns::STANZA_ID);
        seen = seen.with_child(mark.with_attr("by", &message.account).with_attr("id", id));
    }
    Arc::new(seen)
}

/// The error of a message that nobody takes.
fn nobody() -> StanzaError {
    refusal::NOBODY.into()
}
