//! What is remembered of sessions that nobody resumed in time (XEP-0198 §5).

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use super::session::Session;
use crate::domain::address::Address;

/// Sessions that expired and whose count is still known.
const REMEMBERED: usize = 4096;

/// How many stanzas of expired sessions took effect, so that their clients know what to send again.
#[derive(Debug, Default)]
pub struct Departed(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    by_id: HashMap<Box<str>, (Address, u32)>,
    order: VecDeque<Box<str>>,
}

impl Departed {
    pub fn note(&self, session: &Session) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id: Box<str> = session.id().into();
        let count = (session.address().bare.clone(), session.handled());
        counts.by_id.insert(id.clone(), count);
        counts.order.push_back(id);
        if counts.order.len() > REMEMBERED
            && let Some(oldest) = counts.order.pop_front()
        {
            counts.by_id.remove(&oldest);
        }
    }

    pub fn find(&self, bare: &Address, id: &str) -> Option<u32> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (owner, count) = counts.by_id.get(id)?;
        (owner == bare).then_some(*count)
    }
}
