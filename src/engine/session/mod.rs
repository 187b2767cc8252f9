//! A session: a bound full address with its presence and what is queued for it (RFC 6120 §7). It is not a connection:
//! a connection drains the queue and may go while the session stays.

mod announced;
mod copied;
mod held_back;
mod link;
mod outbox;
mod outgoing;
mod queue;
mod unacked;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

pub use announced::{Announced, Announcement, Features};
pub use link::Link;
pub use outbox::{Full, NotResumed, Outbox, Parting, Work};
pub use outgoing::{Delivery, Ending, Outgoing};
pub use queue::Batch;
pub use unacked::TooHigh;

use self::copied::Copied;
use super::budget::Budget;
use super::sasl::Mechanism;
use super::stanza::Stanza;
use crate::domain::address::{AccountAddress, Address, FullAddress, Host};
use crate::domain::push::PushRegistration;
use crate::domain::session::Presence;

/// What carries a session's stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Tcp,
    Tls,
    WebSocket,
    Bosh,
}

impl Transport {
    /// As metrics name it, whatever encrypts it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp | Self::Tls => "tcp",
            Self::WebSocket => "websocket",
            Self::Bosh => "bosh",
        }
    }
}

/// What is known of a session from its beginning, and anew when it is resumed.
#[derive(Debug, Clone)]
pub struct Facts {
    pub transport: Transport,
    pub peer: SocketAddr,
    /// `TLSv1.3`, say; `None` without TLS.
    pub tls_version: Option<&'static str>,
    pub mechanism: Mechanism,
    /// How the client tells itself from others of the account (XEP-0388), if it does.
    pub client: Option<Arc<str>>,
    pub connected: Timestamp,
    pub authenticated: Timestamp,
}

/// What changes while a session lives.
#[derive(Debug, Default)]
pub struct State {
    /// The last presence to everybody, while it is available.
    pub presence: Option<Arc<Stanza>>,
    /// The same as the administration shows it.
    pub shown: Presence,
    /// The language of what its client writes, where that does not say another one.
    pub lang: Option<Box<str>>,
    /// It asked for the roster, so it gets roster pushes (RFC 6121 §2.2).
    pub interested: bool,
    /// It asked for the block list, so it gets its pushes (XEP-0191 §3.2).
    pub watches_blocks: bool,
    /// What the client can do, while it is available.
    pub capabilities: Announced,
    /// The SHA-1 of the account's avatar, empty: it has none; `None`: not known yet.
    pub avatar: Option<Box<str>>,
    /// Its client shows no avatar, whatever the account has (XEP-0398 §4).
    pub hides_avatar: bool,
    /// XEP-0280.
    pub carbons: bool,
    pub copied: Copied,
    /// What it has registered for the account (XEP-0357): it is not told while somebody looks at it.
    pub push: Vec<PushRegistration>,
    /// To whom it sent directed presence (RFC 6121 §4.6).
    pub directed: Vec<FullAddress>,
    /// The rooms that it is in (XEP-0045).
    pub rooms: Vec<Arc<Address>>,
}

#[derive(Debug)]
pub struct Session {
    /// Never the same twice, and never guessed.
    id: Box<str>,
    address: Arc<FullAddress>,
    host: Host,
    /// `None`: anonymous.
    account: Option<AccountAddress>,
    facts: Mutex<Arc<Facts>>,
    outbox: Outbox,
    state: Mutex<State>,
    /// The client enabled stream management (XEP-0198).
    managed: AtomicBool,
    /// Stanzas of the client whose effects are complete, since it enabled stream management; wraps at 2^32.
    handled: AtomicU32,
    /// Milliseconds since 1970 of its last stanza.
    last_active: AtomicI64,
}

impl Session {
    /// A session with its first connection.
    pub fn new(
        id: impl Into<Box<str>>,
        address: FullAddress,
        host: Host,
        account: Option<AccountAddress>,
        facts: Facts,
        max_queue: usize,
        budget: Arc<Budget>,
    ) -> (Arc<Self>, Arc<Link>) {
        let (outbox, link) = Outbox::new(max_queue, budget);
        let session = Self {
            last_active: AtomicI64::new(facts.authenticated.as_millisecond()),
            id: id.into(),
            address: Arc::new(address),
            host,
            account,
            facts: Mutex::new(Arc::new(facts)),
            outbox,
            state: Mutex::default(),
            managed: AtomicBool::new(false),
            handled: AtomicU32::new(0),
        };
        (Arc::new(session), link)
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// The full address it is bound to.
    pub fn address(&self) -> &FullAddress {
        &self.address
    }

    /// The same, to be shared.
    pub fn shared_address(&self) -> Arc<FullAddress> {
        Arc::clone(&self.address)
    }

    pub fn resource(&self) -> &str {
        self.address.resource.as_deref().unwrap_or_default()
    }

    pub fn host(&self) -> &Host {
        &self.host
    }

    /// `None` for an anonymous session.
    pub fn account(&self) -> Option<&AccountAddress> {
        self.account.as_ref()
    }

    pub fn facts(&self) -> Arc<Facts> {
        Arc::clone(&self.facts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// It has another connection now.
    pub fn set_facts(&self, facts: Facts) {
        *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(facts);
    }

    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Locks what changes. Never held over a push or an await.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn touch(&self, now: Timestamp) {
        self.last_active.store(now.as_millisecond(), Ordering::Relaxed);
    }

    pub fn last_active(&self) -> Timestamp {
        Timestamp::from_millisecond(self.last_active.load(Ordering::Relaxed)).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// From now on the client's stanzas are counted. False: they were before.
    pub fn begin_counting(&self) -> bool {
        !self.managed.swap(true, Ordering::AcqRel)
    }

    /// Whether the client enabled stream management.
    pub fn is_managed(&self) -> bool {
        self.managed.load(Ordering::Acquire)
    }

    /// Counts a stanza of the client whose effects are complete, as are those of all before it.
    pub fn count_handled(&self) {
        if self.is_managed() {
            self.handled.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// How many stanzas of the client have taken effect.
    pub fn handled(&self) -> u32 {
        self.handled.load(Ordering::Acquire)
    }

    /// Whether it has sent presence to everybody and not taken it back.
    pub fn is_available(&self) -> bool {
        self.state().presence.is_some()
    }

    /// Its priority while it is available.
    pub fn priority(&self) -> Option<i8> {
        let state = self.state();
        state.presence.as_ref().map(|_| state.shown.priority)
    }
}
