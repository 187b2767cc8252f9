//! Where passwords are hashed: off the async threads, on a bounded number of processors, with a bounded queue. A thread
//! that has hashed one takes the next itself, so that no processor idles while something waits.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::domain::{Error, Result};

type Work = Box<dyn FnOnce() + Send>;

#[derive(Clone)]
pub struct Hashing(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    /// How many threads may work at once.
    processors: usize,
    /// How much may wait or be worked at.
    capacity: usize,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Work>,
    /// What waits or is worked at.
    places: usize,
    threads: usize,
}

impl Hashing {
    pub fn new(processors: usize, capacity: usize) -> Self {
        Self(Arc::new(Shared {
            queue: Mutex::default(),
            processors: processors.max(1),
            capacity,
        }))
    }

    /// What waits or is worked at.
    pub fn depth(&self) -> usize {
        self.queue().places
    }

    /// `None`: the queue is full. What nobody waits for any more keeps its place, but is not begun.
    pub fn run<T, W>(&self, work: W) -> Option<impl Future<Output = Result<T>> + use<T, W>>
    where
        T: Send + 'static,
        W: FnOnce() -> T + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let mut queue = self.queue();
        if queue.places >= self.0.capacity {
            return None;
        }
        queue.places += 1;
        let place = Place(self.clone());
        queue.waiting.push_back(Box::new(move || {
            if answer.is_closed() {
                return;
            }
            let outcome = work();
            drop(place);
            // Whoever waited may have gone in the meantime.
            drop(answer.send(outcome));
        }));
        if queue.threads < self.0.processors {
            queue.threads += 1;
            let hashing = self.clone();
            tokio::task::spawn_blocking(move || hashing.work());
        }
        Some(async move { answered.await.map_err(Error::internal) })
    }

    fn work(&self) {
        while let Some(work) = self.next() {
            // Its answer is gone with it; the others have done nothing wrong.
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                tracing::error!("hashing a password panicked");
            }
        }
    }

    fn next(&self) -> Option<Work> {
        let mut queue = self.queue();
        let next = queue.waiting.pop_front();
        if next.is_none() {
            queue.threads -= 1;
        }
        next
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the queue, given back when it is dropped.
struct Place(Hashing);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.queue().places -= 1;
    }
}
