//! What was sent on a stream and is not acknowledged yet (XEP-0198 §4).

use std::collections::VecDeque;

use super::outgoing::Delivery;
use crate::engine::stream_error::StreamError;

/// The stanzas that a client has been sent since it enabled stream management, less those that it has.
#[derive(Debug, Default)]
pub struct Unacked {
    waiting: VecDeque<Delivery>,
    /// How many it has; wraps at 2^32.
    acknowledged: u32,
}

/// A client acknowledged more than it was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooHigh {
    pub h: u32,
    pub sent: u32,
}

impl From<TooHigh> for StreamError {
    fn from(TooHigh { h, sent }: TooHigh) -> Self {
        Self::HandledCountTooHigh { h, sent }
    }
}

impl Unacked {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Counts a stanza that goes out.
    pub fn push(&mut self, delivery: Delivery) {
        self.waiting.push_back(delivery);
    }

    /// Whether `h` acknowledges no more than was sent, and no less than was acknowledged before.
    pub fn check(&self, h: u32) -> Result<usize, TooHigh> {
        let count = h.wrapping_sub(self.acknowledged) as usize;
        if count > self.waiting.len() {
            return Err(TooHigh { h, sent: self.sent() });
        }
        Ok(count)
    }

    /// Takes out what the client has got, by the number of all that it got.
    pub fn acknowledge(&mut self, h: u32) -> Result<Vec<Delivery>, TooHigh> {
        let count = self.check(h)?;
        self.acknowledged = h;
        let got = self.waiting.drain(..count).collect();
        if self.waiting.is_empty() {
            // An idle session holds no queue.
            self.waiting = VecDeque::new();
        }
        Ok(got)
    }

    /// Takes out all that has to be sent again; it is counted anew then.
    pub fn take(&mut self) -> VecDeque<Delivery> {
        std::mem::take(&mut self.waiting)
    }

    fn sent(&self) -> u32 {
        // The queue is bounded by bytes, far below 2^32 stanzas; the count wraps as it is meant to.
        self.acknowledged
            .wrapping_add(u32::try_from(self.waiting.len()).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::stanza::{Kind, MessageType, Stanza};

    fn sent(acknowledged: u32, count: usize) -> Unacked {
        let mut unacked = Unacked {
            acknowledged,
            ..Unacked::default()
        };
        for _ in 0..count {
            unacked.push(Stanza::new(Kind::Message(MessageType::Chat)).into());
        }
        unacked
    }

    #[test]
    fn what_is_acknowledged_goes() {
        let mut unacked = sent(0, 5);
        assert_eq!(unacked.acknowledge(3).unwrap().len(), 3);
        assert_eq!(unacked.acknowledge(3).unwrap().len(), 0);
        assert_eq!(unacked.acknowledge(5).unwrap().len(), 2);
        assert!(unacked.take().is_empty());
    }

    #[test]
    fn nobody_acknowledges_what_was_not_sent() {
        let mut unacked = sent(0, 2);
        assert_eq!(unacked.acknowledge(3).unwrap_err(), TooHigh { h: 3, sent: 2 });
        assert_eq!(unacked.acknowledge(2).unwrap().len(), 2);
        assert_eq!(unacked.acknowledge(1).unwrap_err(), TooHigh { h: 1, sent: 2 });
    }

    #[test]
    fn the_count_goes_on_at_zero_after_the_highest_number() {
        let mut unacked = sent(u32::MAX - 1, 4);
        assert_eq!(unacked.acknowledge(u32::MAX).unwrap().len(), 1);
        assert_eq!(unacked.acknowledge(1).unwrap().len(), 2);
        assert_eq!(unacked.acknowledge(3).unwrap_err(), TooHigh { h: 3, sent: 2 });
    }
}
