//! The thread that runs jobs in groups and tells what they changed.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::Connection;

use super::job::Job;
use super::transaction::{Effect, Transaction};
use super::{Jobs, Listeners, Shared};
use crate::domain::{Error, Result};
use crate::storage::rows;

pub(super) struct Thread {
    pub(super) connection: Connection,
    pub(super) jobs: Arc<Jobs>,
    pub(super) listeners: Listeners,
    pub(super) max_group: usize,
    pub(super) shared: Arc<Shared>,
}

/// A job that has run in the open transaction, with its outcome.
type Ran = (Box<dyn Job>, Result<()>);

/// How a job that fails is undone without the others of its group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Undo {
    /// Not at all while it has changed nothing, which is nearly always so. Otherwise the transaction ends and the group
    /// runs again with savepoints, each of which costs a copy of every page that its job touches.
    Group,
    /// By its savepoint.
    Savepoint,
}

/// The jobs of a transaction that is gone and that have no final answer, and why it is gone.
type Lost = (Vec<Box<dyn Job>>, rusqlite::Error);

impl Thread {
    pub(super) fn run(&mut self) {
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

    /// One transaction for the whole group; when the database loses it, each job once more on its own.
    fn commit(&mut self, group: Vec<Box<dyn Job>>) {
        match self.transact(group, Undo::Group) {
            Ok(answers) => answer(answers),
            Err((jobs, cause)) if jobs.len() == 1 => answer_lost(jobs, &cause),
            Err((jobs, _)) => {
                for job in jobs {
                    match self.transact(vec![job], Undo::Group) {
                        Ok(answers) => answer(answers),
                        Err((jobs, cause)) => answer_lost(jobs, &cause),
                    }
                }
            }
        }
    }

    /// Runs `jobs` and commits. An error gives back every job that has no final answer.
    fn transact(&mut self, jobs: Vec<Box<dyn Job>>, undo: Undo) -> Result<Vec<Ran>, Lost> {
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
            let changes = self.connection.total_changes();
            let outcome = match undo {
                Undo::Group => self.run_job(job.as_mut(), &mut effects),
                Undo::Savepoint => self.run_in_savepoint(job.as_mut(), &mut effects),
            };
            let is_lost = self.connection.is_autocommit();
            let is_spoilt = undo == Undo::Group && outcome.is_err() && self.connection.total_changes() != changes;
            ran.push((job, outcome));
            if is_lost {
                // Disk full and I/O errors may roll the whole transaction back: what ran before
                // this job is gone and must run again, this job's failure is final.
                return self.transaction_lost(ran, waiting);
            }
            if is_spoilt {
                let _rolled_back_or_none_open = self.execute("ROLLBACK");
                let jobs = ran.into_iter().map(|(job, _)| job).chain(waiting).collect();
                return self.transact(jobs, Undo::Savepoint);
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

    fn run_job(&self, job: &mut dyn Job, effects: &mut Vec<Effect>) -> Result<()> {
        let mut transaction = Transaction::without_listeners(&self.connection);
        job.run(&mut transaction)?;
        effects.extend(transaction.into_effects());
        Ok(())
    }

    fn run_in_savepoint(&self, job: &mut dyn Job, effects: &mut Vec<Effect>) -> Result<()> {
        self.execute("SAVEPOINT job").map_err(rows::failure)?;
        let outcome = self.run_job(job, effects);
        if outcome.is_err() && !self.connection.is_autocommit() {
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
