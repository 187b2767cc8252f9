//! Accounts with their keys, properties and lockouts.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{failure, is_duplicate, is_orphan, time};
use super::writer::Transaction;
use crate::domain::account::{
    Account, AccountChanges, AccountFilter, Credentials, Lockout, NewAccount, OpenSessions, Properties, ScramKeys,
};
use crate::domain::address::{AccountAddress, Host, Localpart};
use crate::domain::event::Event;
use crate::domain::page::{Page, PageRequest};
use crate::domain::{Error, Kind, Result};
use jiff::Timestamp;

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

/// Stores a new account; `AlreadyExists` when the address is taken.
pub fn insert(
    transaction: &mut Transaction<'_>,
    new: &NewAccount,
    credentials: &Credentials,
    now: Timestamp,
) -> Result<()> {
    let sha1 = credentials.sha1.as_ref();
    let sha256 = credentials.sha256.as_ref();
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO accounts (host, localpart, name, email, administrator, \
             sha1_salt, sha1_iterations, sha1_stored_key, sha1_server_key, \
             sha256_salt, sha256_iterations, sha256_stored_key, sha256_server_key, created, modified) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?14)",
        )
        .map_err(failure)?
        .insert(params![
            new.address.host().as_str(),
            new.address.localpart().as_str(),
            new.name,
            new.email,
            new.administrator,
            sha1.map(|keys| &keys.salt),
            sha1.map(|keys| keys.iterations),
            sha1.map(|keys| &keys.stored_key),
            sha1.map(|keys| &keys.server_key),
            sha256.map(|keys| &keys.salt),
            sha256.map(|keys| keys.iterations),
            sha256.map(|keys| &keys.stored_key),
            sha256.map(|keys| &keys.server_key),
            now.as_millisecond(),
        ]);
    let id = inserted.map_err(|cause| {
        if is_duplicate(&cause) {
            Error::already_exists(Kind::Account, new.address.to_string())
        } else if is_orphan(&cause) {
            Error::not_found(Kind::Host, new.address.host().as_str())
        } else {
            failure(cause)
        }
    })?;
    insert_properties(transaction, id, &new.properties)?;
    transaction.emit(Event::AccountCreated(new.address.clone()));
    Ok(())
}

/// The account with everything that is stored of it.
pub fn find(connection: &Connection, address: &AccountAddress) -> Result<Option<AccountRecord>> {
    let found = connection
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
        .map_err(failure)?;
    let Some((id, mut record)) = found else {
        return Ok(None);
    };
    record.account.properties = properties_of(connection, id)?;
    Ok(Some(record))
}

/// Applies changes; `credentials` are the keys of the new password, when there is one.
pub fn change(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    changes: &AccountChanges,
    credentials: Option<&Credentials>,
    now: Timestamp,
) -> Result<()> {
    let id = id_of(transaction, address)?;
    let before = transaction.total_changes();
    if let Some(name) = &changes.name {
        update(transaction, "name", id, name)?;
    }
    if let Some(email) = &changes.email {
        update(transaction, "email", id, email)?;
    }
    if let Some(credentials) = credentials {
        update_keys(transaction, id, credentials)?;
    }
    if let Some(properties) = &changes.properties
        && *properties != properties_of(transaction, id)?
    {
        transaction
            .prepare_cached("DELETE FROM account_properties WHERE account = ?1")
            .and_then(|mut statement| statement.execute([id]))
            .map_err(failure)?;
        insert_properties(transaction, id, properties)?;
    }
    if transaction.total_changes() > before {
        update(transaction, "modified", id, now.as_millisecond())?;
    }
    transaction.emit(Event::AccountChanged(address.clone()));
    Ok(())
}

/// A page of accounts: by localpart, or in the order of creation when filtered by a property.
pub fn list(connection: &Connection, host: &Host, filter: &AccountFilter, page: &PageRequest) -> Result<Page<Account>> {
    const COLUMNS: &str = "id, localpart, name, email, created, modified, administrator";
    let limit = i64::try_from(page.limit).unwrap_or(i64::MAX);
    let after = page.after.as_deref().unwrap_or_default();
    let rows = match filter {
        AccountFilter::All => select(
            connection,
            host,
            &format!(
                "SELECT {COLUMNS} FROM accounts WHERE host = ?1 AND localpart > ?2 \
                 ORDER BY localpart LIMIT ?3"
            ),
            "localpart",
            params![host.as_str(), after, limit],
        )?,
        AccountFilter::Containing(text) => select(
            connection,
            host,
            &format!(
                "SELECT {COLUMNS} FROM accounts WHERE host = ?1 AND localpart > ?2 \
                 AND instr(localpart, ?4) > 0 ORDER BY localpart LIMIT ?3"
            ),
            "localpart",
            params![host.as_str(), after, limit, text],
        )?,
        AccountFilter::Property { key, value } => select(
            connection,
            host,
            &format!(
                "SELECT {COLUMNS} FROM account_properties AS filter \
                 JOIN accounts ON accounts.id = filter.account \
                 WHERE host = ?1 AND filter.account > ?2 AND filter.key = ?4 \
                 AND (?5 IS NULL OR filter.value = ?5) ORDER BY filter.account LIMIT ?3"
            ),
            "id",
            params![host.as_str(), after.parse::<i64>().unwrap_or(0), limit, key, value],
        )?,
    };
    let by_id = matches!(filter, AccountFilter::Property { .. });
    let page = Page::from_rows(rows, page.limit, |(id, account)| {
        if by_id {
            id.to_string()
        } else {
            account.address.localpart().as_str().to_owned()
        }
    });
    Ok(page.map(|(_, account)| account))
}

/// Locks an account, or replaces its lockout.
pub fn lock(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    lockout: &Lockout,
    sessions: OpenSessions,
) -> Result<()> {
    let id = id_of(transaction, address)?;
    transaction
        .prepare_cached(
            "INSERT INTO lockouts (account, \"from\", until, reason) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE \
             SET \"from\" = excluded.\"from\", until = excluded.until, reason = excluded.reason \
             WHERE (\"from\", until, reason) IS NOT (excluded.\"from\", excluded.until, excluded.reason)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                id,
                lockout.from.map(Timestamp::as_millisecond),
                lockout.until.map(Timestamp::as_millisecond),
                lockout.reason,
            ])
        })
        .map_err(failure)?;
    transaction.emit(match sessions {
        OpenSessions::End => Event::AccountLocked(address.clone()),
        OpenSessions::Keep => Event::AccountChanged(address.clone()),
    });
    Ok(())
}

/// Removes a lockout; no error when there was none.
pub fn unlock(transaction: &mut Transaction<'_>, address: &AccountAddress) -> Result<()> {
    let id = id_of(transaction, address)?;
    transaction
        .prepare_cached("DELETE FROM lockouts WHERE account = ?1")
        .and_then(|mut statement| statement.execute([id]))
        .map_err(failure)?;
    transaction.emit(Event::AccountUnlocked(address.clone()));
    Ok(())
}

/// Removes the row; properties and lockout go with it.
pub(super) fn delete_row(transaction: &Transaction<'_>, id: i64) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM accounts WHERE id = ?1")
        .and_then(|mut statement| statement.execute([id]))
        .map_err(failure)?;
    Ok(())
}

pub(super) fn set_localpart(transaction: &Transaction<'_>, id: i64, localpart: &Localpart) -> Result<()> {
    update(transaction, "localpart", id, localpart.as_str())
}

/// Reads one page of accounts with the properties of all of them in the same statement.
fn select(
    connection: &Connection,
    host: &Host,
    accounts: &str,
    order: &str,
    values: impl rusqlite::Params,
) -> Result<Vec<(i64, Account)>> {
    let sql = format!(
        "SELECT page.*, property.key, property.value FROM ({accounts}) AS page \
         LEFT JOIN account_properties AS property ON property.account = page.id \
         ORDER BY page.{order}, property.key"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let mut rows = statement.query(values).map_err(failure)?;
    let mut found: Vec<(i64, Account)> = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        let id: i64 = row.get(0).map_err(failure)?;
        if found.last().is_none_or(|(last, _)| *last != id) {
            let account = account_from_row(row, host).map_err(failure)?;
            found.push((id, account));
        }
        let key: Option<String> = row.get(7).map_err(failure)?;
        if let (Some(key), Some((_, account))) = (key, found.last_mut()) {
            let value = row.get(8).map_err(failure)?;
            account.properties.insert(key, value);
        }
    }
    Ok(found)
}

/// An account from the columns id, localpart, name, email, created, modified, administrator.
fn account_from_row(row: &Row<'_>, host: &Host) -> rusqlite::Result<Account> {
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

fn properties_of(connection: &Connection, id: i64) -> Result<Properties> {
    connection
        .prepare_cached("SELECT key, value FROM account_properties WHERE account = ?1")
        .and_then(|mut statement| {
            let rows = statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
        .map_err(failure)
}

fn insert_properties(transaction: &Transaction<'_>, id: i64, properties: &Properties) -> Result<()> {
    if properties.is_empty() {
        return Ok(());
    }
    let mut statement = transaction
        .prepare_cached("INSERT INTO account_properties (account, key, value) VALUES (?1, ?2, ?3)")
        .map_err(failure)?;
    for (key, value) in properties {
        statement.execute(params![id, key, value]).map_err(failure)?;
    }
    Ok(())
}

fn update(transaction: &Transaction<'_>, column: &'static str, id: i64, value: impl rusqlite::ToSql) -> Result<()> {
    transaction
        .prepare_cached(&format!(
            "UPDATE accounts SET {column} = ?2 WHERE id = ?1 AND {column} IS NOT ?2"
        ))
        .and_then(|mut statement| statement.execute(params![id, value]))
        .map_err(failure)?;
    Ok(())
}

fn update_keys(transaction: &Transaction<'_>, id: i64, credentials: &Credentials) -> Result<()> {
    for (mechanism, keys) in [("sha1", &credentials.sha1), ("sha256", &credentials.sha256)] {
        let keys = keys.as_ref();
        transaction
            .prepare_cached(&format!(
                "UPDATE accounts SET {mechanism}_salt = ?2, {mechanism}_iterations = ?3, \
                 {mechanism}_stored_key = ?4, {mechanism}_server_key = ?5 WHERE id = ?1"
            ))
            .and_then(|mut statement| {
                statement.execute(params![
                    id,
                    keys.map(|keys| &keys.salt),
                    keys.map(|keys| keys.iterations),
                    keys.map(|keys| &keys.stored_key),
                    keys.map(|keys| &keys.server_key),
                ])
            })
            .map_err(failure)?;
    }
    Ok(())
}
