//! Accounts that people make themselves (XEP-0077): how many from one client address, and the making.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use quick_cache::unsync::Cache;
use tokio::time::Instant;

use super::Engine;
use crate::domain::account::{NewAccount, Password, Properties};
use crate::domain::address::{AccountAddress, Host};
use crate::domain::clock::now_in_milliseconds;
use crate::domain::network::origin;
use crate::domain::{Error, Kind, Result};
use crate::storage::accounts;

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

/// What somebody tells of the account that he wants.
pub struct Wanted {
    pub username: String,
    pub password: String,
    pub name: Option<String>,
    pub email: Option<String>,
}

/// Makes an account on `host`. `AlreadyExists` when there is one of that name.
pub async fn create(engine: &Engine, host: &Host, wanted: Wanted) -> Result<AccountAddress> {
    let new = NewAccount {
        address: AccountAddress::prepare(&wanted.username, host)?,
        password: Password::new(wanted.password)?,
        name: wanted.name,
        email: wanted.email,
        properties: Properties::default(),
        administrator: false,
    };
    let new = new.checked()?;
    let address = new.address.clone();
    // An account that exists is refused before its password costs anything; the insert decides.
    if engine.accounts().find(&address).await?.is_some() {
        return Err(Error::already_exists(Kind::Account, address.to_string()));
    }
    let credentials = engine.accounts().derive(new.password.clone()).await?;
    let now = now_in_milliseconds(engine.clock());
    engine
        .store()
        .submit(move |transaction| accounts::insert(transaction, &new, &credentials, now))
        .await?;
    tracing::info!(account = %address, "an account was registered by its owner");
    Ok(address)
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
