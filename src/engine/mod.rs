//! The embedded XMPP server: who its accounts are, who is connected, and what passes between them (RFC 6120, RFC 6121).
//! Knows neither the administration APIs nor HTTP.

pub mod accounts;
mod announcements;
mod answer;
pub mod archive_upkeep;
mod block_lists;
mod blocking;
mod broadcast;
mod budget;
pub mod bytestreams;
mod capabilities;
mod client_state;
mod commands;
mod connection;
mod delay;
mod departed;
mod disco;
mod dispatch;
mod ending;
mod form;
mod hearing;
pub mod invitations;
mod iq;
pub mod listener;
mod management;
mod message;
mod metrics;
pub mod muc;
mod newcomers;
mod pipeline;
pub mod presence;
mod pubsub;
mod push;
mod refusal;
mod registrations;
pub mod registry;
mod roster;
pub mod router;
mod rsm;
pub mod sasl;
pub mod sasl2;
mod search;
mod service_lists;
mod serving;
pub mod session;
pub mod settings;
pub mod stanza;
mod start;
pub mod stream_error;
mod strip;
pub mod upload;
pub mod xml;

use std::sync::{Arc, Weak};

use jiff::Timestamp;
use tokio::runtime::Handle;

use self::accounts::Accounts;
use self::announcements::standing::StandingMessages;
use self::block_lists::BlockLists;
use self::budget::Budget;
use self::capabilities::known::Known;
use self::commands::CommandSessions;
use self::departed::Departed;
use self::metrics::EngineMetrics;
use self::muc::live::Rooms;
use self::presence::last_seen::LastSeen;
use self::presence::watchers::Watchers;
use self::push::unanswered::Unanswered;
use self::registrations::Registrations;
use self::registry::Registry;
use self::roster::waiting::Shared;
use self::router::Router;
use self::sasl::Sasl;
use self::service_lists::ServiceLists;
use self::serving::Serving;
use self::session::{Delivery, Outgoing, Session};
use self::settings::Settings;
use self::stanza::Stanza;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::clock::Clock;
use crate::domain::command::Commands;
use crate::domain::random::Random;
use crate::storage::Store;

/// The running server. A clone is another handle to the same.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

/// A handle that does not keep the server alive.
#[derive(Clone)]
struct WeakEngine(Weak<Inner>);

impl WeakEngine {
    fn upgrade(&self) -> Option<Engine> {
        self.0.upgrade().map(Engine)
    }
}

/// What serves a domain that is not a host of accounts.
pub trait Service: Send + Sync {
    /// Takes a stanza of a client. Answers go out through the engine.
    fn take(&self, engine: &Engine, sender: &Arc<Session>, stanza: Stanza) -> Serving;
}

struct Inner {
    store: Store,
    accounts: Accounts,
    sasl: Sasl,
    registry: Registry,
    block_lists: BlockLists,
    shared: Shared,
    last_seen: LastSeen,
    watchers: Watchers,
    router: Router<dyn Service>,
    rooms: Rooms,
    settings: Settings,
    departed: Departed,
    registrations: Registrations,
    unanswered_pushes: Unanswered,
    budget: Arc<Budget>,
    metrics: EngineMetrics,
    standing_messages: StandingMessages,
    service_lists: ServiceLists,
    commands: CommandSessions,
    capabilities: Known,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    started: Timestamp,
    /// For what begins on the writer's thread and has to wait.
    runtime: Handle,
}

impl Engine {
    /// Offers commands to clients (XEP-0050); to be called before anybody can connect.
    pub fn offer(&self, commands: Arc<dyn Commands>) {
        self.0.commands.offer(commands);
    }

    pub(crate) fn commands(&self) -> &CommandSessions {
        &self.0.commands
    }

    pub(crate) fn standing_messages(&self) -> &StandingMessages {
        &self.0.standing_messages
    }

    pub(crate) fn service_lists(&self) -> &ServiceLists {
        &self.0.service_lists
    }

    /// Who is connected.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    pub(crate) fn block_lists(&self) -> &BlockLists {
        &self.0.block_lists
    }

    pub(crate) fn store(&self) -> &Store {
        &self.0.store
    }

    pub(crate) fn accounts(&self) -> &Accounts {
        &self.0.accounts
    }

    pub(crate) fn sasl(&self) -> &Sasl {
        &self.0.sasl
    }

    /// Where stanzas go; services register their domains here.
    pub fn router(&self) -> &Router<dyn Service> {
        &self.0.router
    }

    /// The rooms that somebody is in.
    pub(crate) fn rooms(&self) -> &Rooms {
        &self.0.rooms
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    pub(crate) fn started(&self) -> Timestamp {
        self.0.started
    }

    pub(crate) fn random(&self) -> &dyn Random {
        &*self.0.random
    }

    /// The hosts whose accounts live here.
    pub fn hosts(&self) -> &[Host] {
        &self.0.settings.hosts
    }

    /// Queues a stanza for a session. A client that does not read what it is sent loses its session.
    pub fn deliver(&self, session: &Arc<Session>, delivery: impl Into<Delivery>) {
        self.send(session, Outgoing::Stanza(delivery.into()));
    }

    /// Queues a stanza that several get for one of them, addressed to it.
    pub(crate) fn deliver_to(&self, session: &Arc<Session>, stanza: &Arc<Stanza>) {
        self.deliver(session, Delivery::shared(Arc::clone(stanza), session.shared_address()));
    }

    pub(crate) fn metrics(&self) -> &EngineMetrics {
        &self.0.metrics
    }

    /// What may wait for all clients together.
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.0.budget
    }

    pub(crate) fn registrations(&self) -> &Registrations {
        &self.0.registrations
    }

    fn unanswered_pushes(&self) -> &Unanswered {
        &self.0.unanswered_pushes
    }

    pub(crate) fn departed(&self) -> &Departed {
        &self.0.departed
    }

    /// What clients can do, by the hashes that they send.
    pub(crate) fn capabilities(&self) -> &Known {
        &self.0.capabilities
    }

    /// Runs a future that somebody who must not wait has begun.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.0.runtime.spawn(future);
    }

    /// A handle that does not keep the server alive.
    fn downgrade(&self) -> WeakEngine {
        WeakEngine(Arc::downgrade(&self.0))
    }

    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    pub(crate) fn watchers(&self) -> &Watchers {
        &self.0.watchers
    }

    pub(crate) fn last_seen(&self) -> &LastSeen {
        &self.0.last_seen
    }

    /// When a client of an account logged in last, if it is not stored yet.
    pub fn last_login(&self, account: &AccountAddress) -> Option<Timestamp> {
        self.last_seen().waiting_login(account)
    }
}
