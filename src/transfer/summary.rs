//! What an import took and what it left out, and why.

use std::collections::BTreeMap;
use std::fmt;

/// Counts by noun; what was left out is told one by one as it happens.
pub struct Summary {
    taken: BTreeMap<&'static str, u64>,
    skipped: BTreeMap<&'static str, u64>,
    tell: Box<dyn FnMut(&str)>,
}

impl Summary {
    /// `tell` gets a line for each thing that is left out or changed on the way.
    pub fn new(tell: impl FnMut(&str) + 'static) -> Self {
        Self {
            taken: BTreeMap::new(),
            skipped: BTreeMap::new(),
            tell: Box::new(tell),
        }
    }

    /// `nouns` is what several of them are called.
    pub fn take(&mut self, nouns: &'static str) {
        *self.taken.entry(nouns).or_default() += 1;
    }

    pub fn skip(&mut self, nouns: &'static str, name: impl fmt::Display, reason: impl fmt::Display) {
        *self.skipped.entry(nouns).or_default() += 1;
        (self.tell)(&format!("skipped of the {nouns}: {name}: {reason}"));
    }

    /// Something is left out whose reason was told with something else.
    pub fn skip_of(&mut self, nouns: &'static str) {
        *self.skipped.entry(nouns).or_default() += 1;
    }

    /// Something was taken, but not as it was.
    pub fn note(&mut self, nouns: &'static str, name: impl fmt::Display, what: impl fmt::Display) {
        (self.tell)(&format!("changed of the {nouns}: {name}: {what}"));
    }

    pub fn taken(&self, nouns: &str) -> u64 {
        self.taken.get(nouns).copied().unwrap_or(0)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: &BTreeMap<&str, u64>| {
            let counts: Vec<_> = counts.iter().map(|(nouns, count)| format!("{count} {nouns}")).collect();
            if counts.is_empty() {
                "nothing".to_owned()
            } else {
                counts.join(", ")
            }
        };
        write!(out, "taken: {}; skipped: {}", list(&self.taken), list(&self.skipped))
    }
}
