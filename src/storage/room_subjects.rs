//! Who set the subject of a room, and when (XEP-0045 §7.2.15). The subject itself is one of the room's settings.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::room_records::Found;
use super::rows::{failure, time};
use super::writer::Transaction;
use crate::domain::Result;

/// How the subject of a room came to be.
pub struct SubjectSet {
    pub at: Timestamp,
    /// The message in which an occupant set it; `None`: an administrator did.
    pub stanza: Option<String>,
}

/// `None`: the room never had a subject.
pub fn find(connection: &Connection, room: &Found) -> Result<Option<SubjectSet>> {
    connection
        .prepare_cached("SELECT set_at, stanza FROM room_subjects WHERE room = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([room.id], |row| {
                    Ok(SubjectSet {
                        at: time(row.get(0)?),
                        stanza: row.get(1)?,
                    })
                })
                .optional()
        })
        .map_err(failure)
}

pub fn set(transaction: &Transaction<'_>, room: &Found, at: Timestamp, stanza: Option<&Arc<str>>) -> Result<()> {
    let stanza = stanza.map(|stanza| &**stanza);
    transaction
        .prepare_cached("INSERT OR REPLACE INTO room_subjects (room, set_at, stanza) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![room.id, at.as_millisecond(), stanza]))
        .map_err(failure)?;
    Ok(())
}
