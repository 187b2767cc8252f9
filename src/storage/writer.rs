//! The one writer: a thread that owns the only writing connection. It takes the jobs that are
//! waiting, runs them in one transaction, each in its own savepoint, commits once, and only then
//! answers (group commit). So a commit costs one fsync for the whole group, and no answer leaves
//! before its change is on disk.

use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::lanes::{Lane, Lanes, Refused};
use super::metrics::WriterMetrics;
use super::open::Options;
use super::rows;
use super::store::Listener;
use crate::domain::event::Event;
use crate::domain::health::WriterState;
use crate::domain::{Error, Result};

/// What a job writes through. Events are told after the commit, in its order.
pub struct Transaction<'connection> {
    connection: &'connection Connection,
    effects: Vec<Effect>,
}

/// What follows from a change once it is on disk.
enum Effect {
    Event(Event),
    Call(Box<dyn FnOnce() + Send>),
}

impl<'connection> Transaction<'connection> {
    /// For changes that nobody hears of; the caller begins and ends the transaction itself.
    pub(super) fn without_listeners(connection: &'connection Connection) -> Self {
        Self {
            connection,
            effects: Vec::new(),
        }
    }
}

impl Transaction<'_> {
    /// Tells listeners of a change once it is on disk.
    pub fn emit(&mut self, event: Event) {
        self.effects.push(Effect::Event(event));
    }

    /// Does something once the change is on disk and before it is answered, in the order of the commits: what is handed
    /// to connected clients goes this way. It runs on the writer's thread, so it must be quick and must not wait.
    pub fn after_commit(&mut self, call: impl FnOnce() + Send + 'static) {
        self.effects.push(Effect::Call(Box::new(call)));
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

#[derive(Debug, Default)]
struct Shared {
    dead: AtomicBool,
    failing: AtomicBool,
    finished: AtomicU64,
    metrics: WriterMetrics,
}

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
        let job = Box::new(TypedJob {
            run: job,
            result: None,
            answer,
        });
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

/// A queued change, its type hidden from the thread.
trait Job: Send {
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<()>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

struct TypedJob<F, T> {
    run: F,
    result: Option<T>,
    answer: oneshot::Sender<Result<T>>,
}

impl<F, T> Job for TypedJob<F, T>
where
    F: FnMut(&mut Transaction<'_>) -> Result<T> + Send,
    T: Send,
{
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<()> {
        self.result = None;
        // A job that panics fails alone.
        let outcome = catch_unwind(AssertUnwindSafe(|| (self.run)(transaction)));
        let value = outcome.unwrap_or_else(|_| Err(Error::internal("a database job panicked")))?;
        self.result = Some(value);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let Self { result, answer, .. } = *self;
        let outcome = outcome.and_then(|()| result.ok_or_else(|| Error::internal("a database job left no result")));
        // The caller may have gone; the change stands all the same.
        drop(answer.send(outcome));
    }
}

struct Thread {
    connection: Connection,
    jobs: Arc<Jobs>,
    listeners: Listeners,
    max_group: usize,
    shared: Arc<Shared>,
}

/// A job that has run in the open transaction, with its outcome.
type Ran = (Box<dyn Job>, Result<()>);

/// The jobs of a transaction that is gone and that have no final answer, and why it is gone.
type Lost = (Vec<Box<dyn Job>>, rusqlite::Error);

impl Thread {
    fn run(&mut self) {
        while let Some(group) = self.jobs.take(self.max_group) {
            self.commit(group);
            self.shared.finished.fetch_add(1, Ordering::Release);
        }
        // The log is folded into the database, so that a copy of one file is the whole state.
        if let Err(cause) = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        {
            tracing::warn!(%cause, "the write-ahead log was not folded into the database at the end");
        }
    }

    /// One transaction for the whole group; when it is lost, each job once more on its own.
    fn commit(&mut self, group: Vec<Box<dyn Job>>) {
        match self.transact(group) {
            Ok(answers) => answer(answers),
            Err((jobs, cause)) if jobs.len() == 1 => answer_lost(jobs, &cause),
            Err((jobs, _)) => {
                for job in jobs {
                    match self.transact(vec![job]) {
                        Ok(answers) => answer(answers),
                        Err((jobs, cause)) => answer_lost(jobs, &cause),
                    }
                }
            }
        }
    }

    /// Runs `jobs` and commits. An error gives back every job that has no final answer.
    fn transact(&mut self, jobs: Vec<Box<dyn Job>>) -> Result<Vec<Ran>, Lost> {
        let metrics = &self.shared.metrics;
        let _transaction = metrics.transaction.start_timer();
        metrics
            .group
            .observe(f64::from(u32::try_from(jobs.len()).unwrap_or(u32::MAX)));
        if let Err(cause) = self.execute("BEGIN IMMEDIATE") {
            // No job is at fault, so none is worth a try of its own, and those behind wait no longer than they must.
            self.failed();
            answer_lost(jobs, &cause);
            return Ok(Vec::new());
        }
        let mut ran: Vec<Ran> = Vec::with_capacity(jobs.len());
        let mut effects = Vec::new();
        let mut waiting = jobs.into_iter();
        while let Some(mut job) = waiting.next() {
            let outcome = self.run_in_savepoint(job.as_mut(), &mut effects);
            let lost = self.connection.is_autocommit();
            ran.push((job, outcome));
            if lost {
                // Disk full and I/O errors may roll the whole transaction back: what ran before
                // this job is gone and must run again, this job's failure is final.
                return self.transaction_lost(ran, waiting);
            }
        }
        let committed = metrics.commit.observe_closure_duration(|| self.execute("COMMIT"));
        if let Err(cause) = committed {
            let _rolled_back_or_none_open = self.execute("ROLLBACK");
            self.failed();
            return Err((ran.into_iter().map(|(job, _)| job).collect(), cause));
        }
        // A failure of the disk may undo a single job and leave the rest, even an empty rest.
        if ran
            .iter()
            .any(|(_, outcome)| matches!(outcome, Err(Error::Unavailable { .. })))
        {
            self.failed();
        } else if self.shared.failing.swap(false, Ordering::AcqRel) {
            tracing::info!("the database stores changes again");
        }
        self.tell(effects);
        Ok(ran)
    }

    fn tell(&self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Event(event) => {
                    if let Ok(listeners) = self.listeners.lock() {
                        listeners.iter().for_each(|listener| listener(&event));
                    }
                }
                // What fails for one client must not end the writer.
                Effect::Call(call) => {
                    if catch_unwind(AssertUnwindSafe(call)).is_err() {
                        tracing::error!("a stored change was not told to a connected client");
                    }
                }
            }
        }
    }

    fn transaction_lost(
        &self,
        mut ran: Vec<Ran>,
        waiting: impl Iterator<Item = Box<dyn Job>>,
    ) -> Result<Vec<Ran>, Lost> {
        self.failed();
        if let Some((culprit, outcome)) = ran.pop() {
            culprit.answer(outcome.and(Err(Error::unavailable("the change could not be stored"))));
        }
        let jobs = ran.into_iter().map(|(job, _)| job).chain(waiting).collect();
        Err((jobs, rusqlite::Error::InvalidQuery))
    }

    fn run_in_savepoint(&self, job: &mut dyn Job, effects: &mut Vec<Effect>) -> Result<()> {
        self.execute("SAVEPOINT job").map_err(rows::failure)?;
        let mut transaction = Transaction {
            connection: &self.connection,
            effects: Vec::new(),
        };
        let outcome = job.run(&mut transaction);
        let told = transaction.effects;
        if outcome.is_ok() {
            effects.extend(told);
        } else if !self.connection.is_autocommit() {
            self.execute("ROLLBACK TO job").map_err(rows::failure)?;
        }
        if !self.connection.is_autocommit() {
            self.execute("RELEASE job").map_err(rows::failure)?;
        }
        outcome
    }

    fn execute(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.prepare_cached(statement)?.execute([])?;
        Ok(())
    }

    fn failed(&self) {
        self.shared.metrics.failures.inc();
        if !self.shared.failing.swap(true, Ordering::AcqRel) {
            tracing::error!("the database does not store changes; see the disk of the data directory");
        }
    }
}

fn answer(ran: Vec<Ran>) {
    for (job, outcome) in ran {
        job.answer(outcome);
    }
}

fn answer_lost(jobs: Vec<Box<dyn Job>>, cause: &rusqlite::Error) {
    for job in jobs {
        tracing::error!(%cause, "a change could not be stored");
        job.answer(Err(Error::unavailable("the change could not be stored")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Store;

    async fn store(listeners: Vec<Listener>) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            max_group: 8,
            ..Options::default()
        };
        let store = Store::open(&folder.path().join("test.db"), &options).unwrap();
        for listener in listeners {
            store.listen(listener);
        }
        (folder, store)
    }

    fn set(key: &str) -> impl FnMut(&mut Transaction<'_>) -> Result<()> + Send + 'static {
        let key = key.to_owned();
        move |transaction| {
            transaction
                .execute("INSERT INTO properties VALUES (?1, 'x')", [&key])
                .map_err(rows::failure)?;
            transaction.emit(Event::PropertyRemoved { key: key.clone() });
            Ok(())
        }
    }

    async fn keys(store: &Store) -> Vec<String> {
        store
            .read(|connection| {
                let mut statement = connection
                    .prepare("SELECT key FROM properties ORDER BY key")
                    .map_err(rows::failure)?;
                let keys = statement.query_map([], |row| row.get(0)).map_err(rows::failure)?;
                keys.collect::<rusqlite::Result<_>>().map_err(rows::failure)
            })
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_job_that_fails_leaves_nothing_and_the_others_of_its_group_stand() {
        let (_folder, store) = store(Vec::new()).await;
        let failing = store.write(|transaction| {
            transaction
                .execute("INSERT INTO properties VALUES ('half', 'x')", [])
                .map_err(rows::failure)?;
            Err::<(), _>(Error::conflict("on purpose"))
        });
        let (one, none, two) = tokio::join!(store.write(set("one")), failing, store.write(set("two")));
        assert!(one.is_ok() && two.is_ok());
        assert!(matches!(none, Err(Error::Conflict { .. })));
        assert_eq!(keys(&store).await, ["one", "two"]);
    }

    #[tokio::test]
    async fn a_job_that_panics_fails_alone() {
        let (_folder, store) = store(Vec::new()).await;
        let panicking = store.write(|_| -> Result<()> { panic!("on purpose") });
        let (bad, good) = tokio::join!(panicking, store.write(set("good")));
        assert!(matches!(bad, Err(Error::Internal(_))));
        assert!(good.is_ok());
        assert!(store.writer_state().alive);
    }

    #[tokio::test]
    async fn when_the_transaction_is_lost_the_other_jobs_run_again() {
        let (_folder, store) = store(Vec::new()).await;
        let losing = store.write(|transaction| {
            transaction.execute("ROLLBACK", []).map_err(rows::failure)?;
            Err::<(), _>(Error::unavailable("disk full"))
        });
        let (one, lost, two) = tokio::join!(store.write(set("one")), losing, store.write(set("two")));
        assert!(one.is_ok() && two.is_ok());
        assert!(lost.is_err());
        assert_eq!(keys(&store).await, ["one", "two"]);
    }

    #[tokio::test]
    async fn a_change_that_the_disk_refuses_is_known_until_one_is_stored() {
        let (_folder, store) = store(Vec::new()).await;
        assert!(!store.writer_state().failing);
        let refused = store.write(|_| Err::<(), _>(Error::unavailable("disk full")));
        refused.await.unwrap_err();
        assert!(store.writer_state().failing);
        store.write(set("one")).await.unwrap();
        assert!(!store.writer_state().failing);
    }

    #[tokio::test]
    async fn events_are_told_after_the_commit_and_before_the_answer() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        let listener: Listener = Box::new(move |event| ears.lock().unwrap().push(event.clone()));
        let (_folder, store) = store(vec![listener]).await;
        store.write(set("a")).await.unwrap();
        assert_eq!(*heard.lock().unwrap(), [Event::PropertyRemoved { key: "a".into() }]);
        store.write(set("a")).await.unwrap_err();
        assert_eq!(heard.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn closing_finishes_what_is_queued_and_refuses_what_comes_later() {
        let (_folder, store) = store(Vec::new()).await;
        let queued = store.write(set("queued"));
        let (queued, ()) = tokio::join!(queued, store.close());
        queued.unwrap();
        assert!(matches!(store.write(set("late")).await, Err(Error::Unavailable { .. })));
    }
}
