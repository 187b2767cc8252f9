//! The one writer: a thread that owns the only writing connection. It takes the jobs that are
//! waiting, runs them in one transaction, commits once, and only then answers (group commit). A job that fails is undone
//! alone. So a commit costs one fsync for the whole group, and no answer leaves
//! before its change is on disk.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::sync::oneshot;

use self::job::{Job, TypedJob};
use self::metrics::WriterMetrics;
use self::thread::Thread;
pub use self::transaction::Transaction;
use super::lanes::{Lane, Lanes, Refused};
use super::open::Options;
use crate::domain::event::Event;
use crate::domain::health::WriterState;
use crate::domain::{Error, Result};

mod job;
pub(super) mod metrics;
#[cfg(test)]
mod tests;
mod thread;
mod transaction;

#[derive(Debug, Default)]
struct Shared {
    dead: AtomicBool,
    failing: AtomicBool,
    finished: AtomicU64,
    metrics: WriterMetrics,
}

/// Called on the writer's thread for each event of a commit, before the change is answered:
/// it must be quick and must not fail.
pub type Listener = Box<dyn Fn(&Event) + Send>;

type Listeners = Arc<Mutex<Vec<Listener>>>;

type Jobs = Lanes<Box<dyn Job>>;

/// The door to the thread, which ends when the last one is gone.
struct Door(Arc<Jobs>);

impl Drop for Door {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[derive(Clone)]
pub(super) struct Writer {
    door: Arc<Door>,
    shared: Arc<Shared>,
    listeners: Listeners,
    ended: Arc<tokio::sync::Notify>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl Writer {
    pub(super) fn start(connection: Connection, options: &Options) -> std::io::Result<Self> {
        let jobs = Arc::new(Lanes::new(options.queue));
        let shared = Arc::new(Shared::default());
        let ended = Arc::new(tokio::sync::Notify::new());
        let listeners = Listeners::default();
        let mut thread = Thread {
            connection,
            jobs: Arc::clone(&jobs),
            listeners: Arc::clone(&listeners),
            max_group: options.max_group.max(1),
            shared: Arc::clone(&shared),
        };
        let (at_end, state, unanswered) = (Arc::clone(&ended), Arc::clone(&shared), Arc::clone(&jobs));
        std::thread::Builder::new()
            .name("database-writer".into())
            .spawn(move || {
                // Whatever ends the thread, the probes must learn of it.
                let outcome = catch_unwind(AssertUnwindSafe(|| thread.run()));
                state.dead.store(true, Ordering::Release);
                if outcome.is_err() {
                    tracing::error!("the database writer has died; no change can be stored until a restart");
                }
                drop(thread);
                // Nobody waits for an answer that cannot come.
                unanswered.close();
                while unanswered.take(usize::MAX).is_some() {}
                at_end.notify_one();
            })?;
        Ok(Self {
            door: Arc::new(Door(jobs)),
            shared,
            listeners,
            ended,
        })
    }

    /// Queues a job at once; what it answers comes later.
    pub(super) fn submit<T, J>(&self, lane: Lane, job: J) -> impl Future<Output = Result<T>> + Send + use<T, J>
    where
        T: Send + 'static,
        J: FnMut(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(TypedJob::new(job, answer));
        let queued = self.door.0.push(lane, job).map_err(|refused| match refused {
            Refused::Full => Error::unavailable("too many changes are waiting to be stored"),
            Refused::Closed if self.shared.dead.load(Ordering::Acquire) => {
                Error::unavailable("the database writer has stopped")
            }
            Refused::Closed => Error::unavailable("the service is shutting down"),
        });
        async move {
            queued?;
            answered
                .await
                .map_err(|_| Error::unavailable("the database writer has stopped"))?
        }
    }

    pub(super) fn listen(&self, listener: Listener) {
        // A listener that panicked ends the writer, so a poisoned lock has nobody left to tell.
        if let Ok(mut listeners) = self.listeners.lock() {
            listeners.push(listener);
        }
    }

    pub(super) fn state(&self) -> WriterState {
        WriterState {
            alive: !self.shared.dead.load(Ordering::Acquire),
            failing: self.shared.failing.load(Ordering::Acquire),
            finished: self.shared.finished.load(Ordering::Acquire),
        }
    }

    pub(super) fn metrics(&self) -> &WriterMetrics {
        &self.shared.metrics
    }

    /// Jobs that wait, and how many may.
    pub(super) fn queued(&self) -> (usize, usize) {
        self.door.0.depth()
    }

    pub(super) async fn close(&self) {
        if self.door.0.close() && !self.shared.dead.load(Ordering::Acquire) {
            self.ended.notified().await;
        }
    }
}
