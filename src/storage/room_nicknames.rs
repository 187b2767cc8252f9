//! Nicknames that are reserved in rooms (XEP-0045 §7.10). Nobody has two in one room, and no nickname is that of two.

use rusqlite::{Connection, OptionalExtension, params};

use super::room_records::Found;
use super::rows::failure;
use super::writer::Transaction;
use crate::domain::address::Address;
use crate::domain::{Error, Result};

/// The nickname of somebody.
pub fn find(connection: &Connection, room: &Found, owner: &Address) -> Result<Option<String>> {
    connection
        .prepare_cached("SELECT nickname FROM room_nicknames WHERE room = ?1 AND address = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![room.id, owner.as_str()], |row| row.get(0))
                .optional()
        })
        .map_err(failure)
}

/// All of a room, with their owners.
pub fn list(connection: &Connection, room: &Found) -> Result<Vec<(Address, String)>> {
    connection
        .prepare_cached("SELECT address, nickname FROM room_nicknames WHERE room = ?1")
        .and_then(|mut statement| {
            let rows = statement.query_map([room.id], |row| {
                Ok((Address::from_stored(row.get::<_, String>(0)?), row.get(1)?))
            })?;
            rows.collect()
        })
        .map_err(failure)
}

/// Reserves a prepared nickname in place of the one that `owner` may have; `Conflict` when it is somebody else's.
pub fn reserve(transaction: &Transaction<'_>, room: &Found, owner: &Address, nickname: &str) -> Result<()> {
    let holder: Option<String> = transaction
        .prepare_cached("SELECT address FROM room_nicknames WHERE room = ?1 AND nickname = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![room.id, nickname], |row| row.get(0))
                .optional()
        })
        .map_err(failure)?;
    if holder.is_some_and(|holder| holder != owner.as_str()) {
        return Err(Error::conflict("the nickname is reserved for somebody else"));
    }
    transaction
        .prepare_cached("INSERT OR REPLACE INTO room_nicknames (room, address, nickname) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![room.id, owner.as_str(), nickname]))
        .map_err(failure)?;
    Ok(())
}

/// Takes the nickname from somebody, who need not have one.
pub fn release(transaction: &Transaction<'_>, room: &Found, owner: &Address) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM room_nicknames WHERE room = ?1 AND address = ?2")
        .and_then(|mut statement| statement.execute(params![room.id, owner.as_str()]))
        .map_err(failure)?;
    Ok(())
}

/// Takes the nicknames of an address that is gone from it in every room.
pub fn release_everywhere(transaction: &Transaction<'_>, owner: &Address) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM room_nicknames WHERE address = ?1")
        .and_then(|mut statement| statement.execute([owner.as_str()]))
        .map_err(failure)?;
    Ok(())
}
