//! Archived messages with the names of their owners, for other databases.

use rusqlite::{Connection, OptionalExtension, Row};

use super::super::rows::{failure, time};
use super::super::writer::Transaction;
use super::{import, insert_at};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, FullAddress, Host, Localpart};
use crate::domain::archive::{ArchiveCopy, ArchiveOwner, NewArchivedMessage};
use crate::domain::room::RoomPlace;

/// Shows every message that somebody can read, with its number, in the order of the numbers.
pub fn each(connection: &Connection, mut visit: impl FnMut(i64, NewArchivedMessage) -> Result<()>) -> Result<()> {
    let mut statement = connection
        .prepare(
            "SELECT seq, body.at, body.stanza, contact, resource, address_visible, accounts.host, localpart, \
                 room_services.host, room_services.name, rooms.name, nickname \
             FROM archive_entries JOIN archive_bodies AS body USING (seq) \
             JOIN archives ON archives.id = archive LEFT JOIN accounts ON accounts.id = archives.account \
             LEFT JOIN rooms ON rooms.id = archives.room LEFT JOIN room_services ON room_services.id = rooms.service \
             ORDER BY seq, archive",
        )
        .map_err(failure)?;
    let mut rows = statement.query([]).map_err(failure)?;
    let mut open: Option<(i64, NewArchivedMessage)> = None;
    while let Some(row) = rows.next().map_err(failure)? {
        let (seq, copy) = copy_from_row(row).map_err(failure)?;
        let Some(copy) = copy else { continue };
        match &mut open {
            Some((last, message)) if *last == seq => message.copies.push(copy),
            _ => {
                let message = message_from_row(row, copy).map_err(failure)?;
                if let Some((seq, message)) = open.replace((seq, message)) {
                    visit(seq, message)?;
                }
            }
        }
    }
    open.map_or(Ok(()), |(seq, message)| visit(seq, message))
}

/// Stores a message under its number; where another has that, under one that its time gives it. Whether it was not there.
pub fn restore(transaction: &mut Transaction<'_>, seq: i64, message: &NewArchivedMessage) -> Result<bool> {
    let is_taken = transaction
        .prepare_cached("SELECT 1 FROM archive_bodies WHERE seq = ?1")
        .and_then(|mut statement| statement.query_row([seq], |_| Ok(())).optional())
        .map_err(failure)?
        .is_some();
    if is_taken {
        return Ok(import(transaction, std::slice::from_ref(message))? > 0);
    }
    let stored = insert_at(transaction, seq, message)?;
    Ok(stored.iter().any(Option::is_some))
}

fn message_from_row(row: &Row<'_>, copy: ArchiveCopy) -> rusqlite::Result<NewArchivedMessage> {
    Ok(NewArchivedMessage {
        at: time(row.get(1)?),
        stanza: row.get::<_, String>(2)?.into(),
        copies: vec![copy],
    })
}

/// The number of a message and its place in one archive; none in an archive of nobody.
fn copy_from_row(row: &Row<'_>) -> rusqlite::Result<(i64, Option<ArchiveCopy>)> {
    let text = |column: usize| row.get::<_, Option<String>>(column);
    let owner = match (text(6)?, text(7)?, text(8)?, text(9)?, text(10)?) {
        (Some(host), Some(localpart), ..) => ArchiveOwner::Account(AccountAddress::new(
            Localpart::from_stored(localpart),
            Host::from_stored(host),
        )),
        (_, _, Some(host), Some(service), Some(name)) => ArchiveOwner::Room(RoomPlace {
            host: Host::from_stored(host),
            service,
            name: Localpart::from_stored(name),
        }),
        _ => return Ok((row.get(0)?, None)),
    };
    let copy = ArchiveCopy {
        owner,
        contact: FullAddress {
            bare: Address::from_stored(row.get::<_, String>(3)?),
            resource: text(4)?.map(Into::into),
        },
        address_visible: row.get(5)?,
        nickname: text(11)?.map(Into::into),
    };
    Ok((row.get(0)?, Some(copy)))
}
