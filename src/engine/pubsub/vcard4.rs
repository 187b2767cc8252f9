//! The vCard of an account in the format of RFC 6351, asked for and given in one request (XEP-0292 §4.1). It is the last
//! item of a node, which says who may read it, and whose subscribers hear of it.

use rusqlite::Connection;

use super::error::Refusal;
use super::item::payload;
use super::items::check_may_read;
use super::publish::publish;
use super::{Answer, Call, Place};
use crate::engine::Engine;
use crate::engine::answer;
use crate::engine::stanza::{Condition, IqType, Kind, Stanza};
use crate::engine::xml::{Element, ns};
use crate::storage::pubsub::items;

/// The id of the one item.
const ID: &str = "current";

pub async fn serve(engine: &Engine, place: Place, request: &Stanza) -> Answer {
    let given = answer::payload(request)?;
    let (Some(requester), "vcard") = (request.from.clone(), given.name()) else {
        return Err(Condition::BadRequest.into());
    };
    let call = Call {
        engine: engine.clone(),
        place,
        requester,
    };
    call.check_not_blocked().await?;
    if request.kind == Kind::Iq(IqType::Get) {
        let found = call.read(find).await?;
        return Ok(Some(found.unwrap_or_else(|| Element::new("vcard", ns::VCARD4))));
    }
    if call.place.address != *call.who() {
        return Err(Condition::Forbidden.into());
    }
    let item = Element::new("item", ns::PUBSUB)
        .with_attr("id", ID)
        .with_child(given.clone());
    let item = Element::new("publish", ns::PUBSUB)
        .with_attr("node", ns::VCARD4_PUBSUB)
        .with_child(item);
    publish(call, &item, None).await.map(|_| None)
}

fn find(call: &Call, connection: &Connection) -> Result<Option<Element>, Refusal> {
    let node = match call.place.find(connection, Some(ns::VCARD4_PUBSUB), call.who()) {
        Err(Refusal::Answer(error)) if error.condition == Condition::ItemNotFound => return Ok(None),
        found => found?,
    };
    check_may_read(call, connection, &node)?;
    let last = items::find_last(connection, &node, call.engine.clock().now())?;
    let vcard = last.as_ref().and_then(payload);
    Ok(vcard.filter(|vcard| vcard.is("vcard", ns::VCARD4)))
}
