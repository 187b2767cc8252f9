//! A value that is kept in memory and read again and again.

use std::any::Any;
use std::ops::Deref;
use std::sync::OnceLock;

/// A value with room for what its reader makes of it, so that it is made once and not for every reading. Who changes the
/// value keeps a new one.
#[derive(Debug)]
pub struct Kept<T> {
    /// Of one kind: that of the first who makes any.
    notes: OnceLock<Box<dyn Any + Send + Sync>>,
    value: T,
}

impl<T> Kept<T> {
    pub fn new(value: T) -> Self {
        Self {
            notes: OnceLock::new(),
            value,
        }
    }

    /// The notes of readers of one kind; `None` where those of another kind came first.
    pub fn notes<N: Any + Default + Send + Sync>(&self) -> Option<&N> {
        self.notes.get_or_init(|| Box::new(N::default())).downcast_ref()
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

    use super::*;

    #[test]
    fn readers_of_one_kind_share_their_notes_and_others_have_none() {
        let kept = Kept::new("a value");
        let notes: &AtomicU32 = kept.notes().unwrap();
        notes.store(7, Relaxed);
        assert_eq!(kept.notes::<AtomicU32>().map(|notes| notes.load(Relaxed)), Some(7));
        assert!(kept.notes::<String>().is_none());
        assert_eq!(kept.len(), 7);
    }
}
