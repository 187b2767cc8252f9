//! What is removed is gone at once, however many rows it had: its own row moves to the host without a name, where nobody
//! looks, and the rows that refer to it go a few at a time, so that no removal holds the writer for long
//! (docs/decisions/0018-what-is-removed-goes-at-once-and-its-rows-later.md).

use rusqlite::{Connection, OptionalExtension};

use super::rows::failure;
use super::writer::Transaction;
use crate::domain::Result;

/// Rows that one job removes: a few milliseconds of the writer.
pub(super) const SLICE: usize = 500;

/// What may have very many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Account,
    Group,
    Room,
    Roster,
}

const KINDS: [Kind; 4] = [Kind::Account, Kind::Group, Kind::Room, Kind::Roster];

impl Kind {
    /// Moves the row `?1`, so that neither it nor what refers to it is found by any name.
    fn hide(self) -> &'static [&'static str] {
        match self {
            Self::Account => &[
                "UPDATE archives SET account = NULL WHERE account = ?1",
                "UPDATE accounts SET host = '', localpart = id WHERE id = ?1",
            ],
            Self::Group => &["UPDATE groups SET host = '', name = id, sharing = 0 WHERE id = ?1"],
            Self::Room => &[
                "UPDATE archives SET room = NULL WHERE room = ?1",
                "UPDATE rooms SET service = 0, name = id WHERE id = ?1",
            ],
            Self::Roster => &["UPDATE rosters SET host = '', localpart = id WHERE id = ?1"],
        }
    }

    /// A row that was moved.
    fn hidden(self) -> &'static str {
        match self {
            Self::Account => "SELECT id FROM accounts WHERE host = '' LIMIT 1",
            Self::Group => "SELECT id FROM groups WHERE host = '' LIMIT 1",
            Self::Room => "SELECT id FROM rooms WHERE service = 0 LIMIT 1",
            Self::Roster => "SELECT id FROM rosters WHERE host = '' LIMIT 1",
        }
    }

    /// Each takes at most `?2` of the rows that refer to the row `?1`. What it has only one of goes with it.
    fn rows(self) -> &'static [&'static str] {
        match self {
            Self::Account => &[
                "UPDATE uploads SET account = NULL \
                 WHERE id IN (SELECT id FROM uploads WHERE account = ?1 ORDER BY account, bytes LIMIT ?2)",
                "DELETE FROM offline_messages \
                 WHERE id IN (SELECT id FROM offline_messages WHERE account = ?1 LIMIT ?2)",
                "DELETE FROM account_properties WHERE account = ?1 \
                 AND key IN (SELECT key FROM account_properties WHERE account = ?1 LIMIT ?2)",
                "DELETE FROM subscription_requests WHERE account = ?1 \
                 AND sender IN (SELECT sender FROM subscription_requests WHERE account = ?1 LIMIT ?2)",
                "DELETE FROM private_xml WHERE rowid IN (SELECT rowid FROM private_xml WHERE account = ?1 LIMIT ?2)",
                "DELETE FROM blocked_addresses WHERE account = ?1 \
                 AND address IN (SELECT address FROM blocked_addresses WHERE account = ?1 LIMIT ?2)",
                "DELETE FROM invitations \
                 WHERE number IN (SELECT number FROM invitations WHERE inviter = ?1 LIMIT ?2)",
                "DELETE FROM push_registrations WHERE account = ?1 \
                 AND service IN (SELECT service FROM push_registrations WHERE account = ?1 LIMIT ?2)",
                "DELETE FROM login_tokens WHERE account = ?1 \
                 AND client IN (SELECT client FROM login_tokens WHERE account = ?1 LIMIT ?2)",
            ],
            Self::Group => &[
                "DELETE FROM group_members WHERE \"group\" = ?1 \
                 AND address IN (SELECT address FROM group_members WHERE \"group\" = ?1 LIMIT ?2)",
                "DELETE FROM group_properties WHERE \"group\" = ?1 \
                 AND key IN (SELECT key FROM group_properties WHERE \"group\" = ?1 LIMIT ?2)",
            ],
            Self::Room => &[
                "DELETE FROM room_affiliations WHERE room = ?1 \
                 AND position IN (SELECT position FROM room_affiliations WHERE room = ?1 LIMIT ?2)",
                "DELETE FROM room_nicknames WHERE room = ?1 \
                 AND address IN (SELECT address FROM room_nicknames WHERE room = ?1 LIMIT ?2)",
            ],
            Self::Roster => &[
                "DELETE FROM roster_items WHERE roster = ?1 \
                 AND contact IN (SELECT contact FROM roster_items WHERE roster = ?1 LIMIT ?2)",
                "DELETE FROM roster_tombstones WHERE roster = ?1 \
                 AND contact IN (SELECT contact FROM roster_tombstones WHERE roster = ?1 LIMIT ?2)",
            ],
        }
    }

    fn row(self) -> &'static str {
        match self {
            Self::Account => "DELETE FROM accounts WHERE id = ?1",
            Self::Group => "DELETE FROM groups WHERE id = ?1",
            Self::Room => "DELETE FROM rooms WHERE id = ?1",
            Self::Roster => "DELETE FROM rosters WHERE id = ?1",
        }
    }
}

/// Removes the row `id` and a slice of what refers to it: nearly always that is all.
pub(super) fn remove(transaction: &Transaction<'_>, kind: Kind, id: i64) -> Result<()> {
    hide(transaction, kind, id)?;
    take(transaction, kind, id, SLICE)
}

/// Removes the row `id` for everybody else, and leaves what refers to it for later.
pub(super) fn hide(transaction: &Transaction<'_>, kind: Kind, id: i64) -> Result<()> {
    for sql in kind.hide() {
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([id]))
            .map_err(failure)?;
    }
    Ok(())
}

/// Removes what is left of earlier removals, at most `most` rows. To be called until it answers `false`: nothing is left.
pub(super) fn remove_some(transaction: &Transaction<'_>, most: usize) -> Result<bool> {
    for kind in KINDS {
        if let Some(id) = find(transaction, kind)? {
            take(transaction, kind, id, most)?;
            return Ok(true);
        }
    }
    Ok(false)
}

fn find(connection: &Connection, kind: Kind) -> Result<Option<i64>> {
    connection
        .prepare_cached(kind.hidden())
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)).optional())
        .map_err(failure)
}

/// Takes at most `most` rows, and the row `id` itself when no others are left.
fn take(transaction: &Transaction<'_>, kind: Kind, id: i64, most: usize) -> Result<()> {
    let mut room = i64::try_from(most).unwrap_or(i64::MAX);
    for sql in kind.rows() {
        let taken = transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([id, room]))
            .map_err(failure)?;
        room = room.saturating_sub(i64::try_from(taken).unwrap_or(i64::MAX));
        if room <= 0 {
            return Ok(());
        }
    }
    transaction
        .prepare_cached(kind.row())
        .and_then(|mut statement| statement.execute([id]))
        .map_err(failure)?;
    Ok(())
}

#[cfg(test)]
mod tests;
