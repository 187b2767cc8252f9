//! How the server begins and ends.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::accounts::Accounts;
use super::announcements::standing::StandingMessages;
use super::block_lists::BlockLists;
use super::budget::Budget;
use super::capabilities::known::Known;
use super::commands::CommandSessions;
use super::departed::Departed;
use super::metrics::EngineMetrics;
use super::muc::live::Rooms;
use super::presence::last_seen::LastSeen;
use super::presence::watchers::Watchers;
use super::push::unanswered::Unanswered;
use super::registrations::Registrations;
use super::registry::Registry;
use super::roster::waiting::Shared;
use super::router::Router;
use super::sasl::Sasl;
use super::service_lists::ServiceLists;
use super::session::Ending;
use super::settings::Settings;
use super::stream_error::StreamError;
use super::{Engine, Inner, announcements, invitations, muc, pubsub, search, upload};
use crate::domain::Result;
use crate::domain::clock::Clock;
use crate::domain::random::Random;
use crate::storage::Store;

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
            shared: Shared::default(),
            last_seen: LastSeen::new(store.clone(), Handle::current()),
            watchers: Watchers::default(),
            router: Router::new(settings.hosts.clone(), settings.hosts_apart),
            rooms: Rooms::open(&store, settings.archive, &*random).await?,
            metrics: EngineMetrics::default(),
            budget: Arc::new(Budget::new(settings.limits.queues)),
            settings,
            store: store.clone(),
            accounts,
            started: clock.now(),
            departed: Departed::default(),
            registrations: Registrations::default(),
            unanswered_pushes: Unanswered::default(),
            standing_messages: StandingMessages::default(),
            service_lists: ServiceLists::default(),
            commands: CommandSessions::default(),
            capabilities: Known::default(),
            clock,
            random,
            runtime: Handle::current(),
        }));
        // The store must not keep alive the engine that holds it.
        let hearing = engine.downgrade();
        store.listen(Box::new(move |event| {
            if let Some(engine) = hearing.upgrade() {
                engine.hear(event);
            }
        }));
        if engine.settings().search {
            search::register(&engine);
        }
        upload::register(&engine);
        invitations::offer(&engine);
        announcements::load(&engine).await?;
        engine.service_lists().load(&store).await?;
        muc::register_services(&engine).await?;
        pubsub::register_services(&engine);
        Ok(engine)
    }

    /// Stores what was not worth a job of its own yet.
    pub async fn close(&self) {
        self.last_seen().store().await;
    }

    /// Says goodbye to everybody.
    pub fn shut_down(&self) {
        muc::shut_down(self);
        for session in self.registry().all() {
            self.end(&session, Ending::Error(StreamError::SystemShutdown));
        }
    }
}
