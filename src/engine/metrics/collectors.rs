//! What the administration reads of the XMPP server's metrics.

use crate::engine::Engine;
use crate::metrics::{Collectors, reading, readings};

impl Engine {
    /// The metrics of the server and of its accounts.
    pub fn collectors(&self) -> Collectors {
        let transports = ["tcp", "websocket", "bosh"].into_iter().map(|transport| {
            let engine = self.clone();
            let read = move || Some(engine.registry().count_over(transport) as u64);
            (transport.to_owned(), read)
        });
        let sessions = readings(
            "firekeeper_xmpp_sessions",
            "Sessions of clients that have bound a resource.",
            "transport",
            transports,
        );
        let budget = self.budget().clone();
        let waiting = reading(
            "firekeeper_xmpp_queue_bytes",
            "What waits for clients to read or acknowledge it, at most xmpp.limits.queues or little more.",
            move || budget.bytes() as u64,
        );
        let engine = self.clone();
        let rooms = reading("firekeeper_xmpp_rooms", "Rooms that somebody is in.", move || {
            engine.rooms().all().len() as u64
        });
        let engine = self.clone();
        let occupants = reading(
            "firekeeper_xmpp_room_occupants",
            "Sessions of clients in rooms, each counted in every room that it is in.",
            move || {
                let rooms = engine.rooms().all();
                rooms
                    .iter()
                    .map(|room| room.lock().occupants.count_sessions() as u64)
                    .sum::<u64>()
            },
        );
        let metrics = self.metrics();
        let mut collectors = self.accounts().collectors();
        collectors.push(sessions);
        collectors.push(waiting);
        collectors.push(rooms);
        collectors.push(occupants);
        collectors.push(Box::new(metrics.room_messages.clone()));
        collectors.push(Box::new(metrics.stanzas.clone()));
        collectors.push(Box::new(metrics.logins.clone()));
        collectors.push(Box::new(metrics.resumptions.clone()));
        collectors
    }
}
