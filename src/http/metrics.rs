//! What is counted of connections, by the listener that accepted them.

use crate::metrics::{Collectors, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, counters, gauges};

const LABELS: &[&str] = &["listener"];

/// The metrics of all listeners. Clones are the same.
#[derive(Clone, Debug)]
pub struct ConnectionMetrics {
    open: IntGaugeVec,
    accepted: IntCounterVec,
    refused: IntCounterVec,
    evicted: IntCounterVec,
}

/// The metrics of one listener.
#[derive(Clone, Debug)]
pub(super) struct ListenerMetrics {
    pub(super) open: IntGauge,
    pub(super) accepted: IntCounter,
    pub(super) refused: IntCounter,
    pub(super) evicted: IntCounter,
}

impl Default for ConnectionMetrics {
    fn default() -> Self {
        Self {
            open: gauges("firekeeper_http_connections_open", "Connections open now.", LABELS),
            accepted: counters(
                "firekeeper_http_connections_accepted_total",
                "Connections that were let in.",
                LABELS,
            ),
            refused: counters(
                "firekeeper_http_connections_refused_total",
                "Connections that were closed at once, as http.limits.max_connections was reached.",
                LABELS,
            ),
            evicted: counters(
                "firekeeper_http_connections_evicted_total",
                "Connections that were closed to make room for others.",
                LABELS,
            ),
        }
    }
}

impl ConnectionMetrics {
    pub fn collectors(&self) -> Collectors {
        vec![
            Box::new(self.open.clone()),
            Box::new(self.accepted.clone()),
            Box::new(self.refused.clone()),
            Box::new(self.evicted.clone()),
        ]
    }

    pub(super) fn of(&self, listener: &str) -> ListenerMetrics {
        ListenerMetrics {
            open: self.open.with_label_values(&[listener]),
            accepted: self.accepted.with_label_values(&[listener]),
            refused: self.refused.with_label_values(&[listener]),
            evicted: self.evicted.with_label_values(&[listener]),
        }
    }
}
