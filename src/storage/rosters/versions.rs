//! Versions of rosters (RFC 6121 §2.6). Every change of a roster has a number of one count for all owners. What shared
//! groups imply has a number per host: when it has moved, a client reads the whole roster, because nothing is stored of
//! what it saw before.

use rusqlite::{Connection, OptionalExtension, params};

use super::super::rows::failure;
use super::super::writer::Transaction;
use super::find;
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, Host};
use crate::domain::page::MAX_PAGE;
use crate::domain::roster::{RosterChange, RosterVersion};

/// Removed contacts that one owner's roster remembers; a client that knows an older state reads all of it.
const MAX_TOMBSTONES: i64 = 500;

/// The version that a roster has now. To be read before the roster: what changes in between comes twice, never not.
pub fn current(connection: &Connection, owner: &AccountAddress) -> Result<RosterVersion> {
    Ok(RosterVersion {
        personal: find_row(connection, owner)?.map_or(0, |(_, personal, _)| personal),
        shared: shared(connection, owner.host())?,
    })
}

/// What has changed since a version, in the order of the changes; `None`: that cannot be told, or is too much, so the
/// whole roster must be read.
pub fn changes_since(
    connection: &Connection,
    owner: &AccountAddress,
    known: RosterVersion,
) -> Result<Option<Vec<RosterChange>>> {
    let (roster, personal, oldest) = find_row(connection, owner)?.unwrap_or_default();
    let is_known = (oldest..=personal).contains(&known.personal) && shared(connection, owner.host())? == known.shared;
    if !is_known {
        return Ok(None);
    }
    if known.personal == personal {
        return Ok(Some(Vec::new()));
    }
    let changed: Vec<(Address, i64, bool)> = connection
        .prepare_cached(
            "SELECT contact, version, 1 FROM roster_items WHERE roster = ?1 AND version > ?2 \
             UNION ALL \
             SELECT contact, version, 0 FROM roster_tombstones WHERE roster = ?1 AND version > ?2 \
             ORDER BY 2 LIMIT ?3",
        )
        .and_then(|mut statement| {
            let most = i64::try_from(MAX_PAGE).unwrap_or(i64::MAX).saturating_add(1);
            let rows = statement.query_map(params![roster, known.personal, most], |row| {
                Ok((Address::from_stored(row.get::<_, String>(0)?), row.get(1)?, row.get(2)?))
            })?;
            rows.collect()
        })
        .map_err(failure)?;
    if changed.len() > MAX_PAGE {
        return Ok(None);
    }
    let mut changes = Vec::with_capacity(changed.len());
    let mut reached = known;
    for (number, (contact, version, is_kept)) in changed.iter().enumerate() {
        // Who hears only the first of several changes of one version has not reached it.
        if changed.get(number + 1).is_none_or(|next| next.1 != *version) {
            reached.personal = *version;
        }
        let item = if *is_kept {
            find(connection, owner, contact)?
        } else {
            None
        };
        changes.push(RosterChange {
            contact: contact.clone(),
            item,
            version: reached,
        });
    }
    Ok(Some(changes))
}

/// The number of the next change.
pub(super) fn next(transaction: &Transaction<'_>) -> Result<i64> {
    // What a change returns is kept in a table that is made for it each time, which costs more than a second statement.
    transaction
        .prepare_cached("UPDATE counters SET value = value + 1 WHERE name = 'roster'")
        .and_then(|mut statement| statement.execute([]))
        .and_then(|_| transaction.prepare_cached("SELECT value FROM counters WHERE name = 'roster'"))
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(failure)
}

/// The row of an owner's roster, which is made when there is none.
pub(super) fn find_or_insert(transaction: &Transaction<'_>, owner: &AccountAddress) -> Result<i64> {
    if let Some((roster, ..)) = find_row(transaction, owner)? {
        return Ok(roster);
    }
    transaction
        .prepare_cached("INSERT INTO rosters (host, localpart) VALUES (?1, ?2)")
        .and_then(|mut statement| statement.insert([owner.host().as_str(), owner.localpart().as_str()]))
        .map_err(failure)
}

/// Notes that something in a roster on `host` changed.
pub(super) fn advance(transaction: &Transaction<'_>, roster: i64, host: &Host, version: i64) -> Result<RosterVersion> {
    transaction
        .prepare_cached("UPDATE rosters SET version = ?2, oldest = iif(version, oldest, ?2) WHERE id = ?1")
        .and_then(|mut statement| statement.execute([roster, version]))
        .map_err(failure)?;
    Ok(RosterVersion {
        personal: version,
        shared: shared(transaction, host)?,
    })
}

/// Notes that a contact was removed.
pub(super) fn bury(transaction: &Transaction<'_>, roster: i64, contact: &Address, version: i64) -> Result<()> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO roster_tombstones (roster, contact, version) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![roster, contact.as_str(), version]))
        .map_err(failure)?;
    forget_oldest(transaction, roster)
}

/// Notes that a contact is there again.
pub(super) fn unbury(transaction: &Transaction<'_>, roster: i64, contact: &Address) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM roster_tombstones WHERE roster = ?1 AND contact = ?2")
        .and_then(|mut statement| statement.execute(params![roster, contact.as_str()]))
        .map_err(failure)?;
    Ok(())
}

/// Forgets every version of a roster before this one.
pub(super) fn forget(transaction: &Transaction<'_>, roster: i64, version: i64) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM roster_tombstones WHERE roster = ?1")
        .and_then(|mut statement| statement.execute([roster]))
        .map_err(failure)?;
    transaction
        .prepare_cached("UPDATE rosters SET version = ?2, oldest = ?2 WHERE id = ?1")
        .and_then(|mut statement| statement.execute([roster, version]))
        .map_err(failure)?;
    Ok(())
}

/// Notes that something changed that shared groups imply on `host`.
pub fn advance_shared(transaction: &Transaction<'_>, host: &Host) -> Result<()> {
    let version = next(transaction)?;
    transaction
        .prepare_cached("UPDATE hosts SET shared_version = ?2 WHERE name = ?1")
        .and_then(|mut statement| statement.execute(params![host.as_str(), version]))
        .map_err(failure)?;
    Ok(())
}

/// Notes that `member` came, went or got another name: wherever a shared group has it, it looks different now.
pub fn advance_shared_with(transaction: &Transaction<'_>, member: &Address) -> Result<()> {
    let hosts: Vec<Host> = transaction
        .prepare_cached(
            "SELECT DISTINCT host FROM group_members CROSS JOIN groups ON groups.id = group_members.\"group\" \
             WHERE address = ?1 AND sharing <> 0",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map([member.as_str()], |row| Ok(Host::from_stored(row.get::<_, String>(0)?)))?;
            rows.collect()
        })
        .map_err(failure)?;
    hosts.iter().try_for_each(|host| advance_shared(transaction, host))
}

/// The version of what shared groups imply on a host.
pub(super) fn shared(connection: &Connection, host: &Host) -> Result<i64> {
    let found = connection
        .prepare_cached("SELECT shared_version FROM hosts WHERE name = ?1")
        .and_then(|mut statement| statement.query_row([host.as_str()], |row| row.get(0)).optional())
        .map_err(failure)?;
    Ok(found.unwrap_or(0))
}

/// The row of an owner's roster, its last version, and the oldest from which the changes are known; `None` before the first
/// change.
pub(super) fn find_row(connection: &Connection, owner: &AccountAddress) -> Result<Option<(i64, i64, i64)>> {
    connection
        .prepare_cached("SELECT id, version, oldest FROM rosters WHERE host = ?1 AND localpart = ?2")
        .and_then(|mut statement| {
            statement
                .query_row([owner.host().as_str(), owner.localpart().as_str()], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })
                .optional()
        })
        .map_err(failure)
}

fn forget_oldest(transaction: &Transaction<'_>, roster: i64) -> Result<()> {
    let surplus: Option<i64> = transaction
        .prepare_cached(
            "SELECT version FROM roster_tombstones WHERE roster = ?1 ORDER BY version DESC LIMIT 1 OFFSET ?2",
        )
        .and_then(|mut statement| {
            statement
                .query_row([roster, MAX_TOMBSTONES], |row| row.get(0))
                .optional()
        })
        .map_err(failure)?;
    let Some(oldest) = surplus else {
        return Ok(());
    };
    for sql in [
        "DELETE FROM roster_tombstones WHERE roster = ?1 AND version <= ?2",
        "UPDATE rosters SET oldest = max(oldest, ?2) WHERE id = ?1",
    ] {
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([roster, oldest]))
            .map_err(failure)?;
    }
    Ok(())
}
