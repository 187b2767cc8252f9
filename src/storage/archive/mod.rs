//! Message archives of accounts and rooms (XEP-0313). A message is stored once, and each archive that has it holds an
//! entry. The number that orders messages begins with the time of archiving, so filters by time need no index of their
//! own; it never goes back, whatever the clock does. What clients see of it is `ids`'s business.

mod ids;
mod portable;
mod preferences;
mod query;
mod retention;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::failure;
use super::writer::Transaction;
use super::{accounts, rooms};
use crate::domain::archive::{ArchiveCopy, ArchiveOwner, NewArchivedMessage};
use crate::domain::event::Event;
use crate::domain::{Error, Result};
use ids::PublicIds;

pub use ids::missing;
pub use portable::{each, restore};
pub use preferences::{find_preferences, set_preferences};
pub use query::{count, find_ends, list};
pub use retention::{ArchiveId, Before, clear, find_excess, list_archives, remove_before, remove_ownerless};

/// Bits of the number of a message that count the messages of its millisecond.
const COUNT_BITS: u32 = 20;

/// Archives a message, and gives its id in the archive of each copy; `None` where the owner is not there. Whoever talks
/// with himself has one entry.
pub fn insert(transaction: &mut Transaction<'_>, message: &NewArchivedMessage) -> Result<Vec<Option<String>>> {
    let last: Option<i64> = transaction
        .prepare_cached("SELECT max(seq) FROM archive_bodies")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(failure)?;
    let first = first_of(message.at);
    let seq = last.map_or(first, |last| first.max(last.saturating_add(1)));
    insert_at(transaction, seq, message)
}

/// Archives messages that come from elsewhere, each in the place that its time gives it, and tells how many. What an
/// archive has already, by time and text, is left out, so an import can be repeated.
pub fn import(transaction: &mut Transaction<'_>, messages: &[NewArchivedMessage]) -> Result<usize> {
    let mut imported = 0;
    for message in messages {
        let mut missing = message.clone();
        missing.copies.clear();
        for copy in &message.copies {
            if !has_entry(transaction, copy, message)? {
                missing.copies.push(copy.clone());
            }
        }
        let seq = free_number(transaction, message.at)?;
        let stored = insert_at(transaction, seq, &missing)?;
        imported += usize::from(stored.iter().any(Option::is_some));
    }
    Ok(imported)
}

/// Stores another text in the place of a message that no other archive has; `NotFound` when the archive has no such
/// message.
pub fn replace(transaction: &Transaction<'_>, owner: &ArchiveOwner, id: &str, stanza: &str) -> Result<()> {
    let archive = find_id(transaction, owner)?.ok_or_else(|| missing(id))?;
    let seq = PublicIds::load(transaction)?.decode(archive, id)?;
    let replaced = transaction
        .prepare_cached(
            "UPDATE archive_bodies SET stanza = ?3 WHERE seq = ?2 AND entries = 1 \
             AND EXISTS (SELECT 1 FROM archive_entries WHERE archive = ?1 AND seq = ?2)",
        )
        .and_then(|mut statement| statement.execute(params![archive, seq, stanza]))
        .map_err(failure)?;
    if replaced == 0 {
        return Err(missing(id));
    }
    Ok(())
}

fn insert_at(transaction: &mut Transaction<'_>, seq: i64, message: &NewArchivedMessage) -> Result<Vec<Option<String>>> {
    let ids = PublicIds::load(transaction)?;
    let (mut stored, mut entries) = (Vec::with_capacity(message.copies.len()), 0);
    for copy in &message.copies {
        let Some(archive) = find_or_insert(transaction, &copy.owner)? else {
            stored.push(None);
            continue;
        };
        let is_new = insert_entry(transaction, archive, seq, copy)?;
        let id = ids.encode(archive, seq);
        if is_new {
            entries += 1;
            transaction.emit(Event::MessageArchived {
                owner: copy.owner.clone(),
                contact: copy.contact.bare.clone(),
                id: id.clone(),
            });
        }
        stored.push(Some(id));
    }
    if entries > 0 {
        transaction
            .prepare_cached("INSERT INTO archive_bodies (seq, at, entries, stanza) VALUES (?1, ?2, ?3, ?4)")
            .and_then(|mut statement| {
                statement.execute(params![seq, message.at.as_millisecond(), entries, &*message.stanza])
            })
            .map_err(failure)?;
    }
    Ok(stored)
}

/// Whether the entry was not there yet.
fn insert_entry(transaction: &Transaction<'_>, archive: i64, seq: i64, copy: &ArchiveCopy) -> Result<bool> {
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO archive_entries (archive, seq, contact, resource, address_visible, nickname) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                archive,
                seq,
                copy.contact.bare.as_str(),
                copy.contact.resource,
                copy.address_visible,
                copy.nickname,
            ])
        })
        .map_err(failure)?;
    Ok(inserted > 0)
}

/// The number of the first message of a millisecond. Times that no number can hold count as the last that one can.
fn first_of(at: Timestamp) -> i64 {
    const MOST: i64 = (i64::MAX >> COUNT_BITS) - 1;
    at.as_millisecond().clamp(-MOST, MOST) << COUNT_BITS
}

/// The first number behind those of a millisecond.
fn end_of(at: Timestamp) -> i64 {
    first_of(at) + (1 << COUNT_BITS)
}

/// A number for a message of this time that no message has.
fn free_number(connection: &Connection, at: Timestamp) -> Result<i64> {
    let last: Option<i64> = connection
        .prepare_cached("SELECT max(seq) FROM archive_bodies WHERE seq >= ?1 AND seq < ?2")
        .and_then(|mut statement| statement.query_row([first_of(at), end_of(at)], |row| row.get(0)))
        .map_err(failure)?;
    let free = last.map_or(first_of(at), |last| last + 1);
    if free == end_of(at) {
        return Err(Error::conflict(format!("too many messages are of the moment {at}")));
    }
    Ok(free)
}

fn has_entry(connection: &Connection, copy: &ArchiveCopy, message: &NewArchivedMessage) -> Result<bool> {
    let Some(archive) = find_id(connection, &copy.owner)? else {
        return Ok(false);
    };
    connection
        .prepare_cached(
            "SELECT 1 FROM archive_entries AS entry CROSS JOIN archive_bodies AS body ON body.seq = entry.seq \
             WHERE entry.archive = ?1 AND entry.seq >= ?2 AND entry.seq < ?3 AND body.stanza = ?4",
        )
        .and_then(|mut statement| {
            statement.exists(params![
                archive,
                first_of(message.at),
                end_of(message.at),
                &*message.stanza
            ])
        })
        .map_err(failure)
}

/// The archive of an owner, which there is from its first message on.
fn find_id(connection: &Connection, owner: &ArchiveOwner) -> Result<Option<i64>> {
    match owner_row(connection, owner)? {
        Some((column, row)) => find_by(connection, column, row),
        None => Ok(None),
    }
}

/// The archive of an owner; `None` when the owner is not there.
fn find_or_insert(transaction: &Transaction<'_>, owner: &ArchiveOwner) -> Result<Option<i64>> {
    let Some((column, row)) = owner_row(transaction, owner)? else {
        return Ok(None);
    };
    if let Some(archive) = find_by(transaction, column, row)? {
        return Ok(Some(archive));
    }
    transaction
        .prepare_cached(&format!("INSERT INTO archives ({column}) VALUES (?1)"))
        .and_then(|mut statement| statement.insert([row]))
        .map(Some)
        .map_err(failure)
}

fn find_by(connection: &Connection, column: &'static str, row: i64) -> Result<Option<i64>> {
    connection
        .prepare_cached(&format!("SELECT id FROM archives WHERE {column} = ?1"))
        .and_then(|mut statement| statement.query_row([row], |row| row.get(0)).optional())
        .map_err(failure)
}

/// The column of an owner, and its row; `None` when the owner is not there.
fn owner_row(connection: &Connection, owner: &ArchiveOwner) -> Result<Option<(&'static str, i64)>> {
    let found = match owner {
        ArchiveOwner::Account(address) => accounts::id_of(connection, address).map(|id| ("account", id)),
        ArchiveOwner::Room(place) => rooms::locate(connection, place).map(|found| ("room", found.id)),
    };
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests;
