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
use crate::domain::invitation::Invitation;
use crate::domain::network::origin;
use crate::domain::{Error, Kind, Result};
use crate::storage::{accounts, invitations};

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

/// Makes an account on `host`, by an invitation if there is one. `AlreadyExists` when there is one of that name or it is
/// kept for somebody else, `Invalid` when the invitation is for another name, `NotAllowed` when it has been used up.
pub async fn create(
    engine: &Engine,
    host: &Host,
    wanted: Wanted,
    invitation: Option<&Invitation>,
) -> Result<AccountAddress> {
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
    let invited = invitation.and_then(|invitation| invitation.username.as_ref());
    if let Some(name) = invited.filter(|name| *name != address.localpart()) {
        let reason = format!("the invitation is for {name}");
        return Err(Error::invalid("username", address.localpart().as_str(), reason));
    }
    // An account that exists is refused before its password costs anything; the insert decides.
    if engine.accounts().find(&address).await?.is_some() {
        return Err(Error::already_exists(Kind::Account, address.to_string()));
    }
    let credentials = engine.accounts().derive(new.password.clone()).await?;
    let now = now_in_milliseconds(engine.clock());
    let (invitation, limits) = (invitation.cloned(), engine.settings().limits.subscriptions());
    let number = invitation.as_ref().map(|invitation| invitation.number);
    let stored = engine.store().submit(move |transaction| {
        if invitations::is_kept(transaction, &new.address, number, now)? {
            return Err(Error::already_exists(Kind::Account, new.address.to_string()));
        }
        accounts::insert(transaction, &new, &credentials, now)?;
        match &invitation {
            Some(invitation) => invitations::accept(transaction, invitation, &new.address, now, &limits),
            None => Ok(()),
        }
    });
    stored.await?;
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
