//! What is left to do in the rosters of others when an account went or got another name that very many had to do with:
//! who was not told yet, and who keeps the old address. A few at a time, so that it never holds the writer for long
//! (docs/decisions/0018-what-is-removed-goes-at-once-and-its-rows-later.md).

use rusqlite::{OptionalExtension, params};

use super::super::rows::failure;
use super::super::writer::Transaction;
use super::{bonds, holders};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, Host};

/// Contacts that one job tells or frees of an address.
pub const SLICE: usize = 500;

/// Contacts that one job gives the new address: each is a change of its own.
pub const RENAMED: usize = 100;

pub struct Parting {
    /// The address that is no longer.
    pub leaving: Address,
    /// The one that it has now; `None`: it is gone.
    pub heir: Option<AccountAddress>,
    /// Whose contacts after the one beside it are not told yet; `None`: all are.
    pub untold: Option<(i64, String)>,
    /// Whoever keeps `leaving` since a later one means somebody else.
    pub version: i64,
}

/// Keeps what is left to do, for [`go_on`].
pub fn keep(transaction: &Transaction<'_>, parting: &Parting) -> Result<()> {
    let (roster, after) = parting.untold.as_ref().map(|(roster, after)| (*roster, after)).unzip();
    transaction
        .prepare_cached(
            "INSERT INTO roster_partings (leaving, heir, roster, after, version) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                parting.leaving.as_str(),
                parting.heir.as_ref().map(AccountAddress::to_string),
                roster,
                after.map_or("", String::as_str),
                parting.version,
            ])
        })
        .map_err(failure)?;
    Ok(())
}

/// Lets those who still keep an earlier name of `from` get `to` instead, or none.
pub fn inherit(transaction: &Transaction<'_>, from: &AccountAddress, to: Option<&AccountAddress>) -> Result<()> {
    transaction
        .prepare_cached("UPDATE roster_partings SET heir = ?2 WHERE heir = ?1")
        .and_then(|mut statement| statement.execute(params![from.to_string(), to.map(AccountAddress::to_string)]))
        .map_err(failure)?;
    Ok(())
}

/// Does a little of what is left. To be called until it answers `false`: nothing is.
pub fn go_on(transaction: &mut Transaction<'_>) -> Result<bool> {
    let Some((id, parting)) = first(transaction)? else {
        return Ok(false);
    };
    let Parting {
        leaving,
        heir,
        untold,
        version,
    } = parting;
    if let Some((roster, after)) = untold {
        let (bonds, last) = bonds::list(transaction, roster, &leaving, &after, SLICE)?;
        bonds::end(transaction, &leaving, bonds)?;
        transaction
            .prepare_cached(
                "UPDATE roster_partings SET roster = iif(?2 IS NULL, NULL, roster), after = ifnull(?2, '') WHERE id = ?1",
            )
            .and_then(|mut statement| statement.execute(params![id, last]))
            .map_err(failure)?;
        return Ok(true);
    }
    let most = if heir.is_some() { RENAMED } else { SLICE };
    let of_slice = holders::list(transaction, &leaving, version, most)?;
    if of_slice.is_empty() {
        transaction
            .prepare_cached("DELETE FROM roster_partings WHERE id = ?1")
            .and_then(|mut statement| statement.execute([id]))
            .map_err(failure)?;
        return Ok(true);
    }
    let Some(heir) = heir else {
        holders::remove(transaction, &leaving, of_slice)?;
        return Ok(true);
    };
    let (contacts, others) = holders::divide(transaction, of_slice, &heir)?;
    holders::rename(transaction, &leaving, &heir.to_address(), &contacts)?;
    holders::bury(transaction, &leaving, contacts)?;
    holders::remove(transaction, &leaving, others)?;
    Ok(true)
}

fn first(transaction: &Transaction<'_>) -> Result<Option<(i64, Parting)>> {
    transaction
        .prepare_cached("SELECT id, leaving, heir, roster, after, version FROM roster_partings ORDER BY id LIMIT 1")
        .and_then(|mut statement| {
            statement
                .query_row([], |row| {
                    let roster: Option<i64> = row.get(3)?;
                    let after: String = row.get(4)?;
                    let heir: Option<String> = row.get(2)?;
                    let parting = Parting {
                        leaving: Address::from_stored(row.get::<_, String>(1)?),
                        heir: heir.and_then(account),
                        untold: roster.map(|roster| (roster, after)),
                        version: row.get(5)?,
                    };
                    Ok((row.get(0)?, parting))
                })
                .optional()
        })
        .map_err(failure)
}

fn account(stored: String) -> Option<AccountAddress> {
    let address = Address::from_stored(stored);
    address.account_on(&Host::from_stored(address.host()))
}

#[cfg(test)]
mod tests;
