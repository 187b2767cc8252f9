//! What waits to be written to a client. Pushing never waits: the queue is bounded by bytes, and who pushes learns when
//! it is full. One task at a time, that of the connection, drains it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::domain::address::FullAddress;
use crate::engine::stanza::Stanza;
use crate::engine::stream_error::StreamError;
use crate::engine::xml::Element;

/// A stanza on its way to one client.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub stanza: Arc<Stanza>,
    /// Whom it is for, where the stanza itself is shared by many recipients.
    pub to: Option<Arc<FullAddress>>,
    /// The row of the offline store that goes when the client has it.
    pub held: Option<i64>,
}

impl From<Arc<Stanza>> for Delivery {
    fn from(stanza: Arc<Stanza>) -> Self {
        Self {
            stanza,
            to: None,
            held: None,
        }
    }
}

impl From<Stanza> for Delivery {
    fn from(stanza: Stanza) -> Self {
        Arc::new(stanza).into()
    }
}

#[derive(Debug, Clone)]
pub enum Outgoing {
    Stanza(Delivery),
    /// A first-level element that is no stanza.
    Nonza(Element),
}

impl Outgoing {
    /// The row of the offline store that goes when the client has it.
    pub fn held(&self) -> Option<i64> {
        match self {
            Self::Stanza(delivery) => delivery.held,
            Self::Nonza(_) => None,
        }
    }

    fn weight(&self) -> usize {
        const NONZA: usize = 256;
        match self {
            Self::Stanza(delivery) => delivery.stanza.weight(),
            Self::Nonza(_) => NONZA,
        }
    }
}

/// How a stream ends from our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// `</stream:stream>` without an error.
    Closed,
    Error(StreamError),
    /// The connection is lost: nothing can be told.
    Lost,
}

/// The queue had no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// What the connection has to do next.
#[derive(Debug)]
pub enum Work {
    Write(Vec<Outgoing>),
    End(Ending),
}

#[derive(Debug)]
pub struct Outbox {
    inner: Mutex<Inner>,
    wake: Notify,
    max_bytes: usize,
}

#[derive(Debug, Default)]
struct Inner {
    queue: VecDeque<Outgoing>,
    bytes: usize,
    ending: Option<Ending>,
}

impl Outbox {
    pub fn new(max_bytes: usize) -> Self {
        Self {
            inner: Mutex::default(),
            wake: Notify::new(),
            max_bytes,
        }
    }

    /// Queues something behind all that waits. Nothing is queued any more once the session has been ended.
    pub fn push(&self, outgoing: Outgoing) -> Result<(), Full> {
        let mut inner = self.lock();
        if inner.ending.is_some() {
            return Ok(());
        }
        let bytes = inner.bytes + outgoing.weight();
        if bytes > self.max_bytes {
            return Err(Full);
        }
        inner.bytes = bytes;
        inner.queue.push_back(outgoing);
        drop(inner);
        self.wake.notify_one();
        Ok(())
    }

    /// Ends the stream after what is queued. The first ending counts.
    pub fn end(&self, ending: Ending) {
        self.lock().ending.get_or_insert(ending);
        self.wake.notify_one();
    }

    pub fn is_ending(&self) -> bool {
        self.lock().ending.is_some()
    }

    /// Waits for something to do, and takes up to about `max_bytes` of it. May be cancelled without loss.
    pub async fn work(&self, max_bytes: usize) -> Work {
        loop {
            if let Some(work) = self.take(max_bytes) {
                return work;
            }
            self.wake.notified().await;
        }
    }

    fn take(&self, max_bytes: usize) -> Option<Work> {
        let mut inner = self.lock();
        if inner.queue.is_empty() || inner.ending == Some(Ending::Lost) {
            return inner.ending.map(Work::End);
        }
        let mut taken = Vec::new();
        let mut bytes = 0;
        while bytes < max_bytes {
            let Some(outgoing) = inner.queue.pop_front() else { break };
            bytes += outgoing.weight();
            taken.push(outgoing);
        }
        inner.bytes -= bytes;
        if inner.queue.is_empty() {
            // An idle session holds no queue.
            inner.queue = VecDeque::new();
        }
        Some(Work::Write(taken))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
