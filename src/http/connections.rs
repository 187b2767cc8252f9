//! The open connections of all listeners: how many there may be, which one makes room for a new one,
//! and the sweep that ends those which keep the server waiting.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior};

use super::Limits;
use super::slot::{Order, Slot, Time, milliseconds};

/// Connections on their way out that may exist beside the allowed number.
const LEAVING: usize = 256;
/// How long a client must have kept the server waiting before it can lose its place to another.
const MIN_WAIT: Duration = Duration::from_secs(1);
/// Refusals are logged at most this often.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// Shared by all listeners of a service.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    time: Arc<Time>,
    open: Mutex<Open>,
    refused: AtomicU64,
}

#[derive(Debug, Default)]
struct Open {
    /// By age, so that of two connections that are idle for as long the older one goes.
    slots: BTreeMap<u64, Arc<Slot>>,
    next_id: u64,
}

/// A place among the open connections, held as long as the connection lives.
#[derive(Debug)]
pub(super) struct Seat {
    shared: Arc<Shared>,
    id: u64,
    pub(super) slot: Arc<Slot>,
}

impl Connections {
    /// Starts the sweep, which ends when the last clone is gone. Needs a tokio runtime.
    pub fn new(limits: Limits) -> Self {
        let time = Arc::new(Time {
            limits,
            now: AtomicU64::new(0),
        });
        let shared = Arc::new(Shared {
            time,
            open: Mutex::default(),
            refused: AtomicU64::new(0),
        });
        tokio::spawn(sweep(Arc::downgrade(&shared), sweep_interval(&limits)));
        Self(shared)
    }

    /// How many connections are open now.
    pub fn open(&self) -> usize {
        self.0.open().slots.len()
    }

    /// How many connections were refused because there was no room.
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Relaxed)
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.0.time.limits
    }

    /// A place for a new connection, if need be that of one that is idle or keeps the server waiting.
    pub(super) fn admit(&self) -> Option<Seat> {
        let limit = self.limits().max_connections;
        let mut open = self.0.open();
        if open.slots.len() >= limit && !open.make_room(limit, self.0.time.now()) {
            self.0.refused.fetch_add(1, Relaxed);
            return None;
        }
        let id = open.next_id;
        open.next_id += 1;
        let slot = Arc::new(Slot::new(Arc::clone(&self.0.time)));
        open.slots.insert(id, Arc::clone(&slot));
        Some(Seat {
            shared: Arc::clone(&self.0),
            id,
            slot,
        })
    }

    /// Makes one connection leave, where the operating system has no room for another.
    pub(super) fn evict_one(&self) {
        self.0.open().evict(self.0.time.now());
    }

    pub(super) fn order_all(&self, order: Order) {
        self.0.open().slots.values().for_each(|slot| slot.order(order));
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn make_room(&mut self, limit: usize, now: u64) -> bool {
        let leaving = self.slots.values().filter(|slot| slot.is_leaving()).count();
        self.slots.len() - leaving < limit || (leaving < LEAVING && self.evict(now))
    }

    fn evict(&mut self, now: u64) -> bool {
        let min_wait = milliseconds(MIN_WAIT);
        let victim = self
            .slots
            .values()
            .filter_map(|slot| slot.expendability(now, min_wait).map(|rank| (rank, slot)))
            .min_by_key(|(rank, _)| *rank);
        let Some((_, slot)) = victim else { return false };
        slot.evict();
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.open().slots.remove(&self.id);
    }
}

/// Fine enough that no limit is overrun by more than a tenth, and no finer than once in half a second by default.
fn sweep_interval(limits: &Limits) -> Duration {
    let shortest = [
        limits.header_timeout,
        limits.body_timeout,
        limits.write_timeout,
        limits.idle_timeout,
        limits.handshake_timeout,
    ];
    let shortest = shortest.into_iter().min().unwrap_or_default();
    (shortest / 10).clamp(Duration::from_millis(5), Duration::from_millis(500))
}

async fn sweep(shared: Weak<Shared>, interval: Duration) {
    let start = Instant::now();
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let (mut reported, mut last_report) = (0, start);
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else { return };
        let now = milliseconds(start.elapsed());
        shared.time.now.store(now, Relaxed);
        shared.open().slots.values().for_each(|slot| slot.check(now));
        let refused = shared.refused.load(Relaxed);
        if refused > reported && last_report.elapsed() >= REPORT_INTERVAL {
            let limit = shared.time.limits.max_connections;
            tracing::warn!(
                refused = refused - reported,
                limit,
                "connections refused: http.limits.max_connections is reached"
            );
            (reported, last_report) = (refused, Instant::now());
        }
    }
}
