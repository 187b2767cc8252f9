//! Where a stanza goes, by the domain of its address: the accounts of a host, or what serves another domain here, such
//! as a service of rooms. There is no federation: every other domain is a remote server that cannot be found, and so is
//! another host unless the operator lets them reach each other.

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
    /// Hosts are to each other like servers that cannot be found.
    hosts_apart: bool,
    services: RwLock<BTreeMap<Box<str>, Arc<S>>>,
}

impl<S: ?Sized> Router<S> {
    pub fn new(hosts: Vec<Host>, hosts_apart: bool) -> Self {
        Self {
            hosts,
            hosts_apart,
            services: RwLock::default(),
        }
    }

    pub fn host(&self, domain: &str) -> Option<&Host> {
        self.hosts.iter().find(|host| host.as_str() == domain)
    }

    /// Whether `domain` is served here.
    pub fn is_ours(&self, domain: &str) -> bool {
        !matches!(self.lookup(domain), Destination::Remote)
    }

    /// Where what comes from `sender`, a domain of ours, goes to reach `domain`.
    pub fn destination(&self, sender: &str, domain: &str) -> Destination<S> {
        if self.are_apart(sender, domain) {
            return Destination::Remote;
        }
        self.lookup(domain)
    }

    /// Whether nothing passes between two domains that are both served here.
    pub fn are_apart(&self, one: &str, other: &str) -> bool {
        self.hosts_apart
            && one != other
            && matches!((self.owner(one), self.owner(other)), (Some(one), Some(other)) if one != other)
    }

    /// The host that a domain is, or belongs to as one of its services.
    fn owner(&self, domain: &str) -> Option<&Host> {
        let is_below = |host: &&Host| {
            let rest = domain.strip_suffix(host.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let owners = self.hosts.iter().filter(is_below);
        owners.max_by_key(|host| host.as_str().len())
    }

    fn lookup(&self, domain: &str) -> Destination<S> {
        if self.host(domain).is_some() {
            return Destination::Host;
        }
        let services = self.services.read().unwrap_or_else(PoisonError::into_inner);
        match services.get(domain) {
            Some(service) => Destination::Service(Arc::clone(service)),
            None => Destination::Remote,
        }
    }

    /// The domains of services of `host`, and of others that reach it.
    pub fn services_for(&self, host: &str) -> Vec<Box<str>> {
        let services = self.services.read().unwrap_or_else(PoisonError::into_inner);
        let domains = services.keys().filter(|domain| !self.are_apart(host, domain));
        domains.cloned().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_belongs_to_the_host_that_it_stands_below() {
        let hosts = ["a.org", "eu.a.org", "b.org"].map(|host| Host::prepare(host).unwrap());
        let apart = Router::<()>::new(hosts.to_vec(), true);
        for (one, other, expected) in [
            ("a.org", "a.org", false),
            ("a.org", "rooms.a.org", false),
            ("a.org", "b.org", true),
            ("rooms.a.org", "b.org", true),
            ("a.org", "eu.a.org", true),
            ("eu.a.org", "rooms.eu.a.org", false),
            ("a.org", "rooms.eu.a.org", true),
            ("b.org", "bb.org", false),
            ("a.org", "elsewhere.example", false),
        ] {
            assert_eq!(apart.are_apart(one, other), expected, "{one} {other}");
            assert_eq!(apart.are_apart(other, one), expected, "{other} {one}");
        }
        assert!(!Router::<()>::new(hosts.to_vec(), false).are_apart("a.org", "b.org"));
    }
}
