//! Whether the service is well, for the probes. A check in the background publishes what it found
//! every second; a probe reads that and waits for nothing, so load does not make a service look ill.
//! Liveness fails only for what a restart can cure, readiness for all else (Openfire REST API
//! plugin 1.12, §10.17).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, timeout};

use super::Admin;
use crate::domain::clock::Clock;
use crate::domain::health::ConnectionType;

const INTERVAL: Duration = Duration::from_secs(1);

/// How long a check waits for the writer before it looks again at the next one.
const WRITER_PATIENCE: Duration = Duration::from_millis(500);

/// Checks without any movement after which the writer counts as stuck. No job takes a second.
const STUCK_AFTER: u32 = 20;

/// A listener that has not accepted a connection by then does not accept.
const CONNECT_PATIENCE: Duration = Duration::from_secs(1);

/// A finding that is older than this tells that nothing runs here any more.
const STALE_AFTER: SignedDuration = SignedDuration::from_secs(20);

/// What is known of the service's state.
#[derive(Clone)]
pub struct Health(Arc<State>);

struct State {
    clock: Arc<dyn Clock>,
    started: AtomicBool,
    draining: AtomicBool,
    listeners: Mutex<Vec<Listener>>,
    finding: ArcSwap<Finding>,
}

/// A socket that should accept connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listener {
    pub connection_type: ConnectionType,
    pub encrypted: bool,
    pub address: SocketAddr,
}

/// What a check found.
struct Finding {
    at: Timestamp,
    /// Dead or stuck.
    writer_is_lost: bool,
    /// Changes cannot be stored at the moment.
    storage_fails: bool,
    refusing: Vec<Listener>,
}

impl Health {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let finding = Finding {
            at: clock.now(),
            writer_is_lost: false,
            storage_fails: false,
            refusing: Vec::new(),
        };
        Self(Arc::new(State {
            started: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            listeners: Mutex::new(Vec::new()),
            finding: ArcSwap::from_pointee(finding),
            clock,
        }))
    }

    /// From now on `listener` must accept connections. What has no listener is switched off, which is no fault.
    pub fn expect(&self, listener: Listener) {
        if let Ok(mut listeners) = self.0.listeners.lock() {
            listeners.push(listener);
        }
    }

    /// Everything has been started.
    pub fn start(&self) {
        self.0.started.store(true, Ordering::Release);
    }

    /// The service is about to stop: nobody is to be sent here any more.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Release);
    }

    /// Nothing moves any more, and only a restart helps.
    pub fn is_deadlocked(&self) -> bool {
        let finding = self.0.finding.load();
        finding.writer_is_lost || self.0.clock.now().duration_since(finding.at) > STALE_AFTER
    }

    pub fn has_started(&self) -> bool {
        self.0.started.load(Ordering::Acquire)
    }

    /// Started, not about to stop, and able to store changes.
    pub fn is_ready(&self) -> bool {
        let finding = self.0.finding.load();
        let stores = !finding.storage_fails && !finding.writer_is_lost;
        self.has_started() && !self.0.draining.load(Ordering::Acquire) && stores
    }

    /// Whether every listener accepts connections.
    pub fn accepts_connections(&self) -> bool {
        self.0.finding.load().refusing.is_empty()
    }

    /// Whether the listeners of one kind accept connections.
    pub fn accepts(&self, connection_type: ConnectionType, encrypted: bool) -> bool {
        let finding = self.0.finding.load();
        let mut refusing = finding.refusing.iter();
        !refusing.any(|listener| listener.connection_type == connection_type && listener.encrypted == encrypted)
    }

    fn listeners(&self) -> Vec<Listener> {
        self.0.listeners.lock().map(|list| list.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Health")
            .field("started", &self.has_started())
            .finish_non_exhaustive()
    }
}

impl Admin {
    /// Checks the service every second. Never ends.
    pub async fn watch_health(self) {
        let mut writer = WriterCheck::default();
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let listeners = self.health().listeners();
            let (writer_is_lost, refusing) = tokio::join!(writer.is_lost(&self), refusing(listeners));
            let finding = Finding {
                at: self.clock().now(),
                writer_is_lost,
                storage_fails: self.backend().writer_state().failing,
                refusing,
            };
            self.health().0.finding.store(Arc::new(finding));
        }
    }
}

/// Follows the writer from check to check. One trial is under way at a time, so that a writer that
/// is stuck does not find its queue full of them.
#[derive(Default)]
struct WriterCheck {
    trial: Option<JoinHandle<bool>>,
    finished: u64,
    without_movement: u32,
}

impl WriterCheck {
    async fn is_lost(&mut self, admin: &Admin) -> bool {
        let trial = self.trial.get_or_insert_with(|| {
            let admin = admin.clone();
            tokio::spawn(async move { admin.backend().try_writer().await.is_ok() })
        });
        let outcome = timeout(WRITER_PATIENCE, trial).await;
        if outcome.is_ok() {
            self.trial = None;
        }
        let state = admin.backend().writer_state();
        // A trial that fails tells nothing: the queue may be full because the writer stands still.
        let moves = matches!(outcome, Ok(Ok(true))) || state.finished != self.finished;
        self.finished = state.finished;
        self.without_movement = if moves {
            0
        } else {
            self.without_movement.saturating_add(1)
        };
        if self.without_movement == STUCK_AFTER {
            tracing::error!("the database writer does not move; only a restart helps");
        }
        !state.alive || self.without_movement >= STUCK_AFTER
    }
}

/// Those that do not accept a connection.
async fn refusing(listeners: Vec<Listener>) -> Vec<Listener> {
    let tried = listeners.into_iter().map(|listener| async move {
        let connecting = TcpStream::connect(reachable(listener.address));
        let accepted = matches!(timeout(CONNECT_PATIENCE, connecting).await, Ok(Ok(_)));
        (!accepted).then_some(listener)
    });
    let tried = futures::future::join_all(tried).await;
    tried.into_iter().flatten().collect()
}

/// Where a socket that listens on every address is reached from here.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
