//! What rooms have beside their settings: profiles, and vCards with pictures.

use rusqlite::{Connection, OptionalExtension, params};

use super::room_records::Found;
use super::rows::failure;
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::room::Role;
use crate::domain::room_profile::RoomProfile;
use crate::domain::vcard::VCard;

pub fn find(connection: &Connection, room: &Found) -> Result<RoomProfile> {
    let found = connection
        .prepare_cached("SELECT language, node, list_readers FROM room_profiles WHERE room = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([room.id], |row| {
                    let readers: String = row.get(2)?;
                    Ok(RoomProfile {
                        language: row.get(0)?,
                        node: row.get(1)?,
                        list_readers: readers.split_whitespace().filter_map(Role::from_name).collect(),
                    })
                })
                .optional()
        })
        .map_err(failure)?;
    Ok(found.unwrap_or_default())
}

/// Whoever changes a profile emits the change of the room.
pub fn set(transaction: &Transaction<'_>, room: &Found, profile: &RoomProfile) -> Result<()> {
    let readers: Vec<&str> = profile.list_readers.iter().map(|role| role.as_str()).collect();
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO room_profiles (room, language, node, list_readers) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut statement| {
            statement.execute(params![room.id, profile.language, profile.node, readers.join(" ")])
        })
        .map_err(failure)?;
    Ok(())
}

pub fn find_vcard(connection: &Connection, room: &Found) -> Result<Option<VCard>> {
    connection
        .prepare_cached("SELECT vcard FROM room_vcards WHERE room = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([room.id], |row| row.get(0).map(VCard::from_stored))
                .optional()
        })
        .map_err(failure)
}

/// The SHA-1 of each picture of a room, in hexadecimal digits.
pub fn find_photos(connection: &Connection, room: &Found) -> Result<Vec<String>> {
    let found: Option<String> = connection
        .prepare_cached("SELECT photos FROM room_vcards WHERE room = ?1")
        .and_then(|mut statement| statement.query_row([room.id], |row| row.get(0)).optional())
        .map_err(failure)?;
    let photos = found.unwrap_or_default();
    Ok(photos.split_whitespace().map(str::to_owned).collect())
}

pub fn put_vcard(transaction: &Transaction<'_>, room: &Found, vcard: &VCard, photos: &[String]) -> Result<()> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO room_vcards (room, vcard, photos) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![room.id, vcard.as_str(), photos.join(" ")]))
        .map_err(failure)?;
    Ok(())
}
