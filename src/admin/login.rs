//! Checking who an administrator is, with a limit of wrong passwords per address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

use jiff::{SignedDuration, Timestamp};

use super::Admin;
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::network::origin;

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

    /// Whether this is the password of an administrator who may log in: an account that settings name
    /// (`is_named`), or one that the operator made an administrator. Any other account costs and counts like a wrong
    /// password, so that nobody learns who the administrators are. An address that has sent too many wrong passwords is
    /// refused without a look until its window has passed; clients without a known address count as one.
    pub async fn verify(
        &self,
        account: &AccountAddress,
        is_named: bool,
        password: &str,
        peer: Option<IpAddr>,
    ) -> Result<bool> {
        let metrics = &self.admin.0.logins;
        let origin = origin(peer);
        if self.is_exhausted(origin) {
            metrics.limited.inc();
            return Ok(false);
        }
        let checked = self.check(account, is_named, password).await;
        match &checked {
            Ok(true) => metrics.accepted.inc(),
            Ok(false) => {
                metrics.refused.inc();
                self.count_failure(origin);
            }
            Err(_) => metrics.failed.inc(),
        }
        checked
    }

    async fn check(&self, account: &AccountAddress, is_named: bool, password: &str) -> Result<bool> {
        let backend = self.admin.backend();
        if is_named || self.is_made_administrator(account).await? {
            return backend.verify_password(account, password).await;
        }
        backend.refuse_password(password).await.map(|()| false)
    }

    async fn is_made_administrator(&self, account: &AccountAddress) -> Result<bool> {
        let found = self.admin.backend().find_account(account).await?;
        Ok(found.is_some_and(|account| account.administrator))
    }

    fn is_exhausted(&self, origin: IpAddr) -> bool {
        let Ok(failures) = self.failures.lock() else {
            return true;
        };
        failures
            .get(&origin)
            .is_some_and(|failures| failures.count >= self.most_failures && !self.has_passed(failures, self.now()))
    }

    fn count_failure(&self, origin: IpAddr) {
        let now = self.now();
        let Ok(mut failures) = self.failures.lock() else {
            return;
        };
        if failures.len() >= MOST_ADDRESSES && !failures.contains_key(&origin) {
            failures.retain(|_, old| !self.has_passed(old, now));
            if failures.len() >= MOST_ADDRESSES {
                failures.clear();
            }
        }
        let entry = failures.entry(origin).or_insert(Failures { count: 0, since: now });
        if self.has_passed(entry, now) {
            *entry = Failures { count: 0, since: now };
        }
        entry.count = entry.count.saturating_add(1);
    }

    fn now(&self) -> Timestamp {
        self.admin.clock().now()
    }

    fn has_passed(&self, failures: &Failures, now: Timestamp) -> bool {
        now.duration_since(failures.since) >= self.window
    }
}
