//! What is counted of logins, and whether the service is well.

use super::Admin;
use crate::metrics::{Collectors, IntCounter, IntCounterVec, counters, reading};

/// Logins of administrators with a password, by how they ended.
#[derive(Debug)]
pub(super) struct LoginMetrics {
    all: IntCounterVec,
    pub(super) accepted: IntCounter,
    pub(super) refused: IntCounter,
    /// Refused without a look, as the address had sent too many wrong ones.
    pub(super) limited: IntCounter,
    /// Could not be checked.
    pub(super) failed: IntCounter,
}

impl Default for LoginMetrics {
    fn default() -> Self {
        let all = counters(
            "firekeeper_logins_total",
            "Logins of administrators with a password, by how they ended.",
            &["result"],
        );
        Self {
            accepted: all.with_label_values(&["accepted"]),
            refused: all.with_label_values(&["refused"]),
            limited: all.with_label_values(&["limited"]),
            failed: all.with_label_values(&["failed"]),
            all,
        }
    }
}

impl Admin {
    /// The metrics of administration, and what the probes say.
    pub fn collectors(&self) -> Collectors {
        let mut collectors: Collectors = vec![Box::new(self.0.logins.all.clone())];
        let mut read = |name, help, is_well: fn(&Admin) -> bool| {
            let admin = self.clone();
            collectors.push(reading(name, help, move || u64::from(is_well(&admin))));
        };
        read("firekeeper_alive", "1 while the liveness probe answers 200.", |admin| {
            !admin.health().is_deadlocked()
        });
        read(
            "firekeeper_ready",
            "1 while the readiness probe answers 200.",
            |admin| admin.health().is_ready() && admin.health().accepts_connections(),
        );
        collectors
    }
}
