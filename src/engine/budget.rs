//! What may wait for all clients together. A client that is behind by little is always given more, so that the slow ones
//! cost each other their sessions and nobody else.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

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

/// What a stanza counts while it waits anywhere: once, in however many queues.
#[derive(Debug)]
pub struct Charge {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.change(self.bytes, 0);
    }
}

/// Where a stanza finds what it counts already.
#[derive(Debug, Default)]
pub struct Charged(Mutex<Weak<Charge>>);

impl Charged {
    /// Counts `bytes` until the last that is given here is dropped.
    pub fn charge(&self, budget: &Arc<Budget>, bytes: usize) -> Arc<Charge> {
        let mut charged = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        charged.upgrade().unwrap_or_else(|| {
            budget.change(0, bytes);
            let budget = Arc::clone(budget);
            let charge = Arc::new(Charge { budget, bytes });
            *charged = Arc::downgrade(&charge);
            charge
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_in_many_queues_counts_once_and_until_the_last_has_written_it() {
        let (budget, charged) = (Arc::new(Budget::new(100)), Charged::default());
        let first = charged.charge(&budget, 60);
        let second = charged.charge(&budget, 60);
        assert_eq!(budget.bytes(), 60);
        drop(first);
        assert_eq!(budget.bytes(), 60);
        drop(second);
        assert_eq!(budget.bytes(), 0);
        let _again = charged.charge(&budget, 60);
        assert_eq!(budget.bytes(), 60);
    }

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
