//! A change in the queue, and its answer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::Transaction;
use crate::domain::{Error, Result};

/// A queued change, its type hidden from the thread.
pub(super) trait Job: Send {
    fn run(&mut self, transaction: &mut Transaction<'_>) -> Result<()>;
    fn answer(self: Box<Self>, outcome: Result<()>);
}

pub(super) struct TypedJob<F, T> {
    run: F,
    result: Option<T>,
    answer: oneshot::Sender<Result<T>>,
}

impl<F, T> TypedJob<F, T> {
    pub(super) fn new(run: F, answer: oneshot::Sender<Result<T>>) -> Self {
        Self {
            run,
            result: None,
            answer,
        }
    }
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
