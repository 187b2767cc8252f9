//! What an administrator can do, one file per noun. It is the only door for dialects: every call
//! is made on an [`AdminSession`], which cannot be had without a [`Caller`], and every change is
//! written to the security audit log with the change itself.

mod accounts;
mod administrators;
mod audit;
mod backups;
mod caller;
mod groups;
mod health;
mod invitations;
mod login;
mod messages;
mod metrics;
mod properties;
mod room_affiliations;
mod rooms;
mod rosters;
mod service;
mod sessions;
mod settings;
mod vcards;
mod wrong_passwords;

use std::fmt;
use std::sync::Arc;

pub use caller::{Authority, Caller, Door};
pub use health::{Health, Listener};
pub use login::Login;
pub use settings::{ConfiguredSettings, LiveSettings, Texts};

use metrics::LoginMetrics;
use service::Stops;

use crate::backend::Backend;
use crate::domain::address::Host;
use crate::domain::audit::AuditRecord;
use crate::domain::clock::{Clock, now_in_milliseconds};

/// Characters of a summary in the audit log: who names thousands in one request does not fill it with their names.
const MAX_SUMMARY: usize = 1000;

/// What all administration stands on.
#[derive(Clone)]
pub struct Admin(Arc<Foundation>);

struct Foundation {
    backend: Arc<dyn Backend>,
    clock: Arc<dyn Clock>,
    settings: LiveSettings,
    health: Health,
    logins: LoginMetrics,
    stops: Stops,
    host: Host,
    node: String,
}

impl Admin {
    /// `host` is the primary host, `node` the name of this server in the audit log.
    pub fn new(
        backend: Arc<dyn Backend>,
        clock: Arc<dyn Clock>,
        settings: LiveSettings,
        host: Host,
        node: impl Into<String>,
    ) -> Self {
        Self(Arc::new(Foundation {
            backend,
            health: Health::new(Arc::clone(&clock)),
            logins: LoginMetrics::default(),
            stops: Stops::default(),
            clock,
            settings,
            host,
            node: node.into(),
        }))
    }

    /// The settings that count now.
    pub fn settings(&self) -> &LiveSettings {
        &self.0.settings
    }

    /// Whether the service is well.
    pub fn health(&self) -> &Health {
        &self.0.health
    }

    /// The primary host: the one that dialects without hosts speak of.
    pub fn host(&self) -> &Host {
        &self.0.host
    }

    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// All that `caller` can do.
    pub fn session(&self, caller: Caller) -> AdminSession {
        AdminSession {
            admin: self.clone(),
            caller,
        }
    }

    fn backend(&self) -> &dyn Backend {
        &*self.0.backend
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Admin({})", self.0.host)
    }
}

/// Administration in the name of a caller.
#[derive(Debug, Clone)]
pub struct AdminSession {
    admin: Admin,
    caller: Caller,
}

impl AdminSession {
    /// The primary host.
    pub fn host(&self) -> &Host {
        self.admin.host()
    }

    fn backend(&self) -> &dyn Backend {
        self.admin.backend()
    }

    fn settings(&self) -> &LiveSettings {
        self.admin.settings()
    }

    /// The audit entry for a change that is about to be made.
    fn record(&self, summary: String) -> Option<AuditRecord> {
        if !self.caller.is_audited() {
            return None;
        }
        Some(AuditRecord {
            at: now_in_milliseconds(self.admin.clock()),
            username: self.caller.name().to_owned(),
            summary: summary.chars().take(MAX_SUMMARY).collect(),
            details: self.caller.details(),
            node: self.admin.0.node.clone(),
        })
    }
}
