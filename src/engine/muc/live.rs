//! Which rooms are in memory: those that somebody is in, or that are just asked for. A room is loaded by a job of the
//! writer, so that it misses no event, and goes when nobody is in it and nobody holds it.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use super::history::History;
use super::occupant_ids::OccupantIds;
use super::remembered::Remembered;
use super::room::Room;
use crate::domain::Result;
use crate::domain::address::Address;
use crate::domain::random::Random;
use crate::storage::{Store, rooms};

/// The rooms of this server. A clone is another handle to the same.
#[derive(Clone)]
pub struct Rooms(Arc<Memory>);

struct Memory {
    store: Store,
    /// Messages of rooms that log them are found in the archive.
    has_archive: bool,
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
    rooms: Rooms,
    room: Arc<Room>,
}

impl Rooms {
    pub async fn open(store: &Store, has_archive: bool, random: &dyn Random) -> Result<Self> {
        Ok(Self(Arc::new(Memory {
            store: store.clone(),
            has_archive,
            live: Mutex::default(),
            removal: Mutex::default(),
            ids: OccupantIds::open(store, random).await?,
            remembered: Mutex::default(),
        })))
    }

    /// Who is who in rooms (XEP-0421).
    pub fn occupant_ids(&self) -> &OccupantIds {
        &self.0.ids
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
    pub fn hold(&self, address: &Address) -> Option<Held> {
        let mut all = self.lock();
        all.get_mut(address).map(|live| self.held(live))
    }

    /// A room that has just been read, unless it is in memory already.
    pub fn install(&self, room: Room) -> Held {
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
        self.held(live)
    }

    fn held(&self, live: &mut Live) -> Held {
        live.holders += 1;
        Held {
            rooms: self.clone(),
            room: Arc::clone(&live.room),
        }
    }

    /// Forgets a room that is destroyed.
    pub fn forget(&self, address: &Address) -> Option<Arc<Room>> {
        self.remembered().forget(address);
        self.lock().remove(address).map(|live| live.room)
    }

    fn let_go(&self, room: &Arc<Room>) {
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
            if is_empty && state.settings.persistent && !(state.settings.logged && self.0.has_archive) {
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
            let removed = self
                .0
                .store
                .submit(move |transaction| rooms::remove_deserted(transaction, &place));
            let removed = async move {
                if let Err(error) = removed.await {
                    tracing::warn!(%error, "a room that everybody has left could not be removed");
                }
            };
            let mut last = self.0.removal.lock().unwrap_or_else(PoisonError::into_inner);
            *last = Some(removed.boxed().shared());
        }
    }

    /// Shows what was said in a room that is not in memory, if that is remembered.
    pub fn recall<T>(&self, address: &Address, show: impl FnOnce(&History) -> T) -> Option<T> {
        self.remembered().get(address).map(show)
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.remembered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until rooms that everybody has left by now are gone from the database.
    pub async fn settle(&self) {
        let last = self.0.removal.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(removal) = last {
            removal.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Address, Live>> {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for Held {
    type Target = Arc<Room>;

    fn deref(&self) -> &Arc<Room> {
        &self.room
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.rooms.let_go(&self.room);
    }
}
