//! Rooms as an administrator sees them: who is there now, and what newcomers would be told.

use super::history::{Entry, History};
use super::room::State;
use crate::domain::Result;
use crate::domain::archive::{ArchiveFilter, ArchiveOwner, ArchivePosition};
use crate::domain::room::{Occupant, RoomMessage, RoomPlace};
use crate::engine::Engine;
use crate::engine::xml::ns;
use crate::storage::{archive, rooms};

/// Waits until rooms that everybody has left by now are gone, as all who ask see them.
pub async fn settle(engine: &Engine) {
    engine.rooms().settle().await;
}

/// Everybody who is in a room, one entry for each session.
pub fn list_occupants(engine: &Engine, place: &RoomPlace) -> Result<Vec<Occupant>> {
    let Some(room) = engine.rooms().get(&place.address()?) else {
        return Ok(Vec::new());
    };
    let state = room.lock();
    let mut occupants = Vec::with_capacity(state.occupants.count_sessions());
    for occupant in state.occupants.iter() {
        occupants.extend(occupant.sessions().map(|session| Occupant {
            occupant_address: occupant.address.to_string(),
            user_address: session.address().to_string(),
            role: occupant.role,
            affiliation: occupant.affiliation,
        }));
    }
    Ok(occupants)
}

/// The messages that newcomers are told, oldest first: of a room in memory what it keeps, of another the end of its
/// archive.
pub async fn list_history(engine: &Engine, place: &RoomPlace) -> Result<Vec<RoomMessage>> {
    let address = place.address()?;
    if let Some(room) = engine.rooms().get(&address) {
        return Ok(told(&room.lock()));
    }
    let (place, limits) = (place.clone(), engine.settings().limits.history());
    let remembered = engine
        .rooms()
        .recall(&address, |history| history.iter().cloned().collect::<Vec<_>>());
    engine
        .store()
        .read(move |connection| {
            let shows_addresses = rooms::find(connection, &place)?.settings.anyone_discovers_addresses;
            if let Some(entries) = remembered.as_ref() {
                let messages = entries.iter().filter_map(|entry| message(entry, shows_addresses));
                return Ok(messages.collect());
            }
            let owner = ArchiveOwner::Room(place);
            let last = ArchivePosition::Before(None);
            let archived = archive::list(connection, &owner, &ArchiveFilter::default(), &last, limits.messages)?;
            let history = History::restored(&address, limits, archived.messages);
            let messages = history.iter().filter_map(|entry| message(entry, shows_addresses));
            Ok(messages.collect())
        })
        .await
}

fn told(state: &State) -> Vec<RoomMessage> {
    let shows_addresses = state.settings.anyone_discovers_addresses;
    let messages = state.history.iter();
    messages.filter_map(|entry| message(entry, shows_addresses)).collect()
}

/// A message that says something in words.
fn message(entry: &Entry, shows_addresses: bool) -> Option<RoomMessage> {
    let body = entry.stanza.child("body", ns::JABBER_CLIENT)?.text().into_owned();
    let from = entry.stanza.from.as_ref()?.to_string();
    if body.is_empty() {
        return None;
    }
    let delay_from = if shows_addresses {
        entry.sender.to_string()
    } else {
        from.clone()
    };
    Some(RoomMessage {
        to: entry.stanza.to.as_ref().map(ToString::to_string),
        from,
        body,
        sent: entry.at,
        delay_from: Some(delay_from),
    })
}
