//! Why people have their affiliations of rooms (XEP-0045 §9). A reason goes with the affiliation that it was given for.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::room_records::Found;
use super::rows::failure;
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::address::Address;
use crate::domain::affiliation::Affiliation;

/// The most characters of a reason that are kept; more was said, and is not remembered.
const MOST: usize = 500;

/// Notes why somebody has the affiliation that he has.
pub fn set(transaction: &Transaction<'_>, room: &Found, address: &Address, reason: &str) -> Result<()> {
    let reason: String = reason.chars().take(MOST).collect();
    transaction
        .prepare_cached("UPDATE room_affiliations SET reason = ?3 WHERE room = ?1 AND address = ?2")
        .and_then(|mut statement| statement.execute(params![room.id, address.as_str(), reason]))
        .map_err(failure)?;
    Ok(())
}

/// The reasons of all that have an affiliation in person.
pub fn list(connection: &Connection, room: &Found, affiliation: Affiliation) -> Result<HashMap<Address, String>> {
    connection
        .prepare_cached(
            "SELECT address, reason FROM room_affiliations \
             WHERE room = ?1 AND affiliation = ?2 AND address IS NOT NULL AND reason IS NOT NULL",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map(params![room.id, affiliation.as_str()], |row| {
                Ok((Address::from_stored(row.get::<_, String>(0)?), row.get(1)?))
            })?;
            rows.collect()
        })
        .map_err(failure)
}
