//! Where a stanza goes, by the domain of its address: the accounts of a host, or what serves another domain here, such
//! as a service of rooms. There is no federation: every other domain is a remote server that cannot be found.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::address::Host;

/// Where a domain leads; `S` is what serves one that is not a host.
pub enum Destination<S: ?Sized> {
    /// A host of accounts.
    Host,
    Service(Arc<S>),
    Remote,
}

pub struct Router<S: ?Sized> {
    hosts: Vec<Host>,
    services: RwLock<BTreeMap<Box<str>, Arc<S>>>,
}

impl<S: ?Sized> Router<S> {
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

    pub fn destination(&self, domain: &str) -> Destination<S> {
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
    pub fn register(&self, domain: &str, service: Arc<S>) {
        let mut services = self.services.write().unwrap_or_else(PoisonError::into_inner);
        services.insert(domain.into(), service);
    }

    pub fn unregister(&self, domain: &str) {
        let mut services = self.services.write().unwrap_or_else(PoisonError::into_inner);
        services.remove(domain);
    }
}
