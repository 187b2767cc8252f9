//! What owners do with a room (XEP-0045 §10): they configure it, for the first time or again, and destroy it.

use std::sync::Arc;

use super::announce::tell_changed;
use super::configuration::{self, Changes};
use super::incoming::Incoming;
use super::live::Held;
use super::refusals::refused;
use super::room::Room;
use crate::domain::Result;
use crate::domain::address::{Address, FullAddress};
use crate::domain::affiliation::Affiliation;
use crate::domain::clock::now_in_milliseconds;
use crate::domain::room::RoomFarewell;
use crate::domain::secret::Secret;
use crate::engine::answer::Answer;
use crate::engine::form::Filled;
use crate::engine::stanza::{Condition, IqType, Kind, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::{Transaction, room_affiliations, room_changes, rooms};

/// Serves a query of `muc#owner`.
pub async fn serve(incoming: &Incoming, room: &Held, query: &Element) -> Answer {
    let sender = &incoming.sender.address().bare;
    if room.lock().affiliation(sender) != Some(Affiliation::Owner) {
        return Err(Condition::Forbidden.into());
    }
    if incoming.stanza.kind == Kind::Iq(IqType::Get) {
        return show(incoming, room).await;
    }
    if let Some(destroy) = query.child("destroy", ns::MUC_OWNER) {
        let farewell = read_farewell(destroy)?;
        return remove(incoming, room, farewell).await;
    }
    let Some(form) = Filled::read_in(query)? else {
        return Err(StanzaError::new(Condition::BadRequest).with_text("give a form, or destroy the room"));
    };
    if !form.is_cancelled() {
        let changes = Changes::read(&form, &room.place().host)?;
        return configure(incoming, room, changes).await;
    }
    // Cancelling the first configuration destroys the room, a later one is as if it had not begun.
    let is_first = room.lock().is_locked;
    if is_first {
        return remove(incoming, room, RoomFarewell::default()).await;
    }
    Ok(None)
}

async fn show(incoming: &Incoming, room: &Held) -> Answer {
    let place = room.place().clone();
    let read = incoming
        .engine
        .store()
        .read(move |connection| room_changes::find(connection, &place));
    let (found, profile) = read.await.map_err(refused)?;
    let form = configuration::form(&room.place().host, &found, &profile);
    Ok(Some(Element::new("query", ns::MUC_OWNER).with_child(form.to_form())))
}

/// Changes the configuration and lets others in. What was read and what is written are one job, so that two owners who
/// configure at once both have what they asked for.
async fn configure(incoming: &Incoming, room: &Held, changes: Changes) -> Answer {
    let (room, sender) = (Arc::clone(room), incoming.sender.address().bare.clone());
    let now = now_in_milliseconds(incoming.engine.clock());
    let engine = incoming.engine.clone();
    let most = engine.settings().limits.room_affiliations;
    let stored = incoming.engine.store().submit(move |transaction| {
        if !is_owner(transaction, &room, &sender)? {
            return Ok(Err(Condition::Forbidden.into()));
        }
        if !changes.is_empty() {
            let (found, profile) = room_changes::find(transaction, room.place())?;
            let former = (found.settings.clone(), profile.clone());
            let (content, profile) = match changes.apply(found, profile) {
                Ok(applied) => applied,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if former.0 == content.settings && former.1 != profile {
                let (engine, room) = (engine.clone(), Arc::clone(&room));
                transaction.after_commit(move || tell_changed(&engine, &room));
            }
            room_changes::configure(transaction, room.place(), &content, &profile, now)?;
            let found = rooms::locate(transaction, room.place())?;
            room_affiliations::check_number(transaction, &found, most)?;
        }
        let room = Arc::clone(&room);
        transaction.after_commit(move || room.lock().is_locked = false);
        Ok(Ok(()))
    });
    stored.await.map_err(refused)??;
    Ok(None)
}

async fn remove(incoming: &Incoming, room: &Held, farewell: RoomFarewell) -> Answer {
    let (room, sender) = (Arc::clone(room), incoming.sender.address().bare.clone());
    let removed = incoming.engine.store().submit(move |transaction| {
        if !is_owner(transaction, &room, &sender)? {
            return Ok(Err(StanzaError::from(Condition::Forbidden)));
        }
        rooms::remove(transaction, room.place(), &farewell)?;
        Ok(Ok(()))
    });
    removed.await.map_err(refused)??;
    Ok(None)
}

fn is_owner(transaction: &Transaction<'_>, room: &Room, address: &Address) -> Result<bool> {
    let found = rooms::locate(transaction, room.place())?;
    let affiliation = room_affiliations::effective(transaction, &found, address)?;
    Ok(affiliation == Some(Affiliation::Owner))
}

fn read_farewell(destroy: &Element) -> std::result::Result<RoomFarewell, StanzaError> {
    let alternate = match destroy.attr("jid") {
        Some(text) => Some(FullAddress::parse(text).map_err(|_| Condition::JidMalformed)?.bare),
        None => None,
    };
    let text = |name| destroy.child_text(name, ns::MUC_OWNER).filter(|text| !text.is_empty());
    Ok(RoomFarewell {
        reason: text("reason").map(Into::into),
        alternate,
        password: text("password").map(Secret::new),
    })
}
