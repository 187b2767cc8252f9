//! Where the row of a room is.

use rusqlite::{Connection, OptionalExtension, params};

use super::room_services;
use super::rows::failure;
use crate::domain::room::{RoomCause, RoomPlace};
use crate::domain::{Error, Kind, Result};

/// A room that was looked up: its row, and its place with the service's own name.
pub struct Found {
    pub id: i64,
    pub place: RoomPlace,
    /// Nobody can become a member without a nickname.
    pub reserved_nicknames_only: bool,
    pub retire_on_removal: bool,
    /// What its occupants are told of the next changes of affiliations.
    pub cause: RoomCause,
}

/// The room at `place`; `NotFound` for the service or for the room.
pub fn locate(connection: &Connection, place: &RoomPlace) -> Result<Found> {
    let service = room_services::locate(connection, &place.host, &place.service)?;
    locate_in(connection, &service, place)?.ok_or_else(|| Error::not_found(Kind::Room, place.name.as_str()))
}

pub fn locate_in(connection: &Connection, service: &room_services::Found, place: &RoomPlace) -> Result<Option<Found>> {
    connection
        .prepare_cached(
            "SELECT id, reserved_nicknames_only, retire_on_removal FROM rooms WHERE service = ?1 AND name = ?2",
        )
        .and_then(|mut statement| {
            statement
                .query_row(params![service.id, place.name.as_str()], |row| {
                    Ok(Found {
                        id: row.get(0)?,
                        place: RoomPlace {
                            service: service.name.clone(),
                            ..place.clone()
                        },
                        reserved_nicknames_only: row.get(1)?,
                        retire_on_removal: row.get(2)?,
                        cause: RoomCause::default(),
                    })
                })
                .optional()
        })
        .map_err(failure)
}
