//! The embedded XMPP server: who its accounts are, who is connected, and what passes between them (RFC 6120, RFC 6121).
//! Knows neither the administration APIs nor HTTP.

pub mod accounts;
mod announcements;
pub mod archive_upkeep;
mod blocking;
mod budget;
pub mod bytestreams;
mod capabilities;
mod client_state;
mod commands;
mod connection;
mod dispatch;
mod form;
pub mod invitations;
mod iq;
pub mod listener;
mod management;
mod message;
mod metrics;
pub mod muc;
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
pub mod stream_error;
mod strip;
pub mod upload;
pub mod xml;

use std::sync::{Arc, Weak};

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::runtime::Handle;

use self::accounts::Accounts;
use self::announcements::StandingMessages;
use self::blocking::BlockLists;
use self::budget::Budget;
use self::commands::CommandSessions;
use self::management::Departed;
use self::metrics::EngineMetrics;
use self::muc::Rooms;
use self::presence::last_seen::LastSeen;
use self::presence::watchers::Watchers;
use self::registrations::Registrations;
use self::registry::Registry;
use self::router::Router;
use self::sasl::Sasl;
use self::service_lists::ServiceLists;
use self::session::{Delivery, Ending, Full, Link, Outgoing, Parting, Session};
use self::settings::Settings;
use self::stanza::Stanza;
use self::stream_error::StreamError;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Host};
use crate::domain::clock::Clock;
use crate::domain::command::Commands;
use crate::domain::event::Event;
use crate::domain::random::Random;
use crate::storage::Store;

/// The running server. A clone is another handle to the same.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    store: Store,
    accounts: Accounts,
    sasl: Sasl,
    registry: Registry,
    block_lists: BlockLists,
    shared: roster::Shared,
    last_seen: LastSeen,
    watchers: Watchers,
    router: Router,
    rooms: Rooms,
    settings: Settings,
    departed: Departed,
    registrations: Registrations,
    unanswered_pushes: push::Unanswered,
    budget: Arc<Budget>,
    metrics: EngineMetrics,
    standing_messages: StandingMessages,
    service_lists: ServiceLists,
    commands: CommandSessions,
    capabilities: capabilities::Known,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    started: Timestamp,
    /// For what begins on the writer's thread and has to wait.
    runtime: Handle,
}

impl Engine {
    /// A server for the accounts of `settings.hosts`. Nobody can connect before a listener serves it.
    pub async fn open(
        store: Store,
        accounts: Accounts,
        settings: Settings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self> {
        let engine = Self(Arc::new(Inner {
            sasl: Sasl::open(&store, accounts.clone(), Arc::clone(&random))
                .await?
                .with_tokens(settings.tokens.clone()),
            registry: Registry::default(),
            block_lists: BlockLists::default(),
            shared: roster::Shared::default(),
            last_seen: LastSeen::default(),
            watchers: Watchers::default(),
            router: Router::new(settings.hosts.clone()),
            rooms: Rooms::open(&store, &*random).await?,
            metrics: EngineMetrics::default(),
            budget: Arc::new(Budget::new(settings.limits.queues)),
            settings,
            store: store.clone(),
            accounts,
            started: clock.now(),
            departed: Departed::default(),
            registrations: Registrations::default(),
            unanswered_pushes: push::Unanswered::default(),
            standing_messages: StandingMessages::default(),
            service_lists: ServiceLists::default(),
            commands: CommandSessions::default(),
            capabilities: capabilities::Known::default(),
            clock,
            random,
            runtime: Handle::current(),
        }));
        // The store must not keep alive the engine that holds it.
        let hearing = Arc::downgrade(&engine.0);
        store.listen(Box::new(move |event| {
            if let Some(inner) = hearing.upgrade() {
                Self(inner).hear(event);
            }
        }));
        if engine.settings().search {
            search::register(&engine);
        }
        upload::register(&engine);
        invitations::offer(&engine);
        announcements::load(&engine).await?;
        service_lists::load(&engine).await?;
        muc::register_services(&engine).await?;
        pubsub::register_services(&engine);
        Ok(engine)
    }

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
    pub fn router(&self) -> &Router {
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

    /// Whoever pushes may hold locks that the end of a session needs, so that comes a moment later.
    pub(crate) fn send(&self, session: &Arc<Session>, outgoing: Outgoing) {
        let Err(Full(outgoing)) = session.outbox().push(outgoing) else {
            return;
        };
        let ending = Ending::Error(StreamError::PolicyViolation);
        if let Parting::Waits { parting, patience } = session.outbox().part(None, ending) {
            management::expect_back(self, session, parting, patience);
        }
        if let Err(Full(outgoing)) = session.outbox().push(outgoing) {
            session.outbox().end(ending);
            let (engine, session) = (self.clone(), Arc::clone(session));
            self.spawn(async move {
                engine.end(&session, ending);
                management::give_back(&engine, &session, outgoing);
            });
        }
    }

    /// Ends a session: from now on it is not found, its contacts are told, and its stream closes behind what is queued.
    /// Nobody can resume it.
    pub fn end(&self, session: &Arc<Session>, ending: Ending) {
        let is_attached = session.outbox().end(ending);
        presence::leave(self, session);
        if self.registry().unbind(session) {
            let bare = &session.address().bare;
            self.block_lists()
                .forget_unless(bare, || self.registry().account(bare).is_some());
            if !is_attached {
                management::settle(self, session);
            }
        }
    }

    /// Ends a session whose address another one has taken.
    pub(crate) fn replace(&self, session: &Arc<Session>, ending: Ending) {
        let is_attached = session.outbox().end(ending);
        presence::leave(self, session);
        if !is_attached {
            management::settle(self, session);
        }
    }

    /// Parts a session from a connection that is lost or has to go. A session that its client can resume waits for that;
    /// another ends.
    pub(crate) fn part(&self, session: &Arc<Session>, link: &Arc<Link>, ending: Ending) {
        match session.outbox().part(Some(link), ending) {
            Parting::Waits { parting, patience } => management::expect_back(self, session, parting, patience),
            Parting::Over => self.end(session, ending),
            Parting::Elsewhere => {}
        }
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

    fn unanswered_pushes(&self) -> &push::Unanswered {
        &self.0.unanswered_pushes
    }

    pub(crate) fn departed(&self) -> &Departed {
        &self.0.departed
    }

    /// What clients can do, by the hashes that they send.
    pub(crate) fn capabilities(&self) -> &capabilities::Known {
        &self.0.capabilities
    }

    /// Runs a future that somebody who must not wait has begun.
    pub(crate) fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.0.runtime.spawn(future);
    }

    /// A handle that does not keep the server alive.
    fn downgrade(&self) -> Weak<Inner> {
        Arc::downgrade(&self.0)
    }

    /// Takes a message of a service, a room say, for the account or the session that it names. The future ends when
    /// its effects are complete.
    pub fn receive(&self, message: Stanza) -> BoxFuture<'static, ()> {
        Box::pin(message::receive(self, message).finish())
    }

    pub(crate) fn shared(&self) -> &roster::Shared {
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

    /// Stores what was not worth a job of its own yet.
    pub async fn close(&self) {
        self.last_seen().store(self).await;
    }

    /// Says goodbye to everybody.
    pub fn shut_down(&self) {
        muc::shut_down(self);
        for session in self.registry().all() {
            self.end(&session, Ending::Error(StreamError::SystemShutdown));
        }
    }

    /// What a committed change means for those who are connected. Runs on the writer's thread.
    fn hear(&self, event: &Event) {
        muc::hear(self, event);
        match event {
            Event::AccountRemoved(account)
            | Event::AccountLocked(account)
            | Event::AccountRenamed { from: account, .. } => {
                for session in self.registry().sessions(&account.to_address()) {
                    self.end(&session, Ending::Error(StreamError::NotAuthorized));
                }
            }
            Event::AddressesBlocked { owner, addresses } => {
                presence::hide(self, owner, addresses);
                let added = addresses.iter().cloned();
                self.block_lists()
                    .change(&owner.to_address(), |list| list.extend(added));
                if !addresses.is_empty() {
                    iq::blocking::push(self, owner, "block", addresses);
                }
            }
            Event::AddressesUnblocked { owner, addresses, all } => {
                self.block_lists().change(&owner.to_address(), |list| {
                    list.retain(|blocked| !addresses.contains(blocked));
                });
                if *all || !addresses.is_empty() {
                    iq::blocking::push(self, owner, "unblock", if *all { &[] } else { addresses });
                }
                presence::show(self, owner, addresses);
            }
            Event::VCardChanged(owner) => self.spawn(pubsub::follow_vcard(self.clone(), owner.clone())),
            Event::RosterItemChanged {
                owner,
                item,
                before,
                version,
                cause,
            } => {
                roster::changed(self, owner, item, *version, *cause);
                if item.subscription.is_seen_by_contact() && !before.is_seen_by_contact() {
                    self.spawn(pubsub::send_last_of(self.clone(), owner.clone(), item.contact.clone()));
                }
            }
            Event::RosterItemRemoved {
                owner,
                contact,
                version,
                cause,
                ..
            } => roster::removed(self, owner, contact, *version, *cause),
            Event::SubscriptionStanza {
                recipient,
                sender,
                kind,
                stanza,
            } => presence::subscription::deliver(self, recipient, sender, *kind, stanza.as_deref()),
            Event::GroupChanged { host, name, .. } | Event::GroupRemoved { host, name, .. } => {
                let change = roster::Change::of(event);
                self.shared().note_group(self, host, name, change);
            }
            Event::AccountCreated(account) => {
                self.shared().note_account(self, account);
                announcements::welcome(self, account);
            }
            Event::AccountNamed(account) => self.shared().note_account(self, account),
            Event::StandingMessageSet {
                host,
                occasion,
                message,
            } => announcements::set(self, host, *occasion, message),
            Event::StandingMessageEdited { host, occasion, body } => {
                self.standing_messages().edit(host, *occasion, body);
            }
            Event::StandingMessageRemoved { host, occasion } => self.standing_messages().remove(host, *occasion),
            Event::ServiceAddressesChanged { list, addresses } => {
                self.service_lists().set(*list, Arc::clone(addresses));
            }
            _ => {}
        }
    }
}
