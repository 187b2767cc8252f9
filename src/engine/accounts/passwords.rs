//! Deriving and checking passwords, with a short memory of passwords that were right, because each check costs thousands
//! of hash rounds.

use std::sync::Arc;

use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use quick_cache::sync::Cache;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::Settings;
use super::hashing::Hashing;
use super::metrics::AccountMetrics;
use crate::domain::account::{Credentials, Password};
use crate::domain::address::AccountAddress;
use crate::domain::clock::Clock;
use crate::domain::random::Random;
use crate::domain::{Error, Result};
use crate::metrics::{Collectors, reading};
use crate::scram;

pub struct Passwords {
    hashing: Hashing,
    metrics: AccountMetrics,
    iterations: u32,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// What an unknown account is checked against, so that it costs the same as a known one.
    nobody: Arc<Credentials>,
    remembered: Cache<AccountAddress, Remembered>,
    /// Under which passwords are remembered: the key is in it, and nothing else yet.
    keyed_hash: Hmac<Sha256>,
    lifetime: SignedDuration,
}

/// The one password of an account that was right lately, as a keyed hash, and the keys it was right for: for other keys
/// it is not remembered, however late it is put here.
#[derive(Clone)]
struct Remembered {
    digest: [u8; 32],
    credentials: Arc<Credentials>,
    until: Timestamp,
}

impl Passwords {
    pub fn new(settings: &Settings, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut key = Key::<Hmac<Sha256>>::default();
        random.fill(&mut key);
        let mut nobody = Credentials::default();
        if let Ok(password) = Password::new(crate::domain::random::alphanumeric(&*random, 32)) {
            nobody = scram::derive(&password, 1, &*random);
        }
        if let Some(keys) = &mut nobody.sha256 {
            keys.iterations = settings.scram_iterations;
        }
        Self {
            // One processor is left to the rest of the service where there are more than two.
            hashing: Hashing::new(if cores > 2 { cores - 1 } else { cores }, settings.hashing_queue),
            metrics: AccountMetrics::default(),
            iterations: settings.scram_iterations,
            clock,
            random,
            nobody: Arc::new(nobody),
            remembered: Cache::new(settings.credential_memory_entries),
            keyed_hash: Hmac::new(&key),
            lifetime: SignedDuration::try_from(settings.credential_memory).unwrap_or(SignedDuration::ZERO),
        }
    }

    pub fn metrics(&self) -> &AccountMetrics {
        &self.metrics
    }

    pub fn collectors(&self) -> Collectors {
        let hashing = self.hashing.clone();
        let queue = reading(
            "firekeeper_hashing_queue_depth",
            "Passwords that are being derived or checked, or wait for it.",
            move || hashing.depth() as u64,
        );
        let mut collectors = self.metrics.collectors();
        collectors.push(queue);
        collectors
    }

    /// PBKDF2 rounds of new keys.
    pub fn iterations(&self) -> u32 {
        self.iterations
    }

    /// Keys for a new password. `Unavailable` when too many are waiting.
    pub async fn derive(&self, password: Password) -> Result<Credentials> {
        let (iterations, random) = (self.iterations, Arc::clone(&self.random));
        self.run(move || scram::derive(&password, iterations, &*random)).await
    }

    /// Whether `password` is right for the account with these keys.
    pub async fn verify(&self, address: &AccountAddress, password: &str, credentials: &Credentials) -> Result<bool> {
        let digest = self.digest(password);
        let is_remembered = self.is_remembered(address, &digest, credentials);
        self.metrics.credentials.count(is_remembered);
        if is_remembered {
            return Ok(true);
        }
        let credentials = Arc::new(credentials.clone());
        let right = self.check(password, Arc::clone(&credentials)).await?;
        if right {
            let until = self.clock.now().checked_add(self.lifetime);
            let entry = Remembered {
                digest,
                credentials,
                until: until.unwrap_or(Timestamp::UNIX_EPOCH),
            };
            self.remembered.insert(address.clone(), entry);
        }
        Ok(right)
    }

    /// Costs as much as a wrong password of an account that exists.
    pub async fn refuse(&self, password: &str) -> Result<()> {
        self.check(password, Arc::clone(&self.nobody)).await?;
        Ok(())
    }

    /// Called when anything about the account has changed.
    pub fn forget(&self, address: &AccountAddress) {
        self.remembered.remove(address);
    }

    fn is_remembered(&self, address: &AccountAddress, digest: &[u8; 32], credentials: &Credentials) -> bool {
        self.remembered.get(address).is_some_and(|entry| {
            credentials.include(&entry.credentials)
                && self.clock.now() < entry.until
                && bool::from(entry.digest.ct_eq(digest))
        })
    }

    fn digest(&self, password: &str) -> [u8; 32] {
        let hash = self.keyed_hash.clone().chain_update(password);
        hash.finalize().into_bytes().into()
    }

    async fn check(&self, password: &str, credentials: Arc<Credentials>) -> Result<bool> {
        let given = Password::new(password);
        self.run(move || given.is_ok_and(|given| scram::verify(given.expose(), &credentials)))
            .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let duration = self.metrics.hashing.clone();
        let Some(working) = self.hashing.run(move || duration.observe_closure_duration(work)) else {
            self.metrics.refused.inc();
            return Err(Error::unavailable("too many passwords are being checked"));
        };
        working.await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::domain::address::Host;

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    struct Zeros;

    impl Random for Zeros {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0);
        }
    }

    fn passwords(hashing_queue: usize) -> Passwords {
        let settings = Settings {
            scram_iterations: 1,
            hashing_queue,
            ..Settings::default()
        };
        Passwords::new(&settings, Arc::new(Noon), Arc::new(Zeros))
    }

    #[tokio::test]
    async fn a_password_that_is_found_right_too_late_is_not_remembered_for_the_new_keys() {
        let passwords = passwords(1);
        let address = AccountAddress::prepare("jane", &Host::from_stored("example.org")).unwrap();
        let old = passwords.derive(Password::new("old").unwrap()).await.unwrap();
        let new = passwords.derive(Password::new("new").unwrap()).await.unwrap();
        // The change is told while somebody still checks against the keys from before it.
        passwords.forget(&address);
        assert!(passwords.verify(&address, "old", &old).await.unwrap());
        assert!(!passwords.verify(&address, "old", &new).await.unwrap());
        assert!(passwords.verify(&address, "new", &new).await.unwrap());
        assert!(!passwords.verify(&address, "old", &new).await.unwrap());
    }

    #[tokio::test]
    async fn a_password_that_does_not_count_is_hashed_like_any_other() {
        let passwords = passwords(0);
        assert!(matches!(passwords.refuse("x").await, Err(Error::Unavailable { .. })));
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_keeps_its_place_until_it_is_done() {
        let passwords = passwords(1);
        let (finish, finished) = std::sync::mpsc::channel::<()>();
        let abandoned = passwords.run(move || finished.recv());
        assert!(timeout(Duration::from_millis(50), abandoned).await.is_err());
        assert!(matches!(passwords.run(|| ()).await, Err(Error::Unavailable { .. })));
        finish.send(()).unwrap();
        let place = async {
            while passwords.run(|| ()).await.is_err() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(20), place).await.unwrap();
    }
}
