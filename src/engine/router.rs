//! Where a stanza goes, by the domain of its address: the accounts of a host, or what serves another domain here, such
//! as a service of rooms. There is no federation: every other domain is a remote server that cannot be found.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::Engine;
use super::serving::Serving;
use super::session::Session;
use super::stanza::Stanza;
use crate::domain::address::Host;

/// What serves a domain that is not a host of accounts.
pub trait Service: Send + Sync {
    /// Takes a stanza of a client. Answers go out through the engine.
    fn take(&self, engine: &Engine, sender: &Arc<Session>, stanza: Stanza) -> Serving;
}

#[derive(Clone)]
pub enum Destination {
    /// A host of accounts.
    Host,
    Service(Arc<dyn Service>),
    Remote,
}

pub struct Router {
    hosts: Vec<Host>,
    services: RwLock<BTreeMap<Box<str>, Arc<dyn Service>>>,
}

impl Router {
    pub fn new(hosts: Vec<Host>) -> Self {
        Self {
            hosts,
            services: RwLock::default(),
        }
    }

    pub fn host(&self, domain: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| host.as_str() == domain)
    }

    /// Whether `domain` is served here.
    pub fn is_ours(&self, domain: &str) -> bool {
        !matches!(self.destination(domain), Destination::Remote)
    }

    pub fn destination(&self, domain: &str) -> Destination {
        if self.host(domain).is_some() {
            return Destination::Host;
        }
        let services = self.services.read().unwrap_or_else(PoisonError::into_inner);
        match services.get(domain) {
            Some(service) => Destination::Service(Arc::clone(service)),
            None => Destination::Remote,
        }
    }

    /// The domains of services.
    pub fn services(&self) -> Vec<Box<str>> {
        let services = self.services.read().unwrap_or_else(PoisonError::into_inner);
        services.keys().cloned().collect()
    }

    /// Serves `domain` from now on.
    pub fn register(&self, domain: &str, service: Arc<dyn Service>) {
        let mut services = self.services.write().unwrap_or_else(PoisonError::into_inner);
        services.insert(domain.into(), service);
    }

    pub fn unregister(&self, domain: &str) {
        let mut services = self.services.write().unwrap_or_else(PoisonError::into_inner);
        services.remove(domain);
    }
}
