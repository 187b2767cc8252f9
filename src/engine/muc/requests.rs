//! Requests to a service or to a room itself, by the namespace of their payload.

use super::finding;
use super::incoming::Incoming;
use super::refusals::refused;
use super::{admin, avatar, disco, moderation, owner, reading, registration, search};
use crate::domain::room::RoomPlace;
use crate::engine::answer::{Answer, answer, payload};
use crate::engine::refusal;
use crate::engine::stanza::{Condition, IqType, Kind};
use crate::engine::xml::{Element, ns};

pub async fn take(incoming: Incoming) {
    let is_request = matches!(incoming.stanza.kind, Kind::Iq(kind) if kind.is_request());
    if !is_request {
        return;
    }
    // A room that everybody has left is not there any more.
    incoming.engine.rooms().settle().await;
    let outcome = match incoming.place() {
        Some(place) => serve_room(&incoming, &place).await,
        None => serve_service(&incoming).await,
    };
    answer(&incoming.engine, &incoming.sender, &incoming.stanza, outcome);
}

/// To the service.
async fn serve_service(incoming: &Incoming) -> Answer {
    let asked = payload(&incoming.stanza)?;
    match asked.ns() {
        ns::DISCO_INFO | ns::DISCO_ITEMS => disco::serve_service(incoming).await,
        ns::PING if incoming.stanza.kind == Kind::Iq(IqType::Get) => Ok(None),
        ns::CHANNEL_SEARCH if incoming.stanza.kind == Kind::Iq(IqType::Get) => search::serve(incoming, asked).await,
        ns::MUC_UNIQUE if incoming.stanza.kind == Kind::Iq(IqType::Get) => Ok(Some(unique(incoming))),
        _ => Err(refusal::NOBODY.into()),
    }
}

/// A name that no room has (XEP-0045 §10.1.4): nobody guesses 128 random bits.
fn unique(incoming: &Incoming) -> Element {
    let mut name = [0; 16];
    incoming.engine.random().fill(&mut name);
    Element::new("unique", ns::MUC_UNIQUE).with_text(data_encoding::HEXLOWER.encode(&name))
}

/// To a room.
async fn serve_room(incoming: &Incoming, place: &RoomPlace) -> Answer {
    let asked = payload(&incoming.stanza)?;
    match asked.ns() {
        ns::DISCO_INFO | ns::DISCO_ITEMS => return disco::serve_room(incoming, place).await,
        ns::VCARD => return avatar::serve(incoming, place, asked).await,
        _ => {}
    }
    let room = finding::find(&incoming.engine, place).await.map_err(refused)?;
    let room = room.ok_or(Condition::ItemNotFound)?;
    // As long as nobody else gets in, it is not there for anybody else (§10.1.3).
    let is_there = room.lock().is_there_for(&incoming.sender.address().bare);
    if !is_there {
        return Err(Condition::ItemNotFound.into());
    }
    match asked.ns() {
        ns::MUC_OWNER => owner::serve(incoming, &room, asked).await,
        ns::MUC_ADMIN => admin::serve(incoming, &room, asked).await,
        ns::REGISTER => registration::serve(incoming, &room, asked).await,
        ns::MAM => reading::serve(incoming, &room, asked).await,
        ns::MODERATE | ns::FASTEN => moderation::serve(incoming, &room, asked).await,
        ns::PING if incoming.stanza.kind == Kind::Iq(IqType::Get) => Ok(None),
        _ => Err(refusal::NOBODY.into()),
    }
}
