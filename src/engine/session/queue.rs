//! What waits in an outbox, and where each stanza stands: to be written, held back while nobody is looking (XEP-0352), or
//! written and not acknowledged (XEP-0198). Knows neither lock nor budget.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::held_back::{self, HeldBack};
use super::link::Link;
use super::outgoing::{Delivery, Ending, Outgoing};
use super::unacked::{TooHigh, Unacked};
use crate::engine::xml::{Element, ns};

/// What goes out in one write.
#[derive(Debug, Default)]
pub struct Batch {
    pub outgoing: Vec<Outgoing>,
    /// The rows of the offline store that go with the write, because the client acknowledges nothing.
    pub held: Vec<i64>,
}

#[derive(Debug, Default)]
pub struct Queue {
    pub outgoing: VecDeque<Outgoing>,
    /// Of all that is queued, held back or unacknowledged.
    pub bytes: usize,
    /// What the budget of all counts of it beside the stanzas themselves.
    pub charged: usize,
    pub ending: Option<Ending>,
    pub link: Option<Arc<Link>>,
    pub partings: u32,
    /// Stream management is on: stanzas are counted.
    pub unacked: Option<Unacked>,
    /// How long it may be resumed.
    pub resumption: Option<Duration>,
    /// Nobody is looking (XEP-0352).
    pub inactive: bool,
    pub held_back: HeldBack,
}

impl Queue {
    /// How many wait, to be written or acknowledged.
    pub fn waiting(&self) -> usize {
        self.outgoing.len() + self.held_back.len() + self.unacked.as_ref().map_or(0, Unacked::len)
    }

    pub fn wake(&self) {
        if let Some(link) = &self.link {
            link.wake();
        }
    }

    pub fn put_first(&mut self, greeting: impl IntoIterator<Item = Element>) {
        let greeting: Vec<_> = greeting.into_iter().map(Outgoing::nonza).collect();
        self.bytes += greeting.iter().map(Outgoing::weight).sum::<usize>();
        for outgoing in greeting.into_iter().rev() {
            self.outgoing.push_front(outgoing);
        }
    }

    /// Whether there is something to write now.
    pub fn hold_back_or_queue(&mut self, outgoing: Outgoing) -> bool {
        if let (true, Outgoing::Stanza(delivery)) = (self.inactive, &outgoing) {
            if let Some(key) = held_back::key(&delivery.stanza) {
                if let Some(earlier) = self.held_back.put(key, delivery.clone()) {
                    self.bytes -= earlier.weight();
                }
                return false;
            }
            self.release_held_back();
        }
        self.outgoing.push_back(outgoing);
        true
    }

    pub fn release_held_back(&mut self) -> bool {
        self.outgoing.extend(self.held_back.take().map(Outgoing::Stanza));
        !self.outgoing.is_empty()
    }

    pub fn acknowledge(&mut self, h: u32) -> Result<Vec<i64>, TooHigh> {
        let Some(unacked) = &mut self.unacked else {
            return Ok(Vec::new());
        };
        let got = unacked.acknowledge(h)?;
        self.bytes -= got.iter().map(Delivery::weight).sum::<usize>();
        Ok(got.into_iter().filter_map(|delivery| delivery.held).collect())
    }

    pub fn take_batch(&mut self, max_bytes: usize) -> Batch {
        let mut batch = Batch::default();
        let mut taken = 0;
        let mut counted = false;
        while taken < max_bytes {
            let Some(outgoing) = self.outgoing.pop_front() else {
                break;
            };
            let weight = outgoing.weight();
            taken += weight;
            match (&outgoing, &mut self.unacked) {
                (Outgoing::Stanza(delivery), Some(unacked)) => {
                    unacked.push(delivery.clone());
                    counted = true;
                }
                (Outgoing::Stanza(delivery), None) => {
                    self.bytes -= weight;
                    batch.held.extend(delivery.held);
                }
                (Outgoing::Nonza(_), _) => self.bytes -= weight,
                (Outgoing::Enabled(_), _) => {
                    self.bytes -= weight;
                    self.unacked = Some(Unacked::default());
                }
            }
            batch.outgoing.push(outgoing);
        }
        if counted {
            batch
                .outgoing
                .push(Outgoing::nonza(Element::new("r", ns::STREAM_MANAGEMENT)));
        }
        if self.outgoing.is_empty() {
            // An idle session holds no queue.
            self.outgoing = VecDeque::new();
        }
        batch
    }
}
