//! What was said in rooms that are not in memory and that no archive tells: the last messages of rooms that are not
//! logged, and stay when the last occupant leaves. It lasts as long as the service runs.

use std::collections::{HashMap, VecDeque};

use super::history::History;
use crate::domain::address::Address;

/// Rooms whose last messages are remembered; beyond them the one that was left first is forgotten.
const MOST: usize = 256;

#[derive(Default)]
pub struct Remembered {
    histories: HashMap<Address, History>,
    /// The room that was left first comes first.
    order: VecDeque<Address>,
}

impl Remembered {
    pub fn put(&mut self, room: Address, history: History) {
        self.forget(&room);
        if self.order.len() >= MOST
            && let Some(first) = self.order.pop_front()
        {
            self.histories.remove(&first);
        }
        self.order.push_back(room.clone());
        self.histories.insert(room, history);
    }

    pub fn get(&self, room: &Address) -> Option<&History> {
        self.histories.get(room)
    }

    /// Gives what is remembered, and forgets it.
    pub fn take(&mut self, room: &Address) -> Option<History> {
        let history = self.histories.remove(room)?;
        self.order.retain(|other| other != room);
        Some(history)
    }

    pub fn forget(&mut self, room: &Address) {
        drop(self.take(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::settings::HistoryLimits;

    #[test]
    fn the_rooms_that_were_left_last_are_remembered() {
        let limits = HistoryLimits { messages: 1, bytes: 1 };
        let room = |number: usize| Address::parse(&format!("r{number}@conference.example.org")).unwrap();
        let mut remembered = Remembered::default();
        for number in 0..MOST {
            remembered.put(room(number), History::restored(&room(number), limits, Vec::new()));
        }
        remembered.put(room(0), History::restored(&room(0), limits, Vec::new()));
        remembered.put(room(MOST), History::restored(&room(MOST), limits, Vec::new()));
        assert!(remembered.get(&room(0)).is_some());
        assert!(remembered.get(&room(1)).is_none());
        assert!(remembered.take(&room(MOST)).is_some());
        assert!(remembered.take(&room(MOST)).is_none());
        assert_eq!(remembered.histories.len(), remembered.order.len());
    }
}
