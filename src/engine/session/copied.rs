//! Which messages of a session its account's other sessions have a copy of, so that they get the errors that answer them
//! too (XEP-0280 §6.1): the last few.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::domain::address::Address;

/// Messages that are remembered. Whoever goes on talking while an error is on its way has it on one client only.
const MOST: usize = 32;

#[derive(Debug, Default)]
pub struct Copied(VecDeque<u64>);

impl Copied {
    /// A message with this id to this account was copied.
    pub fn note(&mut self, id: &str, receiver: &Address) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(mark(id, receiver));
    }

    /// Whether one was, which the account may answer.
    pub fn has(&self, id: &str, receiver: &Address) -> bool {
        self.0.contains(&mark(id, receiver))
    }
}

fn mark(id: &str, receiver: &Address) -> u64 {
    let mut hasher = DefaultHasher::new();
    (id, receiver).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_messages_are_remembered_by_their_id_and_receiver() {
        let (john, jane) = (
            Address::parse("john@a.org").unwrap(),
            Address::parse("jane@a.org").unwrap(),
        );
        let mut copied = Copied::default();
        for number in 0..=MOST {
            copied.note(&number.to_string(), &john);
        }
        assert!(!copied.has("0", &john) && copied.has("1", &john));
        assert!(!copied.has("1", &jane));
        assert_eq!(copied.0.len(), MOST);
    }
}
