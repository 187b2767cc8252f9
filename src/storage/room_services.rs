//! Chat services. Names are looked up in any letter case, and no two differ in that only.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::rows::{self, failure, is_duplicate};
use super::writer::Transaction;
use crate::domain::address::Host;
use crate::domain::event::Event;
use crate::domain::page::{Page, PageRequest};
use crate::domain::room::RoomService;
use crate::domain::{Error, Kind, Result};

/// A chat service that was looked up: its row and the name it was made with.
pub struct Found {
    pub id: i64,
    pub name: String,
}

/// The service `name` in any letter case; `NotFound` when there is none.
pub fn locate(connection: &Connection, host: &Host, name: &str) -> Result<Found> {
    connection
        .prepare_cached("SELECT id, name FROM room_services WHERE host = ?1 AND folded = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![host.as_str(), name.to_lowercase()], |row| {
                    Ok(Found {
                        id: row.get(0)?,
                        name: row.get(1)?,
                    })
                })
                .optional()
        })
        .map_err(failure)?
        .ok_or_else(|| Error::not_found(Kind::RoomService, name))
}

/// The service `name` in any letter case; a new one when there is none.
pub fn locate_or_insert(transaction: &mut Transaction<'_>, host: &Host, name: &str) -> Result<Found> {
    match locate(transaction, host, name) {
        Err(Error::NotFound { .. }) => {
            let id = insert(transaction, host, &RoomService::named(name))?;
            Ok(Found {
                id,
                name: name.to_owned(),
            })
        }
        found => found,
    }
}

/// Stores a new service and gives its row; `AlreadyExists` when there is one of that name in any
/// letter case, `Invalid` when the name makes no domain.
pub fn insert(transaction: &mut Transaction<'_>, host: &Host, service: &RoomService) -> Result<i64> {
    RoomService::domain(&service.name, host)?;
    let id = transaction
        .prepare_cached(
            "INSERT INTO room_services (host, name, folded, description, hidden) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .map_err(failure)?
        .insert(params![
            host.as_str(),
            service.name,
            service.name.to_lowercase(),
            service.description,
            service.hidden,
        ])
        .map_err(|cause| {
            if is_duplicate(&cause) {
                Error::already_exists(Kind::RoomService, service.name.clone())
            } else {
                failure(cause)
            }
        })?;
    transaction.emit(Event::RoomServiceCreated {
        host: host.clone(),
        name: service.name.clone(),
    });
    Ok(id)
}

/// Gives a service this description, and hides it or not.
pub fn describe(transaction: &Transaction<'_>, found: &Found, service: &RoomService) -> Result<()> {
    transaction
        .prepare_cached("UPDATE room_services SET description = ?2, hidden = ?3 WHERE id = ?1")
        .and_then(|mut statement| statement.execute(params![found.id, service.description, service.hidden]))
        .map_err(failure)?;
    Ok(())
}

/// The service `name` in any letter case; `NotFound` when there is none.
pub fn find(connection: &Connection, host: &Host, name: &str) -> Result<RoomService> {
    connection
        .prepare_cached("SELECT name, description, hidden FROM room_services WHERE host = ?1 AND folded = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![host.as_str(), name.to_lowercase()], from_row)
                .optional()
        })
        .map_err(failure)?
        .ok_or_else(|| Error::not_found(Kind::RoomService, name))
}

/// A page of services by name.
pub fn list(connection: &Connection, host: &Host, page: &PageRequest) -> Result<Page<RoomService>> {
    let limit = rows::limit(page.limit);
    let after = page.after.as_deref().unwrap_or_default();
    let mut statement = connection
        .prepare_cached(
            "SELECT name, description, hidden FROM room_services \
             WHERE host = ?1 AND name > ?2 ORDER BY name LIMIT ?3",
        )
        .map_err(failure)?;
    let services = statement
        .query_map(params![host.as_str(), after, limit], from_row)
        .map_err(failure)?;
    let weight = |service: &RoomService| service.name.len() + service.description.as_ref().map_or(0, String::len);
    rows::page(services, page.limit, weight, |service| service.name.clone())
}

fn from_row(row: &Row<'_>) -> rusqlite::Result<RoomService> {
    Ok(RoomService {
        name: row.get(0)?,
        description: row.get(1)?,
        hidden: row.get(2)?,
    })
}
