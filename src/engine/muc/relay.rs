//! Requests between occupants (XEP-0045 §17.4): the room puts itself between them, so that neither learns the address of
//! the other. What is kept on the server for an account, its vCard say, the server answers in its place.

use std::sync::Arc;

use super::service::Incoming;
use crate::engine::iq::{self, answer};
use crate::engine::session::Session;
use crate::engine::stanza::{Condition, Kind, Stanza, StanzaError};
use crate::engine::xml::ns;

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
            answer(&incoming.engine, &incoming.sender, &incoming.stanza, outcome);
        }
    }
}

fn find_way(incoming: &Incoming) -> Result<Way, StanzaError> {
    let is_request = matches!(incoming.stanza.kind, Kind::Iq(kind) if kind.is_request());
    let asks_in = |namespace| is_request && incoming.stanza.has_child_in(namespace);
    let room = incoming.engine.rooms().get(incoming.room());
    let room = room.ok_or(Condition::NotAcceptable)?;
    let state = room.lock();
    let Some(occupant) = state.occupants.of(&incoming.sender) else {
        // What an occupant can do is no outsider's business (§6.6).
        let is_disco = asks_in(ns::DISCO_INFO) || asks_in(ns::DISCO_ITEMS);
        return Err(if is_disco {
            Condition::BadRequest
        } else {
            Condition::NotAcceptable
        }
        .into());
    };
    let Some(target) = state.occupants.get(incoming.nick().unwrap_or_default()) else {
        return Err(Condition::ItemNotFound.into());
    };
    if asks_in(ns::PING) && target.address == occupant.address {
        return Ok(Way::Here);
    }
    if asks_in(ns::VCARD) {
        return Ok(Way::Account(target.account.clone()));
    }
    let Some(entry) = target.entries().last() else {
        return Err(Condition::ItemNotFound.into());
    };
    let stanza = incoming
        .stanza
        .to_owned()
        .with_from(occupant.address.clone())
        .with_to(entry.session.address().clone());
    Ok(Way::Session(Arc::clone(&entry.session), Box::new(stanza)))
}
