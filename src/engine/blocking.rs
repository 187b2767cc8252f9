//! Who is blocked by whom (XEP-0191), or parted from him by an administrator. Whoever is not online is looked up where a
//! message for him is stored.

use super::Engine;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, FullAddress};
use crate::storage::blocked;

/// Whether `owner`, who is online, has blocked `other` (XEP-0191), or an administrator has parted them. Nobody shuts
/// himself out from his account and from his own server.
pub fn blocks(engine: &Engine, owner: &Address, other: Option<&FullAddress>) -> bool {
    other.is_some_and(|other| {
        let is_own = other.bare == *owner || other.bare.as_str() == owner.host();
        !is_own && (engine.block_lists().blocks(owner, other) || engine.service_lists().part(owner, other))
    })
}

/// Whether `owner`, who may be offline, has blocked `other`, or an administrator has parted them.
pub async fn holds_back(engine: &Engine, owner: &Address, other: &FullAddress) -> Result<bool> {
    if engine.registry().account(owner).is_some() || engine.service_lists().part(owner, other) {
        return Ok(blocks(engine, owner, Some(other)));
    }
    let account = engine
        .router()
        .host(owner.host())
        .and_then(|host| owner.account_on(host));
    let Some(account) = account.filter(|_| other.bare != *owner) else {
        return Ok(false);
    };
    let other = other.clone();
    engine
        .store()
        .read(move |connection| blocked::is_blocked(connection, &account, &other))
        .await
}

/// Whether one of two addresses has blocked the other.
pub fn is_blocked_between(engine: &Engine, from: &FullAddress, to: &FullAddress) -> bool {
    blocks(engine, &from.bare, Some(to)) || blocks(engine, &to.bare, Some(from))
}

/// Reads the list of an account that has just come online. It is read in the order of all changes, so none is missed.
pub async fn load(engine: &Engine, account: &AccountAddress) -> Result<()> {
    let bare = account.to_address();
    let (working, owner) = (engine.clone(), account.clone());
    let stored = engine.store().submit(move |transaction| {
        let list = blocked::list(transaction, &owner)?;
        let (engine, bare) = (working.clone(), bare.clone());
        transaction.after_commit(move || engine.block_lists().set(bare, list));
        Ok(())
    });
    stored.await
}
