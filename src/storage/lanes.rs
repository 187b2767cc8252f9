//! The jobs that wait for the writer, in two lanes: what people say to each other does not wait behind bulk changes.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Where a job waits. Within a lane jobs keep their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Stanzas of clients.
    Chat,
    /// Everything else.
    Changes,
}

/// Why a job was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refused {
    Full,
    Closed,
}

pub(super) struct Lanes<J> {
    waiting: Mutex<Waiting<J>>,
    arrived: Condvar,
    /// Of each lane.
    capacity: usize,
}

struct Waiting<J> {
    chat: VecDeque<J>,
    changes: VecDeque<J>,
    open: bool,
}

impl<J> Lanes<J> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            waiting: Mutex::new(Waiting {
                chat: VecDeque::new(),
                changes: VecDeque::new(),
                open: true,
            }),
            arrived: Condvar::new(),
            capacity: capacity.max(1),
        }
    }

    pub(super) fn push(&self, lane: Lane, job: J) -> Result<(), Refused> {
        let mut waiting = self.lock();
        if !waiting.open {
            return Err(Refused::Closed);
        }
        let jobs = match lane {
            Lane::Chat => &mut waiting.chat,
            Lane::Changes => &mut waiting.changes,
        };
        if jobs.len() >= self.capacity {
            return Err(Refused::Full);
        }
        jobs.push_back(job);
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits for jobs and takes up to `most` of them; when both lanes are full each gets half. `None`: closed, and
    /// everything has been taken.
    pub(super) fn take(&self, most: usize) -> Option<Vec<J>> {
        let mut waiting = self.lock();
        while waiting.chat.is_empty() && waiting.changes.is_empty() {
            if !waiting.open {
                return None;
            }
            waiting = self.arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let changes = waiting.changes.len().min(most.div_ceil(2));
        let chat = waiting.chat.len().min((most - changes).max(1));
        let mut taken: Vec<J> = waiting.chat.drain(..chat).collect();
        let changes = waiting.changes.len().min(most - chat.min(most));
        taken.extend(waiting.changes.drain(..changes));
        Some(taken)
    }

    /// Takes no more jobs. Whether it was open until now.
    pub(super) fn close(&self) -> bool {
        let was_open = std::mem::replace(&mut self.lock().open, false);
        self.arrived.notify_all();
        was_open
    }

    /// Jobs that wait in both lanes, and how many may wait in each.
    pub(super) fn depth(&self) -> (usize, usize) {
        let waiting = self.lock();
        (waiting.chat.len() + waiting.changes.len(), self.capacity)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<J>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(chat: usize, changes: usize) -> Lanes<(Lane, usize)> {
        let lanes = Lanes::new(10);
        for (lane, count) in [(Lane::Chat, chat), (Lane::Changes, changes)] {
            for number in 0..count {
                lanes.push(lane, (lane, number)).unwrap();
            }
        }
        lanes
    }

    #[test]
    fn both_lanes_move_on_however_full_the_other_is() {
        for (chat, changes, most) in [(10, 10, 4), (10, 1, 4), (1, 10, 4), (10, 0, 4), (0, 10, 4), (10, 10, 1)] {
            let lanes = filled(chat, changes);
            let mut rounds = 0;
            while lanes.depth().0 > 0 {
                let taken = lanes.take(most).unwrap();
                assert!((1..=most.max(1)).contains(&taken.len()), "{taken:?}");
                rounds += 1;
                let has = |lane| taken.iter().any(|(of, _)| *of == lane);
                assert!(most == 1 || rounds > 1 || chat == 0 || has(Lane::Chat));
                assert!(most == 1 || rounds > 1 || changes == 0 || has(Lane::Changes));
            }
        }
    }

    #[test]
    fn a_lane_keeps_its_order_and_its_bound() {
        let lanes = filled(10, 0);
        assert_eq!(lanes.push(Lane::Chat, (Lane::Chat, 10)), Err(Refused::Full));
        let taken = lanes.take(20).unwrap();
        assert!(taken.iter().map(|(_, number)| *number).eq(0..10));
    }

    #[test]
    fn what_waits_when_it_closes_is_still_taken() {
        let lanes = filled(1, 1);
        assert!(lanes.close());
        assert_eq!(lanes.push(Lane::Chat, (Lane::Chat, 0)), Err(Refused::Closed));
        assert_eq!(lanes.take(1).map(|taken| taken.len()), Some(1));
        assert_eq!(lanes.take(9).map(|taken| taken.len()), Some(1));
        assert!(lanes.take(9).is_none());
    }
}
