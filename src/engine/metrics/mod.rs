//! What is measured of the XMPP server.

mod collectors;

use super::sasl::Failure;
use super::stanza::Kind;
use crate::metrics::{IntCounter, IntCounterVec, counter, counters};

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
