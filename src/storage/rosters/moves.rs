//! What becomes of rosters when an account goes or gets another name: at once of its own, and of those of so many others
//! as nearly always are all. The rest is left to [`partings`].

use rusqlite::params;

use super::super::leftovers;
use super::super::rows::failure;
use super::super::writer::Transaction;
use super::partings::{self, Parting};
use super::{bonds, holders, subscription_from_row, versions};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::event::{Event, RosterCause};
use crate::domain::page::MAX_PAGE;
use crate::domain::roster::RosterVersion;

/// Removes the roster of an account that is about to go, and the account from the rosters of others. Its contacts are told
/// that the subscriptions end; they hear of its last presence and of its removal after that.
pub fn leave(transaction: &mut Transaction<'_>, account: &AccountAddress) -> Result<()> {
    let leaving = account.to_address();
    partings::inherit(transaction, account, None)?;
    let untold = match versions::find_row(transaction, account)? {
        Some((roster, ..)) => leave_own(transaction, account, roster)?,
        None => None,
    };
    let version = versions::next(transaction)?;
    let keeping = holders::list(transaction, &leaving, version, partings::SLICE)?;
    let is_last = keeping.len() < partings::SLICE;
    holders::remove(transaction, &leaving, keeping)?;
    if is_last && untold.is_none() {
        return Ok(());
    }
    let parting = Parting {
        leaving,
        heir: None,
        untold,
        version,
    };
    partings::keep(transaction, &parting)
}

/// Tells the first contacts of `roster` that its owner goes, and removes it. Gives back what [`Parting`] calls untold.
fn leave_own(transaction: &mut Transaction<'_>, owner: &AccountAddress, roster: i64) -> Result<Option<(i64, String)>> {
    let leaving = owner.to_address();
    let (bonds, last) = bonds::list(transaction, roster, &leaving, "", partings::SLICE)?;
    bonds::end(transaction, &leaving, bonds)?;
    let version = versions::next(transaction)?;
    tell_removed(transaction, owner, roster, version)?;
    if let Some(last) = last {
        // Its rows are still wanted.
        leftovers::hide(transaction, leftovers::Kind::Roster, roster)?;
        Ok(Some((roster, last)))
    } else {
        leftovers::remove(transaction, leftovers::Kind::Roster, roster)?;
        Ok(None)
    }
}

/// Moves the roster of `from` to `to`, and the items for `from` in the rosters of its contacts;
/// whoever is no contact of `from` loses it. Must run while the groups still have `from`.
pub fn rename(transaction: &mut Transaction<'_>, from: &AccountAddress, to: &AccountAddress) -> Result<()> {
    let (old, new) = (from.to_address(), to.to_address());
    partings::inherit(transaction, from, Some(to))?;
    let (bonds, last) = match versions::find_row(transaction, from)? {
        Some((roster, ..)) => bonds::list(transaction, roster, &old, "", partings::SLICE)?,
        None => (Vec::new(), None),
    };
    let version = versions::next(transaction)?;
    let keeping = holders::list(transaction, &old, version, partings::RENAMED)?;
    let is_last = keeping.len() < partings::RENAMED;
    let (contacts, others) = holders::divide(transaction, keeping, from)?;
    holders::rename(transaction, &old, &new, &contacts)?;
    bonds::end(transaction, &old, bonds)?;
    holders::bury(transaction, &old, contacts)?;
    holders::remove(transaction, &old, others)?;
    let now = versions::next(transaction)?;
    let heir = hand_over(transaction, from, to, now)?;
    // What a client remembers is of another account.
    versions::forget(transaction, heir, now)?;
    if is_last && last.is_none() {
        return Ok(());
    }
    let parting = Parting {
        leaving: old,
        heir: Some(to.clone()),
        untold: last.map(|last| (heir, last)),
        version,
    };
    partings::keep(transaction, &parting)
}

/// Gives the roster of `from` to `to`, whose sessions are about to end: of a long one they hear of the first contacts.
/// Nearly always `to` has none, and then the row of the roster gets another name, however many contacts it has.
fn hand_over(
    transaction: &mut Transaction<'_>,
    from: &AccountAddress,
    to: &AccountAddress,
    version: i64,
) -> Result<i64> {
    let Some((roster, ..)) = versions::find_row(transaction, from)? else {
        return versions::find_or_insert(transaction, to);
    };
    tell_removed(transaction, from, roster, version)?;
    let Some((heir, ..)) = versions::find_row(transaction, to)? else {
        transaction
            .prepare_cached("UPDATE rosters SET host = ?2, localpart = ?3 WHERE id = ?1")
            .and_then(|mut statement| statement.execute(params![roster, to.host().as_str(), to.localpart().as_str()]))
            .map_err(failure)?;
        return Ok(roster);
    };
    transaction
        .prepare_cached("UPDATE OR REPLACE roster_items SET roster = ?2 WHERE roster = ?1")
        .and_then(|mut statement| statement.execute([roster, heir]))
        .map_err(failure)?;
    leftovers::remove(transaction, leftovers::Kind::Roster, roster)?;
    Ok(heir)
}

/// Tells the sessions of an owner, which are about to end, that its contacts are gone: of a long roster the first ones.
fn tell_removed(transaction: &mut Transaction<'_>, owner: &AccountAddress, roster: i64, version: i64) -> Result<()> {
    let version = RosterVersion {
        personal: version,
        shared: versions::shared(transaction, owner.host())?,
    };
    let removed = transaction
        .prepare_cached("SELECT contact, subscription FROM roster_items WHERE roster = ?1 ORDER BY contact LIMIT ?2")
        .and_then(|mut statement| {
            let most = i64::try_from(MAX_PAGE).unwrap_or(i64::MAX);
            let rows = statement.query_map([roster, most], |row| {
                let contact = Address::from_stored(row.get::<_, String>(0)?);
                Ok((contact, subscription_from_row(row, 1)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(failure)?;
    for (contact, subscription) in removed {
        transaction.emit(Event::RosterItemRemoved {
            owner: owner.clone(),
            contact,
            subscription,
            version,
            cause: RosterCause::Administration,
        });
    }
    Ok(())
}
