//! The embedded server: SQLite, and the XMPP engine above it.

mod accounts;
mod audit;
mod backups;
mod groups;
mod health;
mod invitations;
mod messages;
mod properties;
mod room_affiliations;
mod room_occupants;
mod rooms;
mod rosters;
mod service;
mod sessions;
mod vcards;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::domain::audit::AuditRecord;
use crate::domain::clock::Clock;
use crate::domain::random::Random;
use crate::domain::{Error, Result};
use crate::engine::Engine;
use crate::engine::accounts::{Accounts, Settings as AccountSettings};
use crate::engine::settings::Settings as EngineSettings;
use crate::metrics::Collectors;
use crate::storage::audit as audit_log;
use crate::storage::{self, Listener, Options, Store, Transaction};

/// What the embedded server may use.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    pub storage: Options,
    pub accounts: AccountSettings,
    pub engine: EngineSettings,
}

/// Why the server cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database was not opened to the end")]
    Interrupted,
    #[error(transparent)]
    Database(#[from] storage::OpenError),
    #[error("the database cannot be prepared: {0}")]
    Prepare(#[from] Error),
}

pub struct Embedded {
    store: Store,
    accounts: Accounts,
    engine: Engine,
    clock: Arc<dyn Clock>,
    backing_up: Arc<AtomicBool>,
}

impl Embedded {
    /// Opens or makes the database at `path`.
    pub async fn open(
        path: &Path,
        settings: &Settings,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, OpenError> {
        // A new version may have to rewrite all of it first.
        let (path, options) = (path.to_owned(), settings.storage.clone());
        let opening = tokio::task::spawn_blocking(move || Store::open(&path, &options));
        let store = opening.await.map_err(|_| OpenError::Interrupted)??;
        let accounts = Accounts::new(
            store.clone(),
            &settings.accounts,
            Arc::clone(&clock),
            Arc::clone(&random),
        );
        let engine = Engine::open(
            store.clone(),
            accounts.clone(),
            settings.engine.clone(),
            Arc::clone(&clock),
            random,
        )
        .await?;
        Ok(Self {
            store,
            accounts,
            engine,
            clock,
            backing_up: Arc::default(),
        })
    }

    /// Tells `listener` of every change from now on, before the change is answered.
    pub fn listen(&self, listener: Listener) {
        self.store.listen(listener);
    }

    /// The XMPP server.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Makes a change and stores its audit entry with it, in one job. What leaves every row as it was is no change and
    /// has no entry.
    async fn change<T: Send + 'static>(
        &self,
        record: Option<AuditRecord>,
        mut job: impl FnMut(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.store
            .write(move |transaction| {
                let before = transaction.total_changes();
                let result = job(transaction)?;
                if transaction.total_changes() > before {
                    audit_log::insert(transaction, record.as_ref())?;
                }
                Ok(result)
            })
            .await
    }

    /// Stores the audit entry of something that is done, but stored nowhere else.
    async fn note(&self, record: Option<AuditRecord>) -> Result<()> {
        self.store
            .write(move |transaction| audit_log::insert(transaction, record.as_ref()))
            .await
    }

    /// The metrics of the server; what else it gets brings its own.
    pub fn collectors(&self) -> Collectors {
        let mut collectors = self.store.collectors();
        collectors.extend(self.engine.collectors());
        collectors
    }

    pub async fn close(&self) {
        self.engine.close().await;
        self.store.close().await;
    }
}
