//! The server's side: a fresh database with accounts, a clock that is set by hand and randomness that repeats.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU8, Ordering};

use firekeeper::domain::account::{Credentials, Lockout, NewAccount, OpenSessions, Password, Properties};
use firekeeper::domain::address::{AccountAddress, Host};
use firekeeper::domain::clock::Clock;
use firekeeper::domain::random::Random;
use firekeeper::engine::accounts::{Accounts, Settings};
use firekeeper::engine::sasl::{ChannelBindings, Conditions, Exchange, Failure, Identity, Offer, Sasl, Step};
use firekeeper::storage::{Options, Store, accounts, installation};
use jiff::Timestamp;

pub const PASSWORD: &str = "pencil";
const ITERATIONS: u32 = 4;

/// 2026-01-01T00:00:00Z until it is moved.
pub struct Hand(AtomicI64);

impl Hand {
    pub fn set(&self, time: &str) {
        let time: Timestamp = time.parse().expect("a time");
        self.0.store(time.as_millisecond(), Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.load(Ordering::Relaxed)).expect("a time in range")
    }
}

pub struct Counting(pub AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill_with(|| self.0.fetch_add(1, Ordering::Relaxed));
    }
}

pub struct Server {
    pub store: Store,
    pub accounts: Accounts,
    pub sasl: Sasl,
    pub clock: Arc<Hand>,
}

/// What came of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Challenge(String),
    /// Who has logged in, `None` anonymously, and what goes along with the news.
    Success(Option<String>, Option<String>),
    Failure(Failure),
}

impl Server {
    /// With the account `user`, whose password is [`PASSWORD`].
    pub async fn start(folder: &Path) -> Self {
        let server = Self::open(folder, 256).await;
        let host = host();
        let now = server.clock.now();
        let store = &server.store;
        store
            .write(move |transaction| installation::insert_host(transaction, &host, now))
            .await
            .expect("a host");
        let password = Password::new(PASSWORD).expect("a password");
        let keys = server.accounts.derive(password).await.expect("keys");
        server.insert("user", keys).await;
        server
    }

    /// Over what is in `folder`.
    pub async fn open(folder: &Path, hashing_queue: usize) -> Self {
        let clock = Arc::new(Hand(AtomicI64::new(1_767_225_600_000)));
        let random = Arc::new(Counting(AtomicU8::new(0)));
        let settings = Settings {
            scram_iterations: ITERATIONS,
            hashing_queue,
            ..Settings::default()
        };
        let store = Store::open(&folder.join("test.db"), &Options::default()).expect("a database");
        let accounts = Accounts::new(store.clone(), &settings, clock.clone(), random.clone());
        let sasl = Sasl::open(&store, accounts.clone(), random).await.expect("sasl");
        Self {
            store,
            accounts,
            sasl,
            clock,
        }
    }

    pub async fn insert(&self, name: &str, credentials: Credentials) {
        let new = NewAccount {
            address: address(name),
            password: Password::new("not used").expect("a password"),
            name: None,
            email: None,
            properties: Properties::new(),
            administrator: false,
        };
        let now = self.clock.now();
        let job = self
            .store
            .write(move |transaction| accounts::insert(transaction, &new, &credentials, now));
        job.await.expect("a stored account");
    }

    /// The keys of [`PASSWORD`].
    pub async fn keys(&self) -> Credentials {
        let password = Password::new(PASSWORD).expect("a password");
        self.accounts.derive(password).await.expect("keys")
    }

    pub async fn lock(&self, name: &str, from: Option<&str>, until: Option<&str>) {
        let time = |text: &str| text.parse().expect("a time");
        let lockout = Lockout {
            from: from.map(time),
            until: until.map(time),
            reason: None,
        };
        let address = address(name);
        let job = self
            .store
            .write(move |transaction| accounts::lock(transaction, &address, &lockout, OpenSessions::End));
        job.await.expect("a stored lockout");
    }

    /// An attempt over TLS that this process ends.
    pub fn begin(&self, mechanism: &str) -> Attempt<'_> {
        Attempt::begin(self, &tls_offer(), mechanism).expect("an offered mechanism")
    }

    /// The answer to a single message in a new attempt.
    pub async fn answer(&self, mechanism: &str, message: &[u8]) -> Outcome {
        self.begin(mechanism).send(message).await
    }
}

pub struct Attempt<'a> {
    server: &'a Server,
    exchange: Exchange,
}

impl<'a> Attempt<'a> {
    pub fn begin(server: &'a Server, offer: &Offer, mechanism: &str) -> Result<Self, Failure> {
        let peer = "192.0.2.1".parse().ok();
        let exchange = Exchange::start(offer, mechanism, &host(), peer)?;
        Ok(Self { server, exchange })
    }

    pub async fn send(&mut self, message: &[u8]) -> Outcome {
        self.step(Some(message)).await
    }

    pub async fn step(&mut self, message: Option<&[u8]>) -> Outcome {
        let answer = self.exchange.step(&self.server.sasl, message).await;
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("readable text");
        match answer.outcome {
            Ok(Step::Challenge(challenge)) => Outcome::Challenge(text(challenge)),
            Ok(Step::Success { identity, data, .. }) => Outcome::Success(name_of(&identity), data.map(text)),
            Err(failure) => Outcome::Failure(failure),
        }
    }
}

fn name_of(identity: &Identity) -> Option<String> {
    identity.address().map(ToString::to_string)
}

pub fn host() -> Host {
    Host::prepare("example.org").expect("a host")
}

pub fn address(name: &str) -> AccountAddress {
    AccountAddress::prepare(name, &host()).expect("an address")
}

pub fn bindings() -> ChannelBindings {
    ChannelBindings {
        tls_exporter: Some([7; 32]),
        tls_server_end_point: Some(vec![9; 48]),
    }
}

pub fn tls_offer() -> Offer {
    Offer::new(&Conditions {
        tls: Some(&bindings()),
        ..Conditions::default()
    })
}
