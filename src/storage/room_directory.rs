//! Rooms as everybody may find them, without all that belongs to them.

use rusqlite::{Connection, params};

use super::room_services;
use super::rooms::Found;
use super::rows::failure;
use crate::domain::Result;

/// A room in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub name: String,
    /// Under which name it is shown.
    pub shown: String,
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
