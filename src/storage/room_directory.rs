//! Rooms as everybody may find them, without all that belongs to them.

use rusqlite::{Connection, params};

use super::room_records::Found;
use super::room_services;
use super::rows::failure;
use crate::domain::Result;

/// A room in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    /// Under which name it is shown.
    pub shown: String,
}

/// A room as it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    pub name: String,
    pub shown: String,
    pub description: Option<String>,
    pub language: Option<String>,
    /// Everybody may enter.
    pub is_open: bool,
    pub shows_addresses: bool,
}

/// What everybody may know of the rooms of a service that are listed, by name.
pub fn describe_public(connection: &Connection, service: &room_services::Found) -> Result<Vec<Described>> {
    connection
        .prepare_cached(
            "SELECT name, coalesce(natural_name, name), description, language, \
             NOT members_only AND password IS NULL, anyone_discovers_addresses \
             FROM rooms LEFT JOIN room_profiles ON room = id WHERE service = ?1 AND public ORDER BY name",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map([service.id], |row| {
                Ok(Described {
                    name: row.get(0)?,
                    shown: row.get(1)?,
                    description: row.get(2)?,
                    language: row.get(3)?,
                    is_open: row.get(4)?,
                    shows_addresses: row.get(5)?,
                })
            })?;
            rows.collect()
        })
        .map_err(failure)
}

/// The rooms of a service that are listed, by name.
pub fn list_public(connection: &Connection, service: &room_services::Found) -> Result<Vec<Listed>> {
    connection
        .prepare_cached(
            "SELECT name, coalesce(natural_name, name) FROM rooms WHERE service = ?1 AND public ORDER BY name",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map([service.id], |row| {
                Ok(Listed {
                    name: row.get(0)?,
                    shown: row.get(1)?,
                })
            })?;
            rows.collect()
        })
        .map_err(failure)
}

/// The first persons who own a room.
pub fn owners(connection: &Connection, room: &Found) -> Result<Vec<String>> {
    const SHOWN: i64 = 10;
    connection
        .prepare_cached(
            "SELECT address FROM room_affiliations WHERE room = ?1 AND affiliation = 'owner' AND address IS NOT NULL \
             ORDER BY position LIMIT ?2",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map(params![room.id, SHOWN], |row| row.get(0))?;
            rows.collect()
        })
        .map_err(failure)
}
