//! What a job writes through, and what follows from a change once it is on disk.

use std::ops::Deref;

use rusqlite::Connection;

use crate::domain::event::Event;

/// What a job writes through. Events are told after the commit, in its order.
pub struct Transaction<'connection> {
    connection: &'connection Connection,
    effects: Vec<Effect>,
}

/// What follows from a change once it is on disk.
pub(super) enum Effect {
    Event(Event),
    Call(Box<dyn FnOnce() + Send>),
}

impl<'connection> Transaction<'connection> {
    /// Nobody hears of what changes unless the caller tells it; the caller begins and ends the transaction itself.
    pub(in crate::storage) fn without_listeners(connection: &'connection Connection) -> Self {
        Self {
            connection,
            effects: Vec::new(),
        }
    }
}

impl Transaction<'_> {
    pub(super) fn into_effects(self) -> Vec<Effect> {
        self.effects
    }

    /// Tells listeners of a change once it is on disk.
    pub fn emit(&mut self, event: Event) {
        self.effects.push(Effect::Event(event));
    }

    /// Does something once the change is on disk and before it is answered, in the order of the commits: what is handed
    /// to connected clients goes this way. It runs on the writer's thread, so it must be quick and must not wait.
    pub fn after_commit(&mut self, call: impl FnOnce() + Send + 'static) {
        self.effects.push(Effect::Call(Box::new(call)));
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}
