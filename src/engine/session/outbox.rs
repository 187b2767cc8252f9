//! What waits to be written to a client. Pushing never waits: the queue is bounded by bytes, and who pushes learns when
//! it is full. One connection at a time drains it. With stream management (XEP-0198) what was written stays here until
//! the client has acknowledged it, and waits for the next connection when one is lost.

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::link::Link;
use super::outgoing::{Delivery, Ending, Outgoing};
use super::queue::{Batch, Queue};
use super::unacked::{TooHigh, Unacked};
use crate::engine::budget::{Budget, DETACHED};
use crate::engine::xml::Element;

/// Bytes of a place in a queue, about.
const PLACE: usize = 2 * size_of::<Outgoing>();

/// The queue had no room for this.
#[derive(Debug)]
pub struct Full(pub Outgoing);

/// What the connection has to do next.
#[derive(Debug)]
pub enum Work {
    Write(Batch),
    End(Ending),
}

/// What became of a session whose connection is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parting {
    /// It waits to be resumed, for so long. The number tells this parting from others.
    Waits { parting: u32, patience: Duration },
    /// It cannot be resumed, so it has to end.
    Over,
    /// It has another connection by now, has none already, or has ended.
    Elsewhere,
}

/// Why a session is not resumed.
#[derive(Debug)]
pub enum NotResumed {
    /// It has ended, or was never to be resumed.
    Gone,
    /// It still has this connection, which has to go first.
    Busy(Arc<Link>),
    TooHigh(TooHigh),
}

#[derive(Debug)]
pub struct Outbox {
    queue: Mutex<Queue>,
    max_bytes: usize,
    budget: Arc<Budget>,
}

impl Outbox {
    /// An empty one, with its first connection. `budget` is that of all.
    pub fn new(max_bytes: usize, budget: Arc<Budget>) -> (Self, Arc<Link>) {
        let link = Arc::new(Link::default());
        let queue = Queue {
            link: Some(Arc::clone(&link)),
            ..Queue::default()
        };
        let outbox = Self {
            queue: Mutex::new(queue),
            max_bytes,
            budget,
        };
        (outbox, link)
    }

    /// Queues something behind all that waits. Nothing is queued any more once the session has been ended.
    pub fn push(&self, outgoing: Outgoing) -> Result<(), Full> {
        let mut queue = self.lock();
        if queue.ending.is_some() {
            return Ok(());
        }
        // What made a connection part from a session that can be resumed has room yet: nothing in between is lost.
        let room = match queue.link {
            Some(_) => self.max_bytes,
            None => self.max_bytes * 2,
        };
        let bytes = queue.bytes + outgoing.weight();
        if bytes > room || !self.budget.allows(bytes) {
            return Err(Full(outgoing));
        }
        queue.bytes = bytes;
        let outgoing = match outgoing {
            Outgoing::Stanza(delivery) => Outgoing::Stanza(delivery.charged(&self.budget)),
            nonza => nonza,
        };
        if queue.hold_back_or_queue(outgoing) {
            queue.wake();
        }
        Ok(())
    }

    /// Whether a connection has yet to take more than half of what may wait for it. Who has much to tell waits then.
    pub fn is_crowded(&self) -> bool {
        let queue = self.lock();
        queue.ending.is_none() && queue.link.is_some() && queue.bytes > self.max_bytes / 2
    }

    /// Ends the session after what is queued. The first ending counts. True: there is a connection to write that.
    pub fn end(&self, ending: Ending) -> bool {
        let mut queue = self.lock();
        queue.ending.get_or_insert(ending);
        if let Some(link) = &queue.link {
            link.stop();
        }
        queue.link.is_some()
    }

    /// Whether `link` is the connection of the session, ended or not.
    pub fn is_carried_by(&self, link: &Arc<Link>) -> bool {
        self.lock()
            .link
            .as_ref()
            .is_some_and(|current| Arc::ptr_eq(current, link))
    }

    pub fn is_ended(&self) -> bool {
        self.lock().ending.is_some()
    }

    /// Lets the client come back for the session within this time once it has lost its connection.
    pub fn set_resumption(&self, patience: Duration) {
        self.lock().resumption = Some(patience);
    }

    /// Takes the client's word that it has got so many stanzas, and gives the rows of the offline store that go with it.
    pub fn acknowledge(&self, h: u32) -> Result<Vec<i64>, TooHigh> {
        self.lock().acknowledge(h)
    }

    /// While nobody is looking, what can wait is held back.
    pub fn set_inactive(&self, inactive: bool) {
        let mut queue = self.lock();
        queue.inactive = inactive;
        if !inactive && queue.release_held_back() {
            queue.wake();
        }
    }

    /// Whether a connection is there to carry it.
    pub fn is_attached(&self) -> bool {
        self.lock().link.is_some()
    }

    /// Whether a connection carries what comes to somebody who is looking.
    pub fn is_awake(&self) -> bool {
        let queue = self.lock();
        queue.link.is_some() && !queue.inactive && queue.ending.is_none()
    }

    /// Whether a client may come back for it.
    pub fn is_resumable(&self) -> bool {
        let queue = self.lock();
        queue.ending.is_none() && queue.resumption.is_some()
    }

    /// Parts the session from its connection (from `link` only, where that is given), which ends as said.
    pub fn part(&self, link: Option<&Arc<Link>>, ending: Ending) -> Parting {
        let mut queue = self.lock();
        let Some(current) = queue.link.clone() else {
            return Parting::Elsewhere;
        };
        if queue.ending.is_some() || link.is_some_and(|link| !Arc::ptr_eq(link, &current)) {
            return Parting::Elsewhere;
        }
        // Before `<enabled/>` is out nobody knows how to come back.
        let (Some(patience), Some(_)) = (queue.resumption, &queue.unacked) else {
            return Parting::Over;
        };
        if self.budget.is_spent() {
            return Parting::Over;
        }
        queue.link = None;
        queue.partings = queue.partings.wrapping_add(1);
        current.cut(ending);
        Parting::Waits {
            parting: queue.partings,
            patience,
        }
    }

    /// Ends the session if it has waited to be resumed since that parting.
    pub fn expire(&self, parting: u32) -> bool {
        let mut queue = self.lock();
        let waits = queue.ending.is_none() && queue.link.is_none() && queue.partings == parting;
        if waits {
            queue.ending = Some(Ending::Lost);
        }
        waits
    }

    /// Puts what a stream begins with before all that waits. Nothing has been written yet.
    pub fn begin_with(&self, greeting: impl IntoIterator<Item = Element>) {
        let mut queue = self.lock();
        queue.put_first(greeting);
        queue.wake();
    }

    /// Counts stanzas from the first one on: stream management is on before anything is written.
    pub fn count_from_the_first(&self) {
        self.lock().unacked = Some(Unacked::default());
    }

    /// Goes on with another connection, where the client has got `h` stanzas: what it has not got is sent again, behind
    /// `greeting`. Gives the rows of the offline store that it has got.
    pub fn resume(&self, h: u32, greeting: impl FnOnce() -> Vec<Element>) -> Result<(Arc<Link>, Vec<i64>), NotResumed> {
        let mut queue = self.lock();
        let (None, Some(_), Some(unacked)) = (queue.ending, queue.resumption, &queue.unacked) else {
            return Err(NotResumed::Gone);
        };
        unacked.check(h).map_err(NotResumed::TooHigh)?;
        if let Some(link) = &queue.link {
            return Err(NotResumed::Busy(Arc::clone(link)));
        }
        let held = queue.acknowledge(h).map_err(NotResumed::TooHigh)?;
        let again = queue.unacked.as_mut().map(Unacked::take).unwrap_or_default();
        // Whatever was no stanza belonged to the connection that is lost.
        let behind = std::mem::take(&mut queue.outgoing);
        let behind = behind
            .into_iter()
            .filter(|outgoing| matches!(outgoing, Outgoing::Stanza(_)));
        queue.outgoing = again.into_iter().map(Outgoing::Stanza).chain(behind).collect();
        queue.inactive = false;
        queue.release_held_back();
        queue.bytes = queue.outgoing.iter().map(Outgoing::weight).sum();
        queue.put_first(greeting());
        let link = Arc::new(Link::default());
        queue.link = Some(Arc::clone(&link));
        Ok((link, held))
    }

    /// Takes out all that the client of an ended session has not got, or did not say it has.
    pub fn take_remains(&self) -> Vec<Delivery> {
        let mut queue = self.lock();
        let Some(unacked) = &mut queue.unacked else {
            return Vec::new();
        };
        let mut remains = Vec::from(unacked.take());
        remains.extend(
            std::mem::take(&mut queue.outgoing)
                .into_iter()
                .filter_map(|outgoing| match outgoing {
                    Outgoing::Stanza(delivery) => Some(delivery),
                    Outgoing::Nonza(_) | Outgoing::Enabled(_) => None,
                }),
        );
        queue.bytes = 0;
        remains
    }

    /// Waits for something to do, and takes up to about `max_bytes` of it. May be cancelled without loss.
    pub async fn work(&self, link: &Link, max_bytes: usize) -> Work {
        loop {
            if let Some(work) = self.take(link, max_bytes) {
                return work;
            }
            link.woken().await;
        }
    }

    fn take(&self, link: &Link, max_bytes: usize) -> Option<Work> {
        let mut queue = self.lock();
        if let Some(ending) = link.ending() {
            return Some(Work::End(ending));
        }
        if queue.outgoing.is_empty() || queue.ending == Some(Ending::Lost) {
            return queue.ending.map(Work::End);
        }
        Some(Work::Write(queue.take_batch(max_bytes)))
    }

    fn lock(&self) -> Locked<'_> {
        Locked {
            queue: self.queue.lock().unwrap_or_else(PoisonError::into_inner),
            budget: &self.budget,
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let queue = self.queue.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.budget.change(queue.charged, 0);
    }
}

/// Tells the budget what has changed when it goes.
struct Locked<'outbox> {
    queue: MutexGuard<'outbox, Queue>,
    budget: &'outbox Budget,
}

impl Deref for Locked<'_> {
    type Target = Queue;

    fn deref(&self) -> &Queue {
        &self.queue
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Queue {
        &mut self.queue
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let is_detached = self.queue.link.is_none() && self.queue.ending.is_none();
        let now = self.queue.waiting() * PLACE + if is_detached { DETACHED } else { 0 };
        if now != self.queue.charged {
            self.budget.change(self.queue.charged, now);
            self.queue.charged = now;
        }
    }
}
