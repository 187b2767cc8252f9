//! What the files of groups share: the row of a group, the addresses in it, and what is told of its changes. Lists of
//! addresses go to SQLite as one JSON list, so that a change of a large group is a few statements.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, params};

use super::rosters;
use super::rows::{failure, json};
use super::writer::Transaction;
use crate::domain::address::{Address, Host};
use crate::domain::event::Event;
use crate::domain::group::{GroupContent, Sharing};
use crate::domain::{Error, Kind, Result};

/// Everybody in a group.
pub const EVERYBODY: &str = "SELECT address FROM group_members WHERE \"group\" = ?1 ORDER BY address";

/// What is needed of a group to change it.
pub struct GroupRow {
    pub id: i64,
    pub host: Host,
    pub name: String,
    pub sharing: Sharing,
}

/// `NotFound` for the group of this name.
pub fn missing(name: &str) -> Error {
    Error::not_found(Kind::Group, name)
}

/// The group of this name, if there is one.
pub fn find_row(connection: &Connection, host: &Host, name: &str) -> Result<Option<GroupRow>> {
    connection
        .prepare_cached("SELECT id, sharing FROM groups WHERE host = ?1 AND name = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![host.as_str(), name], |row| {
                    Ok(GroupRow {
                        id: row.get(0)?,
                        host: host.clone(),
                        name: name.to_owned(),
                        sharing: sharing_from_number(row.get(1)?),
                    })
                })
                .optional()
        })
        .map_err(failure)
}

/// Adds who is not in the group yet, and gives them back.
pub fn insert_members(transaction: &Transaction<'_>, group: i64, content: &GroupContent) -> Result<Arc<[Address]>> {
    let mut joined = Vec::new();
    for (addresses, admin) in [(&content.members, false), (&content.admins, true)] {
        joined.extend(select_addresses(
            transaction,
            "INSERT OR IGNORE INTO group_members (\"group\", address, admin) \
             SELECT ?1, value, ?3 FROM json_each(?2) RETURNING address",
            params![group, json(addresses.iter().map(Address::as_str)), admin],
        )?);
    }
    Ok(joined.into())
}

/// Tells a change of a group, and gives shared rosters a new version where somebody came or went.
pub fn tell_change(
    transaction: &mut Transaction<'_>,
    group: GroupRow,
    joined: Arc<[Address]>,
    left: Arc<[Address]>,
    members: Arc<[Address]>,
) -> Result<()> {
    if group.sharing != Sharing::Nobody && !(joined.is_empty() && left.is_empty()) {
        rosters::advance_shared(transaction, &group.host)?;
    }
    transaction.emit(Event::GroupChanged {
        host: group.host,
        name: group.name,
        sharing_before: group.sharing,
        joined,
        left,
        members,
    });
    Ok(())
}

/// The first column of what is selected or returned.
pub fn select_addresses(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Address>> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let rows = statement.query_map(values, |row| Ok(Address::from_stored(row.get::<_, String>(0)?)))?;
            rows.collect()
        })
        .map_err(failure)
}

/// How `sharing` is stored.
pub fn sharing_number(sharing: Sharing) -> i64 {
    match sharing {
        Sharing::Nobody => 0,
        Sharing::Members => 1,
        Sharing::Everybody => 2,
    }
}

/// Other numbers were never stored by this program and share nothing.
pub fn sharing_from_number(number: i64) -> Sharing {
    match number {
        1 => Sharing::Members,
        2 => Sharing::Everybody,
        _ => Sharing::Nobody,
    }
}
