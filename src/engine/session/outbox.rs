//! What waits to be written to a client. Pushing never waits: the queue is bounded by bytes, and who pushes learns when
//! it is full. One connection at a time drains it. With stream management (XEP-0198) what was written stays here until
//! the client has acknowledged it, and waits for the next connection when one is lost.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::held_back::{self, HeldBack};
use super::link::Link;
use super::outgoing::{Delivery, Ending, Outgoing};
use super::unacked::{TooHigh, Unacked};
use crate::engine::budget::{Budget, DETACHED};
use crate::engine::xml::{Element, ns};

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

/// What goes out in one write.
#[derive(Debug, Default)]
pub struct Batch {
    pub outgoing: Vec<Outgoing>,
    /// The rows of the offline store that go with the write, because the client acknowledges nothing.
    pub held: Vec<i64>,
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
    inner: Mutex<Inner>,
    max_bytes: usize,
    budget: Arc<Budget>,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Outgoing>,
    /// Of all that is queued, held back or unacknowledged.
    bytes: usize,
    /// What the budget of all counts of it beside the stanzas themselves.
    charged: usize,
    ending: Option<Ending>,
    link: Option<Arc<Link>>,
    partings: u32,
    /// Stream management is on: stanzas are counted.
    unacked: Option<Unacked>,
    /// How long it may be resumed.
    resumption: Option<Duration>,
    /// Nobody is looking (XEP-0352).
    inactive: bool,
    held_back: HeldBack,
}

impl Outbox {
    /// An empty one, with its first connection. `budget` is that of all.
    pub fn new(max_bytes: usize, budget: Arc<Budget>) -> (Self, Arc<Link>) {
        let link = Arc::new(Link::default());
        let inner = Inner {
            link: Some(Arc::clone(&link)),
            ..Inner::default()
        };
        let outbox = Self {
            inner: Mutex::new(inner),
            max_bytes,
            budget,
        };
        (outbox, link)
    }

    /// Queues something behind all that waits. Nothing is queued any more once the session has been ended.
    pub fn push(&self, outgoing: Outgoing) -> Result<(), Full> {
        let mut inner = self.lock();
        if inner.ending.is_some() {
            return Ok(());
        }
        // What made a connection part from a session that can be resumed has room yet: nothing in between is lost.
        let room = match inner.link {
            Some(_) => self.max_bytes,
            None => self.max_bytes * 2,
        };
        let bytes = inner.bytes + outgoing.weight();
        if bytes > room || !self.budget.allows(bytes) {
            return Err(Full(outgoing));
        }
        inner.bytes = bytes;
        let outgoing = match outgoing {
            Outgoing::Stanza(delivery) => Outgoing::Stanza(delivery.charged(&self.budget)),
            nonza => nonza,
        };
        if inner.hold_back_or_queue(outgoing) {
            inner.wake();
        }
        Ok(())
    }

    /// Whether a connection has yet to take more than half of what may wait for it. Who has much to tell waits then.
    pub fn is_crowded(&self) -> bool {
        let inner = self.lock();
        inner.ending.is_none() && inner.link.is_some() && inner.bytes > self.max_bytes / 2
    }

    /// Ends the session after what is queued. The first ending counts. True: there is a connection to write that.
    pub fn end(&self, ending: Ending) -> bool {
        let mut inner = self.lock();
        inner.ending.get_or_insert(ending);
        if let Some(link) = &inner.link {
            link.stop();
        }
        inner.link.is_some()
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
        let mut inner = self.lock();
        inner.inactive = inactive;
        if !inactive && inner.release_held_back() {
            inner.wake();
        }
    }

    /// Whether a connection is there to carry it.
    pub fn is_attached(&self) -> bool {
        self.lock().link.is_some()
    }

    /// Whether a connection carries what comes to somebody who is looking.
    pub fn is_awake(&self) -> bool {
        let inner = self.lock();
        inner.link.is_some() && !inner.inactive && inner.ending.is_none()
    }

    /// Whether a client may come back for it.
    pub fn is_resumable(&self) -> bool {
        let inner = self.lock();
        inner.ending.is_none() && inner.resumption.is_some()
    }

    /// Parts the session from its connection (from `link` only, where that is given), which ends as said.
    pub fn part(&self, link: Option<&Arc<Link>>, ending: Ending) -> Parting {
        let mut inner = self.lock();
        let Some(current) = inner.link.clone() else {
            return Parting::Elsewhere;
        };
        if inner.ending.is_some() || link.is_some_and(|link| !Arc::ptr_eq(link, &current)) {
            return Parting::Elsewhere;
        }
        // Before `<enabled/>` is out nobody knows how to come back.
        let (Some(patience), Some(_)) = (inner.resumption, &inner.unacked) else {
            return Parting::Over;
        };
        if self.budget.is_spent() {
            return Parting::Over;
        }
        inner.link = None;
        inner.partings = inner.partings.wrapping_add(1);
        current.cut(ending);
        Parting::Waits {
            parting: inner.partings,
            patience,
        }
    }

    /// Ends the session if it has waited to be resumed since that parting.
    pub fn expire(&self, parting: u32) -> bool {
        let mut inner = self.lock();
        let waits = inner.ending.is_none() && inner.link.is_none() && inner.partings == parting;
        if waits {
            inner.ending = Some(Ending::Lost);
        }
        waits
    }

    /// Puts what a stream begins with before all that waits. Nothing has been written yet.
    pub fn begin_with(&self, greeting: impl IntoIterator<Item = Element>) {
        let mut inner = self.lock();
        inner.put_first(greeting);
        inner.wake();
    }

    /// Counts stanzas from the first one on: stream management is on before anything is written.
    pub fn count_from_the_first(&self) {
        self.lock().unacked = Some(Unacked::default());
    }

    /// Goes on with another connection, where the client has got `h` stanzas: what it has not got is sent again, behind
    /// `greeting`. Gives the rows of the offline store that it has got.
    pub fn resume(&self, h: u32, greeting: impl FnOnce() -> Vec<Element>) -> Result<(Arc<Link>, Vec<i64>), NotResumed> {
        let mut inner = self.lock();
        let (None, Some(_), Some(unacked)) = (inner.ending, inner.resumption, &inner.unacked) else {
            return Err(NotResumed::Gone);
        };
        unacked.check(h).map_err(NotResumed::TooHigh)?;
        if let Some(link) = &inner.link {
            return Err(NotResumed::Busy(Arc::clone(link)));
        }
        let held = inner.acknowledge(h).map_err(NotResumed::TooHigh)?;
        let again = inner.unacked.as_mut().map(Unacked::take).unwrap_or_default();
        // Whatever was no stanza belonged to the connection that is lost.
        let behind = std::mem::take(&mut inner.queue);
        let behind = behind
            .into_iter()
            .filter(|outgoing| matches!(outgoing, Outgoing::Stanza(_)));
        let queue: VecDeque<Outgoing> = again.into_iter().map(Outgoing::Stanza).chain(behind).collect();
        inner.bytes = queue.iter().map(Outgoing::weight).sum();
        inner.queue = queue;
        inner.put_first(greeting());
        inner.inactive = false;
        inner.release_held_back();
        let link = Arc::new(Link::default());
        inner.link = Some(Arc::clone(&link));
        Ok((link, held))
    }

    /// Takes out all that the client of an ended session has not got, or did not say it has.
    pub fn take_remains(&self) -> Vec<Delivery> {
        let mut inner = self.lock();
        let Some(unacked) = &mut inner.unacked else {
            return Vec::new();
        };
        let mut remains = Vec::from(unacked.take());
        remains.extend(
            std::mem::take(&mut inner.queue)
                .into_iter()
                .filter_map(|outgoing| match outgoing {
                    Outgoing::Stanza(delivery) => Some(delivery),
                    Outgoing::Nonza(_) | Outgoing::Enabled(_) => None,
                }),
        );
        inner.bytes = 0;
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
        let mut inner = self.lock();
        if let Some(ending) = link.ending() {
            return Some(Work::End(ending));
        }
        if inner.queue.is_empty() || inner.ending == Some(Ending::Lost) {
            return inner.ending.map(Work::End);
        }
        Some(Work::Write(inner.take_batch(max_bytes)))
    }

    fn lock(&self) -> Locked<'_> {
        Locked {
            inner: self.inner.lock().unwrap_or_else(PoisonError::into_inner),
            budget: &self.budget,
        }
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.budget.change(inner.charged, 0);
    }
}

/// Tells the budget what has changed when it goes.
struct Locked<'outbox> {
    inner: MutexGuard<'outbox, Inner>,
    budget: &'outbox Budget,
}

impl Deref for Locked<'_> {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut Inner {
        &mut self.inner
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let is_detached = self.inner.link.is_none() && self.inner.ending.is_none();
        let now = self.inner.waiting() * PLACE + if is_detached { DETACHED } else { 0 };
        if now != self.inner.charged {
            self.budget.change(self.inner.charged, now);
            self.inner.charged = now;
        }
    }
}

impl Inner {
    /// How many wait, to be written or acknowledged.
    fn waiting(&self) -> usize {
        self.queue.len() + self.held_back.len() + self.unacked.as_ref().map_or(0, Unacked::len)
    }

    fn wake(&self) {
        if let Some(link) = &self.link {
            link.wake();
        }
    }

    fn put_first(&mut self, greeting: impl IntoIterator<Item = Element>) {
        let greeting: Vec<_> = greeting.into_iter().map(Outgoing::nonza).collect();
        self.bytes += greeting.iter().map(Outgoing::weight).sum::<usize>();
        for outgoing in greeting.into_iter().rev() {
            self.queue.push_front(outgoing);
        }
    }

    /// Whether there is something to write now.
    fn hold_back_or_queue(&mut self, outgoing: Outgoing) -> bool {
        if let (true, Outgoing::Stanza(delivery)) = (self.inactive, &outgoing) {
            if let Some(key) = held_back::key(&delivery.stanza) {
                if let Some(earlier) = self.held_back.put(key, delivery.clone()) {
                    self.bytes -= earlier.weight();
                }
                return false;
            }
            self.release_held_back();
        }
        self.queue.push_back(outgoing);
        true
    }

    fn release_held_back(&mut self) -> bool {
        self.queue.extend(self.held_back.take().map(Outgoing::Stanza));
        !self.queue.is_empty()
    }

    fn acknowledge(&mut self, h: u32) -> Result<Vec<i64>, TooHigh> {
        let Some(unacked) = &mut self.unacked else {
            return Ok(Vec::new());
        };
        let got = unacked.acknowledge(h)?;
        self.bytes -= got.iter().map(Delivery::weight).sum::<usize>();
        Ok(got.into_iter().filter_map(|delivery| delivery.held).collect())
    }

    fn take_batch(&mut self, max_bytes: usize) -> Batch {
        let mut batch = Batch::default();
        let mut taken = 0;
        let mut counted = false;
        while taken < max_bytes {
            let Some(outgoing) = self.queue.pop_front() else { break };
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
        if self.queue.is_empty() {
            // An idle session holds no queue.
            self.queue = VecDeque::new();
        }
        batch
    }
}
