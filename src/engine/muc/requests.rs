//! Requests to a service or to a room itself, by the namespace of their payload.

use super::finding;
use super::incoming::Incoming;
use super::reply::Reply;
use super::{admin, avatar, disco, moderation, owner, reading, registration, search};
use crate::domain::room::RoomPlace;
use crate::engine::answer::{Answer, answer, payload};
use crate::engine::refusal;
use crate::engine::stanza::{Condition, IqType, Kind, StanzaError};
use crate::engine::xml::{Element, ns};

pub async fn take(incoming: Incoming) {
    let is_request = matches!(incoming.stanza.kind, Kind::Iq(kind) if kind.is_request());
    if !is_request {
        return;
    }
    // A room that everybody has left is not there any more.
    incoming.engine.rooms().settle().await;
    let outcome = match incoming.place() {
        Some(place) => match serve_room(&incoming, &place).await {
            Ok(Reply::Given) => return,
            Ok(Reply::Result(payload)) => Ok(payload),
            Err(error) => Err(error),
        },
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

/// A name that no room has (XEP-0045 1.24 §10.1.4): nobody guesses 128 random bits.
fn unique(incoming: &Incoming) -> Element {
    let mut name = [0; 16];
    incoming.engine.random().fill(&mut name);
    Element::new("unique", ns::MUC_UNIQUE).with_text(data_encoding::HEXLOWER.encode(&name))
}

/// To a room.
async fn serve_room(incoming: &Incoming, place: &RoomPlace) -> Result<Reply, StanzaError> {
    let asked = payload(&incoming.stanza)?;
    let answer = match asked.ns() {
        ns::DISCO_INFO | ns::DISCO_ITEMS => disco::serve_room(incoming, place).await,
        ns::VCARD => avatar::serve(incoming, place, asked).await,
        _ => return serve_held(incoming, place, asked).await,
    };
    answer.map(Reply::Result)
}

async fn serve_held(incoming: &Incoming, place: &RoomPlace, asked: &Element) -> Result<Reply, StanzaError> {
    let room = finding::expect(&incoming.engine, place).await?;
    // As long as nobody else gets in, it is not there for anybody else (§10.1.3).
    let is_there = room.lock().is_there_for(&incoming.sender.address().bare);
    if !is_there {
        return Err(Condition::ItemNotFound.into());
    }
    let answer = match asked.ns() {
        ns::MUC_ADMIN => return admin::serve(incoming, &room, asked).await,
        ns::REGISTER => return registration::serve(incoming, &room, asked).await,
        ns::MUC_OWNER => owner::serve(incoming, &room, asked).await,
        ns::MAM => reading::serve(incoming, &room, asked).await,
        ns::MODERATE | ns::FASTEN => moderation::serve(incoming, &room, asked).await,
        ns::PING if incoming.stanza.kind == Kind::Iq(IqType::Get) => Ok(None),
        _ => Err(refusal::NOBODY.into()),
    };
    answer.map(Reply::Result)
}
