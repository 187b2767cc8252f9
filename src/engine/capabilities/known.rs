//! The hashes that were used last, in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::presence::CapabilitiesHash;
use crate::engine::session::Features;

/// Hashes in memory.
const KEPT: usize = 1_000;

#[derive(Debug, Default)]
pub struct Known(Mutex<Uses>);

#[derive(Debug, Default)]
struct Uses {
    features: HashMap<CapabilitiesHash, Used>,
    /// Counts uses.
    now: u64,
}

#[derive(Debug)]
struct Used {
    features: Features,
    last: u64,
}

impl Known {
    pub fn find(&self, hash: &CapabilitiesHash) -> Option<Features> {
        let mut uses = self.lock();
        uses.now += 1;
        let now = uses.now;
        let used = uses.features.get_mut(hash)?;
        used.last = now;
        Some(used.features.clone())
    }

    /// Adds a hash; the one that was not used for longest makes room.
    pub fn put(&self, hash: CapabilitiesHash, features: Features) {
        let mut uses = self.lock();
        uses.now += 1;
        let last = uses.now;
        uses.features.insert(hash, Used { features, last });
        if uses.features.len() <= KEPT {
            return;
        }
        let oldest = uses.features.iter().min_by_key(|(_, used)| used.last);
        if let Some(oldest) = oldest.map(|(hash, _)| hash.clone()) {
            uses.features.remove(&oldest);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Uses> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: usize) -> CapabilitiesHash {
        CapabilitiesHash {
            algorithm: "sha-1".to_owned(),
            hash: number.to_string(),
        }
    }

    #[test]
    fn what_was_not_used_for_longest_makes_room() {
        let known = Known::default();
        for number in 0..KEPT {
            known.put(hash(number), Features::of(&["a"]));
        }
        assert!(known.find(&hash(0)).is_some());
        known.put(hash(KEPT), Features::of(&["b"]));
        assert!(known.find(&hash(0)).is_some());
        assert!(known.find(&hash(1)).is_none());
        assert!(known.find(&hash(KEPT)).is_some());
    }

    #[test]
    fn the_nodes_to_be_notified_of_are_read_from_the_features() {
        let features = Features::of(&["a", "urn:x:mood+notify", "urn:x:tune+notify"]);
        let notified: Vec<_> = features.notified().collect();
        assert_eq!(notified, ["urn:x:mood", "urn:x:tune"]);
        assert!(features.contains("a") && !features.contains("b"));
    }
}
