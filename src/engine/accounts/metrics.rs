//! What is counted of accounts in memory and of passwords.

use crate::metrics::{Collectors, Histogram, IntCounter, IntCounterVec, SECONDS, counter, counters, histogram};

/// Looks into one cache.
#[derive(Clone, Debug)]
pub struct CacheMetrics {
    hits: IntCounter,
    misses: IntCounter,
}

impl CacheMetrics {
    pub fn count(&self, found: bool) {
        if found { &self.hits } else { &self.misses }.inc();
    }
}

#[derive(Clone, Debug)]
pub struct AccountMetrics {
    hits: IntCounterVec,
    misses: IntCounterVec,
    /// Accounts in memory.
    pub accounts: CacheMetrics,
    /// Passwords that were right lately.
    pub credentials: CacheMetrics,
    /// Seconds of work for one password.
    pub hashing: Histogram,
    /// Passwords that found the queue full.
    pub refused: IntCounter,
}

impl Default for AccountMetrics {
    fn default() -> Self {
        let hits = counters(
            "firekeeper_cache_hits_total",
            "Looks into a cache that found what they wanted.",
            &["cache"],
        );
        let misses = counters(
            "firekeeper_cache_misses_total",
            "Looks into a cache that found nothing.",
            &["cache"],
        );
        let cache = |name| CacheMetrics {
            hits: hits.with_label_values(&[name]),
            misses: misses.with_label_values(&[name]),
        };
        Self {
            accounts: cache("accounts"),
            credentials: cache("credentials"),
            hashing: histogram(
                "firekeeper_hashing_duration_seconds",
                "Time to derive or check one password, without the wait for a processor.",
                SECONDS,
            ),
            refused: counter(
                "firekeeper_hashing_refused_total",
                "Passwords that were not looked at, as accounts.hashing_queue was full.",
            ),
            hits,
            misses,
        }
    }
}

impl AccountMetrics {
    pub fn collectors(&self) -> Collectors {
        vec![
            Box::new(self.hits.clone()),
            Box::new(self.misses.clone()),
            Box::new(self.hashing.clone()),
            Box::new(self.refused.clone()),
        ]
    }
}
