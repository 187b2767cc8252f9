//! Block lists (XEP-0191). An address is a full or bare one, a host, or a host with a resource.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::accounts;
use super::rows::{amount, failure, json};
use super::writer::Transaction;
use crate::domain::address::{AccountAddress, Address, FullAddress};
use crate::domain::event::Event;
use crate::domain::{Error, Result};

/// Whom the account blocks, by address.
pub fn list(connection: &Connection, address: &AccountAddress) -> Result<Vec<FullAddress>> {
    connection
        .prepare_cached(
            "SELECT address FROM blocked_addresses \
             WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2) ORDER BY address",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map([address.host().as_str(), address.localpart().as_str()], |row| {
                Ok(FullAddress::from_stored(row.get_ref(0)?.as_str()?))
            })?;
            rows.collect()
        })
        .map_err(failure)
}

/// Whether the account blocks somebody: in itself, or by its bare address, its host, or its host with its resource.
pub fn is_blocked(connection: &Connection, address: &AccountAddress, other: &FullAddress) -> Result<bool> {
    let host = other.bare.host();
    let full = other.to_string();
    let host_with_resource = other.resource.as_ref().map(|resource| format!("{host}/{resource}"));
    connection
        .prepare_cached(
            "SELECT 1 FROM blocked_addresses WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2) \
             AND address IN (?3, ?4, ?5, ?6)",
        )
        .and_then(|mut statement| {
            statement.exists(params![
                address.host().as_str(),
                address.localpart().as_str(),
                full,
                other.bare.as_str(),
                host,
                host_with_resource,
            ])
        })
        .map_err(failure)
}

/// Blocks addresses; `LimitReached` when the list would have more than `most`, and then none is blocked.
pub fn block(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    blocked: &[FullAddress],
    most: u64,
) -> Result<()> {
    let account = accounts::id_of(transaction, address)?;
    let added = change(
        transaction,
        "INSERT OR IGNORE INTO blocked_addresses (account, address) SELECT ?1, value FROM json_each(?2) RETURNING address",
        account,
        blocked,
    )?;
    let listed = transaction
        .prepare_cached("SELECT count(*) FROM blocked_addresses WHERE account = ?1")
        .and_then(|mut statement| statement.query_row([account], |row| amount(row, 0)))
        .map_err(failure)?;
    if listed > most {
        return Err(Error::LimitReached {
            what: "blocked addresses",
            most,
        });
    }
    transaction.emit(Event::AddressesBlocked {
        owner: address.clone(),
        addresses: added,
    });
    Ok(())
}

/// Ends the blocking of addresses; those that are not blocked are no error.
pub fn unblock(transaction: &mut Transaction<'_>, address: &AccountAddress, unblocked: &[FullAddress]) -> Result<()> {
    let account = accounts::id_of(transaction, address)?;
    let addresses = change(
        transaction,
        "DELETE FROM blocked_addresses WHERE account = ?1 AND address IN (SELECT value FROM json_each(?2)) \
         RETURNING address",
        account,
        unblocked,
    )?;
    transaction.emit(Event::AddressesUnblocked {
        owner: address.clone(),
        addresses,
        all: false,
    });
    Ok(())
}

/// Ends every blocking of the account.
pub fn unblock_all(transaction: &mut Transaction<'_>, address: &AccountAddress) -> Result<()> {
    let account = accounts::id_of(transaction, address)?;
    let addresses = change(
        transaction,
        "DELETE FROM blocked_addresses WHERE account = ?1 AND ?2 = '[]' RETURNING address",
        account,
        &[],
    )?;
    transaction.emit(Event::AddressesUnblocked {
        owner: address.clone(),
        addresses,
        all: true,
    });
    Ok(())
}

/// Lets those who block an account go on blocking it under its new name.
pub(super) fn rename(transaction: &Transaction<'_>, from: &Address, to: &Address) -> Result<()> {
    // All full addresses of `a@b` lie between `a@b/` and `a@b0`, the next character.
    transaction
        .prepare_cached(
            "UPDATE OR REPLACE blocked_addresses SET address = ?2 || substr(address, length(?1) + 1) \
             WHERE address = ?1 OR address > ?1 || '/' AND address < ?1 || '0'",
        )
        .and_then(|mut statement| statement.execute([from.as_str(), to.as_str()]))
        .map_err(failure)?;
    Ok(())
}

/// Runs a statement on addresses of an account and gives those that it changed.
fn change(
    transaction: &Transaction<'_>,
    sql: &str,
    account: i64,
    addresses: &[FullAddress],
) -> Result<Arc<[FullAddress]>> {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let rows = statement.query_map(params![account, json(texts.iter().map(String::as_str))], |row| {
                Ok(FullAddress::from_stored(row.get_ref(0)?.as_str()?))
            })?;
            rows.collect()
        })
        .map_err(failure)
}
