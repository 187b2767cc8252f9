//! Checking who an administrator is, with a limit of wrong passwords per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

use super::Admin;
use crate::domain::Result;
use crate::domain::address::AccountAddress;

/// The most addresses whose failures are remembered.
const MOST_ADDRESSES: usize = 10_000;

/// Password checks for administrators, shared by every dialect that takes passwords.
#[derive(Debug)]
pub struct Login {
    admin: Admin,
    /// Wrong passwords that an address may send within `window`.
    most_failures: u32,
    window: SignedDuration,
    failures: Mutex<HashMap<IpAddr, Failures>>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    count: u32,
    since: Timestamp,
}

impl Login {
    pub fn new(admin: Admin, most_failures: u32, window: SignedDuration) -> Self {
        Self {
            admin,
            most_failures,
            window,
            failures: Mutex::new(HashMap::new()),
        }
    }

    /// Whether this is the password of an account that may log in. An address that has sent too
    /// many wrong passwords is refused without a check until its window has passed; a password
    /// that is remembered as right is not slowed by that.
    pub async fn verify(&self, account: &AccountAddress, password: &str, peer: Option<IpAddr>) -> Result<bool> {
        let now = self.admin.clock().now();
        if peer.is_some_and(|peer| self.is_exhausted(peer, now)) {
            return Ok(false);
        }
        let right = self.admin.backend().verify_password(account, password).await?;
        if let (false, Some(peer)) = (right, peer) {
            self.count_failure(peer, now);
        }
        Ok(right)
    }

    /// Whether the operator made this account an administrator, beside those that settings name.
    pub async fn is_administrator(&self, account: &AccountAddress) -> Result<bool> {
        let found = self.admin.backend().find_account(account).await?;
        Ok(found.is_some_and(|account| account.administrator))
    }

    fn is_exhausted(&self, peer: IpAddr, now: Timestamp) -> bool {
        let Ok(failures) = self.failures.lock() else {
            return true;
        };
        failures
            .get(&peer)
            .is_some_and(|failures| failures.count >= self.most_failures && !self.has_passed(failures, now))
    }

    fn count_failure(&self, peer: IpAddr, now: Timestamp) {
        let Ok(mut failures) = self.failures.lock() else {
            return;
        };
        if failures.len() >= MOST_ADDRESSES && !failures.contains_key(&peer) {
            failures.retain(|_, old| !self.has_passed(old, now));
            if failures.len() >= MOST_ADDRESSES {
                failures.clear();
            }
        }
        let entry = failures.entry(peer).or_insert(Failures { count: 0, since: now });
        if self.has_passed(entry, now) {
            *entry = Failures { count: 0, since: now };
        }
        entry.count = entry.count.saturating_add(1);
    }

    fn has_passed(&self, failures: &Failures, now: Timestamp) -> bool {
        now.duration_since(failures.since) >= self.window
    }
}
