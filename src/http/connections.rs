//! The open connections of all listeners: how many there may be, which one makes room for a new one,
//! and the sweep that ends those which keep the server waiting.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::MissedTickBehavior;

use super::Limits;
use super::metrics::{ConnectionMetrics, ListenerMetrics};
use super::slot::{Order, Slot, Time, milliseconds};

/// Connections that are allowed however little room the operating system has, and connections on their way
/// out that may exist beside the allowed number, which is otherwise an eighth of that.
const FEW: usize = 16;
/// Refusals are logged at most this often.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// Shared by all listeners of a service.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    time: Arc<Time>,
    open: Mutex<Open>,
    /// The configured limit, or a lower one that the operating system turned out to have.
    limit: AtomicUsize,
    refused: AtomicU64,
    metrics: ConnectionMetrics,
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
    metrics: Arc<ListenerMetrics>,
}

impl Connections {
    /// Starts the sweep, which ends when the last clone is gone. Needs a tokio runtime.
    pub fn new(limits: Limits) -> Self {
        Self::counted(limits, ConnectionMetrics::default())
    }

    /// As `new`, with what is counted going to `metrics`.
    pub fn counted(limits: Limits, metrics: ConnectionMetrics) -> Self {
        let time = Arc::new(Time {
            limits,
            now: AtomicU64::new(0),
        });
        let shared = Arc::new(Shared {
            time,
            open: Mutex::default(),
            limit: AtomicUsize::new(limits.max_connections),
            refused: AtomicU64::new(0),
            metrics,
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

    pub fn limits(&self) -> &Limits {
        &self.0.time.limits
    }

    /// What is counted of the connections of a listener with this name.
    pub(super) fn metrics_of(&self, listener: &str) -> Arc<ListenerMetrics> {
        Arc::new(self.0.metrics.of(listener))
    }

    /// A place for a new connection, if need be that of one that is idle or waits for its client. So a new
    /// client is let in as long as not all others are being worked for.
    pub(super) fn admit(&self, metrics: &Arc<ListenerMetrics>) -> Option<Seat> {
        let limit = self.0.limit.load(Relaxed);
        let mut open = self.0.open();
        if open.slots.len() >= limit && !open.make_room(limit) {
            self.0.refused.fetch_add(1, Relaxed);
            metrics.refused.inc();
            return None;
        }
        let id = open.next_id;
        open.next_id += 1;
        let slot = Arc::new(Slot::new(Arc::clone(&self.0.time), metrics.evicted.clone()));
        open.slots.insert(id, Arc::clone(&slot));
        metrics.accepted.inc();
        metrics.open.inc();
        Some(Seat {
            shared: Arc::clone(&self.0),
            id,
            slot,
            metrics: Arc::clone(metrics),
        })
    }

    /// Lowers the limit below what is open now, as the operating system has no room for more, and makes the
    /// surplus leave. Returns the new limit.
    pub(super) fn shrink(&self) -> usize {
        let mut open = self.0.open();
        let limit = (open.slots.len() / 8 * 7).max(FEW);
        self.0.limit.fetch_min(limit, Relaxed);
        for _ in limit..open.slots.len() {
            open.evict();
        }
        limit
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
    fn make_room(&mut self, limit: usize) -> bool {
        let leaving = self.slots.values().filter(|slot| slot.is_leaving()).count();
        self.slots.len() - leaving < limit || (leaving < FEW.max(limit / 8) && self.evict())
    }

    fn evict(&mut self) -> bool {
        let ranked = self
            .slots
            .values()
            .filter_map(|slot| Some((slot.expendability()?, slot)));
        let Some((_, slot)) = ranked.min_by_key(|(rank, _)| *rank) else {
            return false;
        };
        slot.evict();
        true
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.shared.open().slots.remove(&self.id);
        self.metrics.open.dec();
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
    let mut ticks = tokio::time::interval(interval);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let start = ticks.tick().await;
    let (mut reported, mut last_report) = (0, start);
    loop {
        let tick = ticks.tick().await;
        let Some(shared) = shared.upgrade() else { return };
        let now = milliseconds(tick - start);
        shared.time.now.store(now, Relaxed);
        shared.open().slots.values().for_each(|slot| slot.check(now));
        let refused = shared.refused.load(Relaxed);
        if refused > reported && tick - last_report >= REPORT_INTERVAL {
            let (refused_since, limit) = (refused - reported, shared.limit.load(Relaxed));
            tracing::warn!(
                refused_since,
                limit,
                "connections refused: http.limits.max_connections is reached"
            );
            (reported, last_report) = (refused, tick);
        }
    }
}
