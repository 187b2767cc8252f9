//! Rooms by their place, from memory or from the database.

use std::sync::{Arc, Mutex, PoisonError};

use super::live::Held;
use super::loading::{self, Creation};
use super::refusals::refused;
use super::room::Room;
use crate::domain::Result;
use crate::domain::room::RoomPlace;
use crate::engine::Engine;
use crate::engine::stanza::{Condition, StanzaError};
use crate::storage::Transaction;

/// The room at `place`, if there is one.
pub async fn find(engine: &Engine, place: &RoomPlace) -> Result<Option<Held>> {
    if let Some(held) = engine.rooms().hold(&place.address()?) {
        return Ok(Some(held));
    }
    let (history, place) = (engine.settings().limits.history(), place.clone());
    bring(engine, move |transaction| loading::load(transaction, &place, history)).await
}

/// The room at `place`, for a request that needs one: `item-not-found` where there is none.
pub async fn expect(engine: &Engine, place: &RoomPlace) -> Result<Held, StanzaError> {
    let found = find(engine, place).await.map_err(refused)?;
    found.ok_or_else(|| Condition::ItemNotFound.into())
}

/// The room at `place`, made if there is none.
pub async fn find_or_create(engine: &Engine, place: &RoomPlace, creation: Creation) -> Result<Option<Held>> {
    if let Some(held) = engine.rooms().hold(&place.address()?) {
        return Ok(Some(held));
    }
    let (history, place) = (engine.settings().limits.history(), place.clone());
    bring(engine, move |transaction| {
        match loading::load(transaction, &place, history)? {
            Some(room) => Ok(Some(room)),
            None => loading::create(transaction, &place, &creation, history).map(Some),
        }
    })
    .await
}

/// Brings into memory what a job reads, in the order of all changes.
async fn bring(
    engine: &Engine,
    mut read: impl FnMut(&mut Transaction<'_>) -> Result<Option<Room>> + Send + 'static,
) -> Result<Option<Held>> {
    let found: Arc<Mutex<Option<Held>>> = Arc::default();
    let (working, slot) = (engine.clone(), Arc::clone(&found));
    let stored = engine.store().submit(move |transaction| {
        if let Some(room) = read(transaction)? {
            let (engine, slot) = (working.clone(), Arc::clone(&slot));
            transaction.after_commit(move || {
                let held = engine.rooms().install(room);
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
            });
        }
        Ok(())
    });
    stored.await?;
    let held = found.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok(held)
}
