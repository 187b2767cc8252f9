//! Who may administer: those whom the configuration names, and accounts that were made administrators.

use std::collections::BTreeSet;

use super::{Admin, AdminSession};
use crate::domain::account::AccountFilter;
use crate::domain::address::{AccountAddress, Address, Host};
use crate::domain::page::PageRequest;
use crate::domain::{Error, Result};

impl Admin {
    /// Whether this account, whose owner has proved who he is, may administer.
    pub async fn is_administrator(&self, account: &AccountAddress) -> Result<bool> {
        if self.settings().access().is_administrator(account) {
            return Ok(true);
        }
        let found = self.backend().find_account(account).await?;
        Ok(found.is_some_and(|account| account.administrator))
    }
}

impl AdminSession {
    /// Everybody who may administer, of these hosts and others.
    pub async fn list_administrators(&self, host: &Host) -> Result<BTreeSet<Address>> {
        let mut administrators = self.settings().access().administrators.clone();
        let made = self.list_made_administrators(host).await?;
        administrators.extend(made.iter().map(AccountAddress::to_address));
        Ok(administrators)
    }

    /// Makes exactly these the administrators among the accounts of the host. `NotFound` for an account that does not
    /// exist; `NotAllowed` for an address elsewhere, and when it leaves out one whom the configuration names.
    pub async fn set_administrators(&self, host: &Host, wanted: &BTreeSet<Address>) -> Result<()> {
        let access = self.settings().access();
        let refuse = |address: &Address, why: &str| Error::NotAllowed {
            reason: format!("{address} {why}"),
        };
        if let Some(named) = access.administrators.iter().find(|named| !wanted.contains(*named)) {
            return Err(refuse(
                named,
                "is an administrator by openfire.administrators in the configuration; change it there",
            ));
        }
        let present = self.list_made_administrators(host).await?;
        let mut made = Vec::new();
        for address in wanted
            .iter()
            .filter(|address| !access.administrators.contains(*address))
        {
            let account = address
                .account_on(host)
                .ok_or_else(|| refuse(address, "is no account of this host"))?;
            if !present.contains(&account) {
                made.push(account);
            }
        }
        let unmade: Vec<_> = present
            .into_iter()
            .filter(|account| !wanted.contains(&account.to_address()))
            .collect();
        let names = |accounts: &[AccountAddress]| {
            let names: Vec<String> = accounts.iter().map(ToString::to_string).collect();
            names.join(", ")
        };
        let record = self.record(format!(
            "made administrators: {}; took that from: {}",
            names(&made),
            names(&unmade)
        ));
        self.backend().change_administrators(&made, &unmade, record).await
    }

    async fn list_made_administrators(&self, host: &Host) -> Result<Vec<AccountAddress>> {
        let mut found = Vec::new();
        let mut page = PageRequest::first();
        loop {
            let read = self.backend().list_accounts(host, &AccountFilter::Administrators, page);
            let read = read.await?;
            found.extend(read.items.into_iter().map(|account| account.address));
            match read.next {
                Some(after) => page = PageRequest::after(Some(after)),
                None => return Ok(found),
            }
        }
    }
}
