//! What may wait for all clients together. A client that is behind by little is always given more, so that the slow ones
//! cost each other their sessions and nobody else.

use std::sync::atomic::{AtomicUsize, Ordering};

/// What any queue may hold, whatever the others do.
const FAIR: usize = 16 * 1024;

/// What a session without a connection counts beside what waits for it: about its memory.
pub const DETACHED: usize = 8 * 1024;

#[derive(Debug)]
pub struct Budget {
    bytes: AtomicUsize,
    most: usize,
}

impl Budget {
    pub fn new(most: usize) -> Self {
        Self {
            bytes: AtomicUsize::new(0),
            most,
        }
    }

    /// Counts `now` bytes where there were `before`.
    pub fn change(&self, before: usize, now: usize) {
        if now > before {
            self.bytes.fetch_add(now - before, Ordering::Relaxed);
        } else {
            self.bytes.fetch_sub(before - now, Ordering::Relaxed);
        }
    }

    /// Whether all of it is taken.
    pub fn is_spent(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) >= self.most
    }

    /// Whether a queue may grow to so many bytes.
    pub fn allows(&self, bytes: usize) -> bool {
        bytes <= FAIR || !self.is_spent()
    }

    /// Bytes that wait.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_budget_stops_long_queues_only() {
        let budget = Budget::new(100_000);
        assert!(budget.allows(1_000_000));
        budget.change(0, 60_000);
        budget.change(0, 60_000);
        assert!(!budget.allows(FAIR + 1));
        assert!(budget.allows(FAIR));
        budget.change(60_000, 1_000);
        assert_eq!(budget.bytes(), 61_000);
        assert!(budget.allows(FAIR + 1));
    }
}
