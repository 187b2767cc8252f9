//! What the writer counts.

use crate::metrics::{Histogram, IntCounter, SECONDS, counter, histogram};

#[derive(Debug)]
pub struct WriterMetrics {
    pub transaction: Histogram,
    pub commit: Histogram,
    pub group: Histogram,
    pub failures: IntCounter,
}

impl Default for WriterMetrics {
    fn default() -> Self {
        Self {
            transaction: histogram(
                "firekeeper_storage_transaction_duration_seconds",
                "Time from the begin of a transaction until its changes are answered.",
                SECONDS,
            ),
            commit: histogram(
                "firekeeper_storage_commit_duration_seconds",
                "Time that a commit takes to be on disk.",
                SECONDS,
            ),
            group: histogram(
                "firekeeper_storage_group_changes",
                "Changes that share one commit.",
                &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0],
            ),
            failures: counter(
                "firekeeper_storage_failed_commits_total",
                "Transactions that the disk refused in whole or in part.",
            ),
        }
    }
}
