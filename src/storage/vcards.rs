//! vCards, by owner. The owner need not have an account.

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::failure;
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::event::Event;
use crate::domain::vcard::VCard;

pub fn find(connection: &Connection, owner: &AccountAddress) -> Result<Option<VCard>> {
    connection
        .prepare_cached("SELECT vcard FROM vcards WHERE host = ?1 AND localpart = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![owner.host().as_str(), owner.localpart().as_str()], |row| {
                    row.get(0).map(VCard::from_stored)
                })
                .optional()
        })
        .map_err(failure)
}

/// Stores a vCard in the place of the one there may be.
pub fn put(transaction: &mut Transaction<'_>, owner: &AccountAddress, vcard: &VCard) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO vcards (host, localpart, vcard) VALUES (?1, ?2, ?3) \
             ON CONFLICT DO UPDATE SET vcard = excluded.vcard WHERE vcard IS NOT excluded.vcard",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                owner.host().as_str(),
                owner.localpart().as_str(),
                vcard.as_str()
            ])
        })
        .map_err(failure)?;
    transaction.emit(Event::VCardChanged(owner.clone()));
    Ok(())
}

/// Removes a vCard; no error when there is none.
pub fn remove(transaction: &mut Transaction<'_>, owner: &AccountAddress) -> Result<()> {
    let removed = transaction
        .prepare_cached("DELETE FROM vcards WHERE host = ?1 AND localpart = ?2")
        .and_then(|mut statement| statement.execute(params![owner.host().as_str(), owner.localpart().as_str()]))
        .map_err(failure)?;
    if removed > 0 {
        transaction.emit(Event::VCardChanged(owner.clone()));
    }
    Ok(())
}

/// Moves the vCard of `from` to `to`, in the place of the one there may be.
pub fn rename(transaction: &mut Transaction<'_>, from: &AccountAddress, to: &AccountAddress) -> Result<()> {
    let moved = transaction
        .prepare_cached("UPDATE OR REPLACE vcards SET host = ?3, localpart = ?4 WHERE host = ?1 AND localpart = ?2")
        .and_then(|mut statement| {
            statement.execute(params![
                from.host().as_str(),
                from.localpart().as_str(),
                to.host().as_str(),
                to.localpart().as_str(),
            ])
        })
        .map_err(failure)?;
    if moved > 0 {
        transaction.emit(Event::VCardChanged(from.clone()));
        transaction.emit(Event::VCardChanged(to.clone()));
    }
    Ok(())
}
