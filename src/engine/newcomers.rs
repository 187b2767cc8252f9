//! Accounts that people make themselves (XEP-0077), by an invitation if they have one (XEP-0401).

use super::Engine;
use crate::domain::account::{NewAccount, Password, Properties};
use crate::domain::address::{AccountAddress, Host};
use crate::domain::clock::now_in_milliseconds;
use crate::domain::invitation::Invitation;
use crate::domain::room::default_owner;
use crate::domain::{Error, Kind, Result};
use crate::storage::{accounts, invitations};

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
    // An account that exists is refused before its password costs anything; the insert decides. Whom the configuration
    // names an administrator, and whom rooms without an owner fall to, an administrator makes.
    let is_kept = engine.commands().is_kept(&address) || address.to_address() == default_owner(host);
    if is_kept || engine.accounts().find(&address).await?.is_some() {
        return Err(Error::already_exists(Kind::Account, address.to_string()));
    }
    let credentials = engine.accounts().derive(new.password.clone()).await?;
    let now = now_in_milliseconds(engine.clock());
    let limits = engine.settings().limits.subscriptions();
    let number = invitation.map(|invitation| invitation.number);
    let stored = engine.store().submit(move |transaction| {
        if invitations::is_kept(transaction, &new.address, number, now)? {
            return Err(Error::already_exists(Kind::Account, new.address.to_string()));
        }
        accounts::insert(transaction, &new, &credentials, now)?;
        match number {
            Some(number) => invitations::accept(transaction, number, &new.address, now, &limits),
            None => Ok(()),
        }
    });
    stored.await?;
    tracing::info!(account = %address, "an account was registered by its owner");
    Ok(address)
}
