//! What is stored of an account itself, as it is read.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{failure, time};
use crate::domain::account::{Account, Credentials, Lockout, Properties, ScramKeys};
use crate::domain::address::{AccountAddress, Host, Localpart};
use crate::domain::{Error, Kind, Result};

/// All that is stored of an account itself.
#[derive(Debug, Clone)]
pub struct AccountRecord {
    pub account: Account,
    pub credentials: Credentials,
    pub lockout: Option<Lockout>,
}

/// `NotFound` for the account at `address`.
pub fn missing(address: &AccountAddress) -> Error {
    Error::not_found(Kind::Account, address.to_string())
}

/// The row id of an account; `NotFound` when there is none.
pub fn id_of(connection: &Connection, address: &AccountAddress) -> Result<i64> {
    connection
        .prepare_cached("SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![address.host().as_str(), address.localpart().as_str()], |row| {
                    row.get(0)
                })
                .optional()
        })
        .map_err(failure)?
        .ok_or_else(|| missing(address))
}

pub fn exists(connection: &Connection, address: &AccountAddress) -> Result<bool> {
    match id_of(connection, address) {
        Ok(_) => Ok(true),
        Err(Error::NotFound { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

/// The account with everything that is stored of it.
pub fn find(connection: &Connection, address: &AccountAddress) -> Result<Option<AccountRecord>> {
    let Some((id, mut record)) = find_record(connection, address)? else {
        return Ok(None);
    };
    record.account.properties = properties_of(connection, id)?;
    Ok(Some(record))
}

/// The account without its properties, and its row id.
pub(super) fn find_record(connection: &Connection, address: &AccountAddress) -> Result<Option<(i64, AccountRecord)>> {
    connection
        .prepare_cached(
            "SELECT id, localpart, name, email, created, modified, administrator, \
             sha1_salt, sha1_iterations, sha1_stored_key, sha1_server_key, \
             sha256_salt, sha256_iterations, sha256_stored_key, sha256_server_key, \
             lockouts.account, \"from\", until, reason \
             FROM accounts LEFT JOIN lockouts ON lockouts.account = id \
             WHERE host = ?1 AND localpart = ?2",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![address.host().as_str(), address.localpart().as_str()], |row| {
                    record_from_row(row, address.host())
                })
                .optional()
        })
        .map_err(failure)
}

pub(super) fn account_from_row(row: &Row<'_>, host: &Host) -> rusqlite::Result<Account> {
    Ok(Account {
        address: AccountAddress::new(Localpart::from_stored(row.get::<_, String>(1)?), host.clone()),
        name: row.get(2)?,
        email: row.get(3)?,
        properties: Properties::new(),
        created: time(row.get(4)?),
        modified: time(row.get(5)?),
        administrator: row.get(6)?,
    })
}

fn record_from_row(row: &Row<'_>, host: &Host) -> rusqlite::Result<(i64, AccountRecord)> {
    let lockout = match row.get::<_, Option<i64>>(15)? {
        Some(_) => Some(Lockout {
            from: row.get::<_, Option<i64>>(16)?.map(time),
            until: row.get::<_, Option<i64>>(17)?.map(time),
            reason: row.get(18)?,
        }),
        None => None,
    };
    let record = AccountRecord {
        account: account_from_row(row, host)?,
        credentials: Credentials {
            sha1: keys_from_row(row, 7)?,
            sha256: keys_from_row(row, 11)?,
        },
        lockout,
    };
    Ok((row.get(0)?, record))
}

fn keys_from_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<ScramKeys>> {
    let Some(salt) = row.get(first)? else {
        return Ok(None);
    };
    Ok(Some(ScramKeys {
        salt,
        iterations: row.get(first + 1)?,
        stored_key: row.get(first + 2)?,
        server_key: row.get(first + 3)?,
    }))
}

pub fn properties_of(connection: &Connection, id: i64) -> Result<Properties> {
    connection
        .prepare_cached("SELECT key, value FROM account_properties WHERE account = ?1")
        .and_then(|mut statement| {
            let rows = statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
        .map_err(failure)
}
