//! How many accounts people have made themselves lately (XEP-0077), by the address of the client.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use quick_cache::unsync::Cache;
use tokio::time::Instant;

use crate::domain::network::origin;

/// Within which the accounts made from one address are counted.
const WINDOW: Duration = Duration::from_hours(1);

/// Addresses that are remembered; the oldest are forgotten first.
const MOST_ADDRESSES: usize = 10_000;

/// How many accounts have been made lately, by the address of the client.
pub struct Registrations(Mutex<Cache<IpAddr, Made>>);

#[derive(Clone, Copy)]
struct Made {
    count: u32,
    since: Instant,
}

impl Default for Registrations {
    fn default() -> Self {
        Self(Mutex::new(Cache::new(MOST_ADDRESSES)))
    }
}

impl Registrations {
    /// Counts an attempt of that client; false: it has made as many as it may.
    pub fn count(&self, peer: IpAddr, most: u32, now: Instant) -> bool {
        let address = origin(Some(peer));
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = made.get(&address).copied();
        let before = before.filter(|made| now.duration_since(made.since) < WINDOW);
        let Made { count, since } = before.unwrap_or(Made { count: 0, since: now });
        if count >= most {
            return false;
        }
        let count = count + 1;
        made.insert(address, Made { count, since });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_makes_so_many_accounts_in_an_hour() {
        let (registrations, now) = (Registrations::default(), Instant::now());
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        assert!(registrations.count(one, 2, now));
        assert!(registrations.count(one, 2, now));
        assert!(!registrations.count(one, 2, now));
        assert!(registrations.count(other, 2, now));
        assert!(registrations.count(one, 2, now + WINDOW));
    }

    #[test]
    fn a_network_of_one_client_counts_as_one_address() {
        let (registrations, now) = (Registrations::default(), Instant::now());
        assert!(registrations.count("2001:db8::1".parse().unwrap(), 1, now));
        assert!(!registrations.count("2001:db8::2".parse().unwrap(), 1, now));
        assert!(registrations.count("2001:db8:0:1::1".parse().unwrap(), 1, now));
    }
}
