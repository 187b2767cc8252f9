//! The settings that count now. A snapshot is replaced as a whole, so that a request sees either
//! all of a change or nothing of it.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::domain::access::Access;

/// What the configuration says.
#[derive(Debug, Clone)]
pub struct ConfiguredSettings {
    pub access: Access,
    /// Properties that decide who may call can be written, and count before the configuration.
    pub writable_access: bool,
}

/// The settings that count now, shared by all who ask.
#[derive(Debug, Clone)]
pub struct LiveSettings(Arc<State>);

#[derive(Debug)]
struct State {
    access: ArcSwap<Access>,
    configured: ConfiguredSettings,
}

impl LiveSettings {
    pub fn new(configured: ConfiguredSettings) -> Self {
        Self(Arc::new(State {
            access: ArcSwap::from_pointee(configured.access.clone()),
            configured,
        }))
    }

    /// Who may call: to be asked anew for each request.
    pub fn access(&self) -> Arc<Access> {
        self.0.access.load_full()
    }

    pub fn writable_access(&self) -> bool {
        self.0.configured.writable_access
    }
}
