//! Administration over a fresh database, without HTTP: a clock that is set by hand and randomness that repeats.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use firekeeper::admin::{Admin, AdminSession, Caller, ConfiguredSettings, Door, LiveSettings};
use firekeeper::backend::embedded::{Embedded, Settings};
use firekeeper::domain::address::Host;
use firekeeper::domain::clock::Clock;
use firekeeper::domain::random::Random;
use firekeeper::domain::secret::Secret;
use firekeeper::storage::installation;
use jiff::Timestamp;

/// The host of the accounts.
pub const HOST: &str = "example.org";

/// A clock that stands still until it is moved; it begins at 2026-01-01T00:00:00Z.
pub struct Hand(AtomicI64);

impl Hand {
    pub fn advance(&self, milliseconds: i64) {
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::Relaxed)).expect("a time in range")
    }
}

struct Counting(AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

/// What the configuration of a test says.
pub struct Configured<'a> {
    /// Settings by the key of their property.
    pub texts: &'a [(&'static str, &'a str)],
    pub writable: bool,
}

pub struct Administered {
    pub embedded: Arc<Embedded>,
    pub admin: Admin,
    pub clock: Arc<Hand>,
}

impl Administered {
    /// Opens the database in `folder`, or makes it.
    pub async fn open(folder: &Path, configured: Configured<'_>) -> Self {
        let clock = Arc::new(Hand(AtomicI64::new(1_767_225_600_000)));
        let settings = Settings {
            accounts: firekeeper::engine::accounts::Settings {
                scram_iterations: 1,
                ..Default::default()
            },
            ..Settings::default()
        };
        let random = Arc::new(Counting(AtomicU8::new(0)));
        let embedded = Arc::new(
            Embedded::open(&folder.join("test.db"), &settings, clock.clone(), random)
                .await
                .expect("a database"),
        );
        let host = Host::prepare(HOST).expect("a host");
        let known = embedded
            .store()
            .read(installation::find)
            .await
            .expect("the installation");
        if known.hosts.is_empty() {
            let (host, now) = (host.clone(), clock.now());
            let made = embedded.store();
            made.write(move |transaction| installation::insert_host(transaction, &host, now))
                .await
                .expect("a stored host");
        }
        let texts = configured.texts.iter().map(|(key, text)| (*key, Secret::new(*text)));
        let live = LiveSettings::new(ConfiguredSettings {
            host: host.clone(),
            texts: texts.collect::<BTreeMap<_, _>>(),
            previous_secret: Secret::default(),
            writable_access: configured.writable,
        });
        let listening = live.clone();
        embedded.listen(Box::new(move |event| listening.hear(event)));
        let admin = Admin::new(embedded.clone(), clock.clone(), live, host, "node");
        admin.recall_settings().await.expect("stored settings");
        Self { embedded, admin, clock }
    }

    /// Administration in the name of whoever knows the shared secret.
    pub fn session(&self) -> AdminSession {
        self.admin.session(Caller::shared_secret(Door::CommandLine))
    }
}
