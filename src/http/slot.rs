//! What one connection is doing and until when it may, in a form that the connection writes and the
//! sweep of [`super::Connections`] reads without a lock. Time is counted in ticks of a coarse clock that the
//! sweep advances, so that no request pays for a timer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::Notify;

use super::Limits;
use crate::metrics::IntCounter;

/// Never.
const FOREVER: u64 = u64::MAX;
/// A client that is behind catches up by more than this many bytes in a millisecond (16 KiB a second).
const BYTES_PER_MILLISECOND: u64 = 16;
/// How long a connection that was asked to finish may take when nothing is in progress.
const GRACE: Duration = Duration::from_secs(2);

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The next request.
    Idle,
    /// The first bytes, or the TLS handshake.
    Greeting,
    /// The rest of a head.
    Head,
    /// More of a request body.
    Body,
    /// The service.
    Busy,
}

impl Phase {
    const ALL: [Self; 5] = [Self::Idle, Self::Greeting, Self::Head, Self::Body, Self::Busy];
}

/// What the sweep wants of a connection.
#[derive(Clone, Copy, Debug)]
#[repr(u8)]
pub(super) enum Order {
    /// Answer what is in progress, then close.
    Finish = 1,
    /// Fail the reading of the request body, so that the service can answer.
    FailRead = 2,
    /// Close now.
    Cut = 4,
}

/// The time and limits that all connections share.
#[derive(Debug)]
pub(super) struct Time {
    pub(super) limits: Limits,
    /// Milliseconds since the start, as of the last sweep.
    pub(super) now: AtomicU64,
}

impl Time {
    pub(super) fn now(&self) -> u64 {
        self.now.load(Relaxed)
    }
}

#[derive(Debug)]
pub(super) struct Slot {
    time: Arc<Time>,
    /// The phase in the lowest three bits, above them the tick at which it began.
    state: AtomicU64,
    /// The tick at which the phase has lasted too long.
    deadline: AtomicU64,
    /// The tick at which the client has taken nothing for too long; [`FOREVER`] while it keeps up.
    write_deadline: AtomicU64,
    orders: AtomicU8,
    wake: Notify,
    /// The service left a request body unread.
    pub(super) unread_body: AtomicBool,
    evictions: IntCounter,
}

impl Slot {
    /// `evictions` counts when the connection has to make room.
    pub(super) fn new(time: Arc<Time>, evictions: IntCounter) -> Self {
        let slot = Self {
            time,
            state: AtomicU64::new(0),
            deadline: AtomicU64::new(FOREVER),
            write_deadline: AtomicU64::new(FOREVER),
            orders: AtomicU8::new(0),
            wake: Notify::new(),
            unread_body: AtomicBool::new(false),
            evictions,
        };
        slot.enter(Phase::Greeting);
        slot
    }

    pub(super) fn enter(&self, phase: Phase) {
        let limits = &self.time.limits;
        let deadline = match phase {
            Phase::Idle => self.after(limits.idle_timeout),
            Phase::Greeting => self.after(limits.handshake_timeout),
            Phase::Head => self.after(limits.header_timeout),
            Phase::Body => self.after(limits.body_timeout),
            Phase::Busy => FOREVER,
        };
        self.enter_until(phase, deadline);
    }

    /// Bytes arrived: where nothing was in progress, a head begins.
    pub(super) fn received(&self) {
        if matches!(self.phase(), Phase::Idle | Phase::Greeting) {
            self.enter(Phase::Head);
        }
    }

    pub(super) fn await_body(&self, patience: &mut Patience) {
        let since = *patience.waiting_since.get_or_insert(self.time.now());
        let left = milliseconds(self.time.limits.body_timeout).saturating_sub(patience.debt);
        self.enter_until(Phase::Body, since.saturating_add(left));
    }

    pub(super) fn got_body(&self, patience: &mut Patience, bytes: usize) {
        if patience.settle(self.time.now(), bytes) {
            self.enter(Phase::Busy);
        }
    }

    pub(super) fn await_write(&self, patience: &mut Patience) {
        if patience.waiting_since.is_none() {
            let now = self.time.now();
            patience.waiting_since = Some(now);
            let left = milliseconds(self.time.limits.write_timeout).saturating_sub(patience.debt);
            self.write_deadline.store(now.saturating_add(left), Relaxed);
        }
    }

    pub(super) fn wrote(&self, patience: &mut Patience, bytes: usize) {
        if patience.settle(self.time.now(), bytes) {
            self.write_deadline.store(FOREVER, Relaxed);
        }
    }

    /// The connection is about to close and may linger a little.
    pub(super) fn close_soon(&self) {
        self.write_deadline.store(self.after(GRACE), Relaxed);
    }

    pub(super) fn has(&self, order: Order) -> bool {
        self.orders.load(Relaxed) & order as u8 != 0
    }

    pub(super) fn order(&self, order: Order) {
        self.orders.fetch_or(order as u8, Relaxed);
        self.wake.notify_one();
    }

    /// Returns when there is a new order.
    pub(super) async fn ordered(&self) {
        self.wake.notified().await;
    }

    /// Acts on deadlines that have passed.
    pub(super) fn check(&self, now: u64) {
        if now >= self.write_deadline.load(Relaxed) {
            return self.order(Order::Cut);
        }
        if now < self.deadline.load(Relaxed) {
            return;
        }
        let (order, grace) = match self.phase() {
            Phase::Idle if !self.has(Order::Finish) => (Order::Finish, GRACE),
            Phase::Body if !self.has(Order::FailRead) => (Order::FailRead, self.time.limits.write_timeout),
            _ => (Order::Cut, GRACE),
        };
        self.deadline.store(self.after(grace), Relaxed);
        self.order(order);
    }

    /// How well the connection would suit to make room for another: the smaller the better, `None` not at all.
    /// Idle ones come first, then those that wait for their client, and of each kind the one that has waited longest.
    pub(super) fn expendability(&self) -> Option<(bool, u64)> {
        if self.is_leaving() {
            return None;
        }
        let (phase, since) = self.phase_since();
        let is_stalled = self.write_deadline.load(Relaxed) != FOREVER;
        match phase {
            Phase::Idle if !is_stalled => Some((false, since)),
            Phase::Busy if !is_stalled => None,
            _ => Some((true, since)),
        }
    }

    pub(super) fn is_leaving(&self) -> bool {
        self.has(Order::Finish) || self.has(Order::Cut)
    }

    /// Makes the connection leave: kindly when it is idle, at once when it keeps the server waiting.
    pub(super) fn evict(&self) {
        self.evictions.inc();
        self.order(if self.phase() == Phase::Idle {
            Order::Finish
        } else {
            Order::Cut
        });
    }

    fn phase(&self) -> Phase {
        self.phase_since().0
    }

    fn phase_since(&self) -> (Phase, u64) {
        let state = self.state.load(Relaxed);
        let phase = Phase::ALL
            .into_iter()
            .find(|phase| *phase as u64 == state & 7)
            .unwrap_or(Phase::Busy);
        (phase, state >> 3)
    }

    fn enter_until(&self, phase: Phase, deadline: u64) {
        self.deadline.store(deadline, Relaxed);
        self.state.store(self.time.now() << 3 | phase as u64, Relaxed);
    }

    fn after(&self, duration: Duration) -> u64 {
        self.time.now().saturating_add(milliseconds(duration))
    }
}

/// How far a client is behind in one direction: waiting adds to it, bytes take from it.
#[derive(Debug, Default)]
pub(super) struct Patience {
    debt: u64,
    waiting_since: Option<u64>,
}

impl Patience {
    /// Counts bytes that came or went; true when the client was waited for.
    fn settle(&mut self, now: u64, bytes: usize) -> bool {
        let waited = self.waiting_since.take().map(|since| now.saturating_sub(since));
        let caught_up = u64::try_from(bytes).unwrap_or(u64::MAX) / BYTES_PER_MILLISECOND;
        self.debt = self
            .debt
            .saturating_add(waited.unwrap_or_default())
            .saturating_sub(caught_up);
        waited.is_some()
    }
}

pub(super) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
