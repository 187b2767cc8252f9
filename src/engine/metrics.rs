//! What is measured of the XMPP server.

use super::Engine;
use super::sasl::Failure;
use super::stanza::Kind;
use crate::metrics::{Collectors, IntCounter, IntCounterVec, counter, counters, reading, readings};

/// What is counted while the server runs.
pub struct EngineMetrics {
    stanzas: IntCounterVec,
    received: ByKind,
    sent: ByKind,
    logins: IntCounterVec,
    /// Sessions that went on with another connection.
    pub resumptions: IntCounter,
    /// Messages that rooms passed on to their occupants.
    pub room_messages: IntCounter,
}

/// The counters of one direction, found once.
struct ByKind {
    messages: IntCounter,
    presences: IntCounter,
    iqs: IntCounter,
}

impl ByKind {
    fn new(stanzas: &IntCounterVec, direction: &str) -> Self {
        let of = |kind| stanzas.with_label_values(&[direction, kind]);
        Self {
            messages: of("message"),
            presences: of("presence"),
            iqs: of("iq"),
        }
    }

    fn count(&self, kind: Kind) {
        match kind {
            Kind::Message(_) => self.messages.inc(),
            Kind::Presence(_) => self.presences.inc(),
            Kind::Iq(_) => self.iqs.inc(),
        }
    }
}

impl Default for EngineMetrics {
    fn default() -> Self {
        let stanzas = counters(
            "firekeeper_xmpp_stanzas_total",
            "Stanzas of clients (received) and to clients (sent).",
            &["direction", "kind"],
        );
        let logins = counters(
            "firekeeper_xmpp_logins_total",
            "Attempts to log in, by what became of them.",
            &["result"],
        );
        logins.with_label_values(&["success"]);
        Self {
            received: ByKind::new(&stanzas, "received"),
            sent: ByKind::new(&stanzas, "sent"),
            stanzas,
            logins,
            resumptions: counter(
                "firekeeper_xmpp_resumptions_total",
                "Sessions that went on with another connection (XEP-0198).",
            ),
            room_messages: counter(
                "firekeeper_xmpp_room_messages_total",
                "Messages that rooms told their occupants, each counted once.",
            ),
        }
    }
}

impl EngineMetrics {
    pub fn count_received(&self, kind: Kind) {
        self.received.count(kind);
    }

    pub fn count_sent(&self, kind: Kind) {
        self.sent.count(kind);
    }

    pub fn count_login(&self, outcome: Result<(), Failure>) {
        let outcome = outcome.map_or_else(Failure::name, |()| "success");
        self.logins.with_label_values(&[outcome]).inc();
    }
}

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
