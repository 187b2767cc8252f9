//! Checking who an administrator is, with a limit of wrong passwords per address.

use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::Admin;
use super::wrong_passwords::WrongPasswords;
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::network::origin;

/// Password checks for administrators, shared by every dialect that takes passwords.
#[derive(Debug)]
pub struct Login {
    admin: Admin,
    wrong_passwords: WrongPasswords,
}

impl Login {
    /// Each address may send `most_wrong` wrong passwords within `window`.
    pub fn new(admin: Admin, most_wrong: u32, window: SignedDuration) -> Self {
        Self {
            admin,
            wrong_passwords: WrongPasswords::new(most_wrong, window),
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
        if self.wrong_passwords.is_exhausted(origin, || self.now()) {
            metrics.limited.inc();
            return Ok(false);
        }
        let checked = self.check(account, is_named, password).await;
        match &checked {
            Ok(true) => metrics.accepted.inc(),
            Ok(false) => {
                metrics.refused.inc();
                self.wrong_passwords.count(origin, self.now());
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

    fn now(&self) -> Timestamp {
        self.admin.clock().now()
    }
}
