//! Accounts with their keys, properties and lockouts.

use rusqlite::params;

use super::account_records::properties_of;
pub use super::account_records::{AccountRecord, exists, find, id_of, missing};
pub(super) use super::account_records::{account_from_row, find_record};
use super::rows::{failure, is_duplicate, is_orphan};
use super::writer::Transaction;
use super::{login_tokens, rosters};
use crate::domain::account::{AccountChanges, Credentials, Lockout, NewAccount, OpenSessions, Properties, ScramKeys};
use crate::domain::address::{AccountAddress, Localpart};
use crate::domain::event::Event;
use crate::domain::{Error, Kind, Result};
use jiff::Timestamp;

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
    rosters::advance_shared_with(transaction, &new.address.to_address())?;
    transaction.emit(Event::AccountCreated(new.address.clone()));
    Ok(())
}

/// Stores an account with everything that is known of it, in the place of the one that has its address.
pub fn put(transaction: &mut Transaction<'_>, record: &AccountRecord) -> Result<()> {
    let account = &record.account;
    let (sha1, sha256) = (record.credentials.sha1.as_ref(), record.credentials.sha256.as_ref());
    let id: i64 = transaction
        .prepare_cached(
            "INSERT INTO accounts (host, localpart, name, email, administrator, \
             sha1_salt, sha1_iterations, sha1_stored_key, sha1_server_key, \
             sha256_salt, sha256_iterations, sha256_stored_key, sha256_server_key, created, modified) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
             ON CONFLICT (host, localpart) DO UPDATE SET name = excluded.name, email = excluded.email, \
             administrator = excluded.administrator, sha1_salt = excluded.sha1_salt, \
             sha1_iterations = excluded.sha1_iterations, sha1_stored_key = excluded.sha1_stored_key, \
             sha1_server_key = excluded.sha1_server_key, sha256_salt = excluded.sha256_salt, \
             sha256_iterations = excluded.sha256_iterations, sha256_stored_key = excluded.sha256_stored_key, \
             sha256_server_key = excluded.sha256_server_key, created = excluded.created, \
             modified = excluded.modified RETURNING id",
        )
        .and_then(|mut statement| {
            let values = params![
                account.address.host().as_str(),
                account.address.localpart().as_str(),
                account.name,
                account.email,
                account.administrator,
                sha1.map(|keys| &keys.salt),
                sha1.map(|keys| keys.iterations),
                sha1.map(|keys| &keys.stored_key),
                sha1.map(|keys| &keys.server_key),
                sha256.map(|keys| &keys.salt),
                sha256.map(|keys| keys.iterations),
                sha256.map(|keys| &keys.stored_key),
                sha256.map(|keys| &keys.server_key),
                account.created.as_millisecond(),
                account.modified.as_millisecond(),
            ];
            statement.query_row(values, |row| row.get(0))
        })
        .map_err(failure)?;
    replace_properties(transaction, id, &account.properties)?;
    login_tokens::remove_all(transaction, id)?;
    rosters::advance_shared_with(transaction, &account.address.to_address())?;
    transaction.emit(Event::AccountChanged(account.address.clone()));
    match &record.lockout {
        Some(lockout) => lock(transaction, &account.address, lockout, OpenSessions::End),
        None => unlock(transaction, &account.address),
    }
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
        if transaction.total_changes() > before {
            rosters::advance_shared_with(transaction, &address.to_address())?;
            transaction.emit(Event::AccountNamed(address.clone()));
        }
    }
    if let Some(email) = &changes.email {
        update(transaction, "email", id, email)?;
    }
    if let Some(credentials) = credentials {
        update_keys(transaction, id, credentials)?;
        login_tokens::remove_all(transaction, id)?;
    }
    if let Some(properties) = &changes.properties
        && *properties != properties_of(transaction, id)?
    {
        replace_properties(transaction, id, properties)?;
    }
    if transaction.total_changes() > before {
        update(transaction, "modified", id, now.as_millisecond())?;
    }
    transaction.emit(Event::AccountChanged(address.clone()));
    Ok(())
}

/// Makes an account an administrator, or takes that back.
pub fn set_administrator(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    administrator: bool,
    now: Timestamp,
) -> Result<()> {
    let id = id_of(transaction, address)?;
    transaction
        .prepare_cached("UPDATE accounts SET administrator = ?2, modified = ?3 WHERE id = ?1 AND administrator <> ?2")
        .and_then(|mut statement| statement.execute(params![id, administrator, now.as_millisecond()]))
        .map_err(failure)?;
    transaction.emit(Event::AccountChanged(address.clone()));
    Ok(())
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
    login_tokens::remove_all(transaction, id)?;
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

pub(super) fn set_localpart(transaction: &Transaction<'_>, id: i64, localpart: &Localpart) -> Result<()> {
    update(transaction, "localpart", id, localpart.as_str())
}

/// An account from the columns id, localpart, name, email, created, modified, administrator.
fn replace_properties(transaction: &Transaction<'_>, id: i64, properties: &Properties) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM account_properties WHERE account = ?1")
        .and_then(|mut statement| statement.execute([id]))
        .map_err(failure)?;
    insert_properties(transaction, id, properties)
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

/// Adds keys where an account has none of a kind, provided that the others are still `before`; else nothing happens.
/// The account counts as unmodified: its password is the same.
pub fn add_missing_keys(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    before: &Credentials,
    new: &Credentials,
) -> Result<()> {
    let Some((id, record)) = find_record(transaction, address)? else {
        return Ok(());
    };
    let stored = record.credentials;
    let is_same = |one: &Option<ScramKeys>, other: &Option<ScramKeys>| {
        one.as_ref().map(|keys| &keys.stored_key) == other.as_ref().map(|keys| &keys.stored_key)
    };
    if !is_same(&stored.sha1, &before.sha1) || !is_same(&stored.sha256, &before.sha256) {
        return Ok(());
    }
    let complete = Credentials {
        sha1: stored.sha1.or_else(|| new.sha1.clone()),
        sha256: stored.sha256.or_else(|| new.sha256.clone()),
    };
    update_keys(transaction, id, &complete)?;
    transaction.emit(Event::AccountChanged(address.clone()));
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
