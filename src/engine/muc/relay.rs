//! Requests between occupants (XEP-0045 §17.4): the room puts itself between them, so that neither learns the address of
//! the other. What is kept on the server for an account, its vCard say, the server answers in its place.

use std::sync::Arc;

use super::incoming::Incoming;
use crate::engine::answer::answer;
use crate::engine::iq;
use crate::engine::refusal;
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, ns};

/// What becomes of a request.
enum Way {
    /// It is one to oneself, which tells whether one is in the room (XEP-0410).
    Here,
    /// The server answers for the account.
    Account(crate::domain::address::Address),
    Session(Arc<Session>, Box<Stanza>),
}

pub async fn take(incoming: Incoming) {
    let is_request = matches!(incoming.stanza.kind, Kind::Iq(kind) if kind.is_request());
    match find_way(&incoming) {
        Err(error) if is_request => incoming.refuse(error),
        Err(_) => {}
        Ok(Way::Here) => answer(&incoming.engine, &incoming.sender, &incoming.stanza, Ok(None)),
        Ok(Way::Session(session, stanza)) => incoming.engine.deliver(&session, *stanza),
        Ok(Way::Account(account)) => {
            let outcome = iq::serve_account_of_occupant(&incoming.engine, &account, &incoming.stanza).await;
            let outcome = outcome.map(|answer| answer.map(without_publishers));
            answer(&incoming.engine, &incoming.sender, &incoming.stanza, outcome);
        }
    }
}

fn find_way(incoming: &Incoming) -> Result<Way, StanzaError> {
    let is_request = matches!(incoming.stanza.kind, Kind::Iq(kind) if kind.is_request());
    let asks_in = |namespace| is_request && incoming.stanza.has_child_in(namespace);
    incoming.place().ok_or(refusal::NOBODY)?;
    // What an occupant can do is no outsider's business (§6.6).
    let is_disco = asks_in(ns::DISCO_INFO) || asks_in(ns::DISCO_ITEMS);
    let outside = if is_disco {
        Condition::BadRequest
    } else {
        Condition::NotAcceptable
    };
    let room = incoming.engine.rooms().get(incoming.room()).ok_or(outside)?;
    let mut state = room.lock();
    let state = &mut *state;
    let occupant = state.occupants.of(&incoming.sender).ok_or(outside)?;
    let Some(target) = state.occupants.get(incoming.nick().unwrap_or_default()) else {
        return Err(Condition::ItemNotFound.into());
    };
    if asks_in(ns::PING) && target.address == occupant.address {
        return Ok(Way::Here);
    }
    if asks_in(ns::VCARD) || reads_items(&incoming.stanza) {
        return Ok(Way::Account(target.account.clone()));
    }
    // Who subscribed here would be told of items in the name of the account itself.
    if asks_in(ns::PUBSUB) || asks_in(ns::PUBSUB_OWNER) {
        return Err(refusal::NOBODY.into());
    }
    let Some(last) = target.entries().last() else {
        return Err(Condition::ItemNotFound.into());
    };
    let mut session = Arc::clone(&last.session);
    if is_request && occupant.entries().len() > 1 {
        state.asked.note(&incoming.sender, &session, incoming.stanza.id.clone());
    } else if !is_request && target.entries().len() > 1 {
        // Of several sessions, the one that asked.
        let asking = state.asked.take(&incoming.sender, incoming.stanza.id.as_deref());
        let asking = target
            .sessions()
            .find(|session| Some(session.id()) == asking.as_deref());
        session = asking.map_or(session, Arc::clone);
    }
    let stanza = incoming
        .stanza
        .to_owned()
        .with_from(occupant.address.clone())
        .with_to(session.address().clone());
    Ok(Way::Session(session, Box::new(stanza)))
}

/// Whether it asks for what an account has published, and for nothing else.
fn reads_items(stanza: &Stanza) -> bool {
    let pubsub = stanza.child("pubsub", ns::PUBSUB);
    let action = pubsub.and_then(|pubsub| pubsub.children().next());
    stanza.kind == Kind::Iq(IqType::Get) && action.is_some_and(|action| action.is("items", ns::PUBSUB))
}

/// Nodes may tell the address of who has published an item.
fn without_publishers(mut answer: Element) -> Element {
    if let Some(items) = answer.child_mut("items", ns::PUBSUB) {
        for item in items.children_mut() {
            item.remove_attr("publisher");
        }
    }
    answer
}
