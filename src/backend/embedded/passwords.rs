//! Deriving and checking passwords: off the async threads, on a bounded number of processors with
//! a bounded queue, and with a short memory of passwords that were right, because each check costs
//! thousands of hash rounds.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use quick_cache::sync::Cache;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::Settings;
use super::cache::Generations;
use crate::domain::account::{Credentials, Password};
use crate::domain::address::AccountAddress;
use crate::domain::clock::Clock;
use crate::domain::random::Random;
use crate::domain::{Error, Result};
use crate::scram;

pub struct Passwords {
    slots: Semaphore,
    waiting: AtomicUsize,
    queue: usize,
    iterations: u32,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// What an unknown account is checked against, so that it costs the same as a known one.
    nobody: Arc<Credentials>,
    remembered: Cache<AccountAddress, Remembered>,
    memory_key: [u8; 32],
    lifetime: SignedDuration,
    generations: Generations,
}

/// The one password of an account that was right lately, as a keyed hash.
#[derive(Clone)]
struct Remembered {
    digest: [u8; 32],
    until: Timestamp,
    generation: u64,
}

impl Passwords {
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut memory_key = [0; 32];
        random.fill(&mut memory_key);
        let mut nobody = Credentials::default();
        if let Ok(password) = Password::new(crate::domain::random::alphanumeric(&*random, 32)) {
            nobody = scram::derive(&password, 1, &*random);
        }
        if let Some(keys) = &mut nobody.sha256 {
            keys.iterations = settings.scram_iterations;
        }
        Self {
            // One processor is left to the rest of the service where there are more than two.
            slots: Semaphore::new(if cores > 2 { cores - 1 } else { cores }),
            waiting: AtomicUsize::new(0),
            queue: settings.hashing_queue,
            iterations: settings.scram_iterations,
            clock,
            random,
            nobody: Arc::new(nobody),
            remembered: Cache::new(settings.credential_memory_entries),
            memory_key,
            lifetime: SignedDuration::try_from(settings.credential_memory).unwrap_or(SignedDuration::ZERO),
            generations: Generations::new(),
        }
    }

    /// Keys for a new password. `Unavailable` when too many are waiting.
    pub async fn derive(&self, password: Password) -> Result<Credentials> {
        let (iterations, random) = (self.iterations, Arc::clone(&self.random));
        self.run(move || scram::derive(&password, iterations, &*random)).await
    }

    /// Whether `password` is right; `None` stands for an account that does not exist.
    pub async fn verify(
        &self,
        address: &AccountAddress,
        password: &str,
        credentials: Option<&Credentials>,
    ) -> Result<bool> {
        let generation = self.generations.of(address);
        let digest = self.digest(address, password);
        if credentials.is_some() && self.is_remembered(address, &digest, generation) {
            return Ok(true);
        }
        let known = credentials.is_some();
        let credentials = credentials.map_or_else(|| Arc::clone(&self.nobody), |known| Arc::new(known.clone()));
        let given = Password::new(password);
        let right = self
            .run(move || given.is_ok_and(|given| scram::verify(given.expose(), &credentials)))
            .await?
            && known;
        if right {
            let until = self.clock.now().checked_add(self.lifetime);
            let entry = Remembered {
                digest,
                until: until.unwrap_or(Timestamp::UNIX_EPOCH),
                generation,
            };
            self.remembered.insert(address.clone(), entry);
        }
        Ok(right)
    }

    /// Called when anything about the account has changed.
    pub fn forget(&self, address: &AccountAddress) {
        self.generations.advance(address);
        self.remembered.remove(address);
    }

    fn is_remembered(&self, address: &AccountAddress, digest: &[u8; 32], generation: u64) -> bool {
        self.remembered.get(address).is_some_and(|entry| {
            entry.generation == generation && self.clock.now() < entry.until && bool::from(entry.digest.ct_eq(digest))
        })
    }

    fn digest(&self, address: &AccountAddress, password: &str) -> [u8; 32] {
        // A MAC takes a key of any length: this cannot fail.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.memory_key) else {
            return [0; 32];
        };
        mac.chain_update(address.to_string())
            .chain_update([0])
            .chain_update(password)
            .finalize()
            .into_bytes()
            .into()
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let busy = || Error::unavailable("too many passwords are being checked");
        let _place = Place::take(&self.waiting, self.queue).ok_or_else(busy)?;
        let _slot = self.slots.acquire().await.map_err(|_| busy())?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

/// A place in the queue, given back when it is dropped.
struct Place<'queue>(&'queue AtomicUsize);

impl<'queue> Place<'queue> {
    fn take(waiting: &'queue AtomicUsize, most: usize) -> Option<Self> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::AcqRel) >= most {
            return None;
        }
        Some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
