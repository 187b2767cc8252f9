//! Which rooms are in memory: those that somebody is in, or that are just asked for. A room is loaded by a job of the
//! writer, so that it misses no event, and goes when nobody is in it and nobody holds it.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use super::history::History;
use super::loading::{self, Creation};
use super::occupant_ids::OccupantIds;
use super::remembered::Remembered;
use super::room::Room;
use crate::domain::Result;
use crate::domain::address::Address;
use crate::domain::random::Random;
use crate::domain::room::RoomPlace;
use crate::engine::Engine;
use crate::storage::{Store, Transaction, rooms};

pub struct Rooms {
    live: Mutex<HashMap<Address, Live>>,
    /// The end of the last removal of a room that everybody has left, and so of all before it.
    removal: Mutex<Option<Shared<BoxFuture<'static, ()>>>>,
    ids: OccupantIds,
    remembered: Mutex<Remembered>,
}

struct Live {
    room: Arc<Room>,
    holders: usize,
}

/// A room that stays in memory at least as long as this.
pub struct Held {
    engine: Engine,
    room: Arc<Room>,
}

impl Rooms {
    pub async fn open(store: &Store, random: &dyn Random) -> Result<Self> {
        Ok(Self {
            live: Mutex::default(),
            removal: Mutex::default(),
            ids: OccupantIds::open(store, random).await?,
            remembered: Mutex::default(),
        })
    }

    /// Who is who in rooms (XEP-0421).
    pub fn occupant_ids(&self) -> &OccupantIds {
        &self.ids
    }

    /// A room, if it is in memory. For those who look at it at once: it may go from memory meanwhile.
    pub fn get(&self, address: &Address) -> Option<Arc<Room>> {
        self.lock().get(address).map(|live| Arc::clone(&live.room))
    }

    /// All that are in memory.
    pub fn all(&self) -> Vec<Arc<Room>> {
        self.lock().values().map(|live| Arc::clone(&live.room)).collect()
    }

    /// A room, if it is in memory, and stays there.
    pub fn hold(&self, engine: &Engine, address: &Address) -> Option<Held> {
        let mut all = self.lock();
        let live = all.get_mut(address)?;
        live.holders += 1;
        Some(Held {
            engine: engine.clone(),
            room: Arc::clone(&live.room),
        })
    }

    /// A room that has just been read, unless it is in memory already.
    fn install(&self, engine: &Engine, room: Room) -> Held {
        let mut all = self.lock();
        let live = all.entry(room.address().clone()).or_insert_with(|| {
            if let Some(history) = self.remembered().take(room.address()) {
                room.lock().history = history;
            }
            Live {
                room: Arc::new(room),
                holders: 0,
            }
        });
        live.holders += 1;
        Held {
            engine: engine.clone(),
            room: Arc::clone(&live.room),
        }
    }

    /// Forgets a room that is destroyed.
    pub fn forget(&self, address: &Address) -> Option<Arc<Room>> {
        self.remembered().forget(address);
        self.lock().remove(address).map(|live| live.room)
    }

    fn let_go(&self, engine: &Engine, room: &Arc<Room>) {
        let mut all = self.lock();
        let Some(live) = all.get_mut(room.address()).filter(|live| Arc::ptr_eq(&live.room, room)) else {
            return;
        };
        live.holders -= 1;
        if live.holders > 0 {
            return;
        }
        let (is_empty, is_deserted) = {
            let mut state = room.lock();
            let is_empty = state.occupants.is_empty();
            if is_empty && state.settings.persistent && !(state.settings.logged && engine.settings().archive) {
                let history = state.history.take();
                self.remembered().put(room.address().clone(), history);
            }
            (is_empty, is_empty && state.was_entered && !state.settings.persistent)
        };
        if is_empty {
            all.remove(room.address());
        }
        if is_deserted {
            // Submitted before anybody can ask for the room again.
            let place = room.place().clone();
            let removed = engine
                .store()
                .submit(move |transaction| rooms::remove_deserted(transaction, &place));
            let removed = async move {
                if let Err(error) = removed.await {
                    tracing::warn!(%error, "a room that everybody has left could not be removed");
                }
            };
            let mut last = self.removal.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(removed.boxed().shared());
        }
    }

    /// Shows what was said in a room that is not in memory, if that is remembered.
    pub fn recall<T>(&self, address: &Address, show: impl FnOnce(&History) -> T) -> Option<T> {
        self.remembered().get(address).map(show)
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until rooms that everybody has left by now are gone from the database.
    pub async fn settle(&self) {
        let last = self.removal.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(removal) = last {
            removal.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Address, Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The room at `place`, if there is one.
pub async fn find(engine: &Engine, place: &RoomPlace) -> Result<Option<Held>> {
    if let Some(held) = engine.rooms().hold(engine, &place.address()?) {
        return Ok(Some(held));
    }
    let (history, place) = (engine.settings().limits.history(), place.clone());
    bring(engine, move |transaction| loading::load(transaction, &place, history)).await
}

/// The room at `place`, made if there is none.
pub async fn find_or_create(engine: &Engine, place: &RoomPlace, creation: Creation) -> Result<Option<Held>> {
    if let Some(held) = engine.rooms().hold(engine, &place.address()?) {
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
                let held = engine.rooms().install(&engine, room);
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(held);
            });
        }
        Ok(())
    });
    stored.await?;
    let held = found.lock().unwrap_or_else(PoisonError::into_inner).take();
    Ok(held)
}

impl Deref for Held {
    type Target = Arc<Room>;

    fn deref(&self) -> &Arc<Room> {
        &self.room
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.engine.rooms().let_go(&self.engine, &self.room);
    }
}
