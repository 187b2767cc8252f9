//! Groups with everybody in them. Shared groups are never copied into rosters: `rosters` reads them from here.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::group_records::{
    EVERYBODY, find_row, insert_members, missing, select_addresses, sharing_from_number, sharing_number, tell_change,
};
use super::leftovers;
use super::rosters;
use super::rows::{self, failure, is_duplicate, json};
use super::writer::Transaction;
use crate::domain::address::{Address, Host};
use crate::domain::event::Event;
use crate::domain::group::{Group, GroupContent, GroupSummary, Sharing};
use crate::domain::page::{Page, PageRequest};
use crate::domain::{Error, Kind, Result};

const MEMBERS: &str = "SELECT address FROM group_members WHERE \"group\" = ?1 AND admin = ?2 ORDER BY address";

/// The group with everybody in it.
pub fn find(connection: &Connection, host: &Host, name: &str) -> Result<Option<Group>> {
    let found = connection
        .prepare_cached("SELECT id, description, sharing, display_name FROM groups WHERE host = ?1 AND name = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![host.as_str(), name], |row| {
                    let group = Group {
                        name: name.to_owned(),
                        description: row.get(1)?,
                        sharing: sharing_from_number(row.get(2)?),
                        display_name: row.get(3)?,
                        members: Vec::new(),
                        admins: Vec::new(),
                        properties: BTreeMap::new(),
                    };
                    Ok((row.get::<_, i64>(0)?, group))
                })
                .optional()
        })
        .map_err(failure)?;
    let Some((id, mut group)) = found else {
        return Ok(None);
    };
    group.members = select_addresses(connection, MEMBERS, params![id, false])?;
    group.admins = select_addresses(connection, MEMBERS, params![id, true])?;
    group.properties = connection
        .prepare_cached("SELECT key, value FROM group_properties WHERE \"group\" = ?1")
        .and_then(|mut statement| {
            let rows = statement.query_map([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })
        .map_err(failure)?;
    Ok(Some(group))
}

/// A page of groups, by name.
pub fn list(connection: &Connection, host: &Host, page: &PageRequest) -> Result<Page<GroupSummary>> {
    let rows = connection
        .prepare_cached("SELECT name, description FROM groups WHERE host = ?1 AND name > ?2 ORDER BY name LIMIT ?3")
        .and_then(|mut statement| {
            let rows = statement.query_map(
                params![
                    host.as_str(),
                    page.after.as_deref().unwrap_or_default(),
                    rows::limit(page.limit)
                ],
                |row| {
                    Ok(GroupSummary {
                        name: row.get(0)?,
                        description: row.get(1)?,
                    })
                },
            )?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(failure)?;
    Ok(Page::from_rows(rows, page.limit, |group| group.name.clone()))
}

/// The name under which rosters show a group.
pub fn find_display_name(connection: &Connection, host: &Host, name: &str) -> Result<Option<String>> {
    connection
        .prepare_cached("SELECT display_name FROM groups WHERE host = ?1 AND name = ?2")
        .and_then(|mut statement| statement.query_row([host.as_str(), name], |row| row.get(0)).optional())
        .map_err(failure)
}

/// Stores a new group; `AlreadyExists` when the name is taken.
pub fn insert(transaction: &mut Transaction<'_>, host: &Host, content: &GroupContent) -> Result<()> {
    let id = transaction
        .prepare_cached(
            "INSERT INTO groups (host, name, description, sharing, display_name) VALUES (?1, ?2, ?3, ?4, ?2)",
        )
        .map_err(failure)?
        .insert(params![
            host.as_str(),
            content.name,
            content.description,
            sharing_number(content.sharing),
        ])
        .map_err(|cause| {
            if is_duplicate(&cause) {
                Error::already_exists(Kind::Group, &content.name)
            } else {
                failure(cause)
            }
        })?;
    let joined = insert_members(transaction, id, content)?;
    if content.sharing != Sharing::Nobody {
        rosters::advance_shared(transaction, host)?;
    }
    transaction.emit(Event::GroupChanged {
        host: host.clone(),
        name: content.name.clone(),
        sharing_before: Sharing::Nobody,
        members: match content.sharing {
            Sharing::Nobody => Arc::default(),
            Sharing::Members | Sharing::Everybody => Arc::clone(&joined),
        },
        joined,
        left: Arc::default(),
    });
    Ok(())
}

/// Gives an existing group this content. Its display name and properties stay.
pub fn replace(transaction: &mut Transaction<'_>, host: &Host, content: &GroupContent) -> Result<()> {
    let group = find_row(transaction, host, &content.name)?.ok_or_else(|| missing(&content.name))?;
    transaction
        .prepare_cached(
            "UPDATE groups SET description = ?2, sharing = ?3 WHERE id = ?1 AND (description, sharing) IS NOT (?2, ?3)",
        )
        .and_then(|mut statement| {
            statement.execute(params![group.id, content.description, sharing_number(content.sharing)])
        })
        .map_err(failure)?;
    let everybody = json(content.members.iter().chain(&content.admins).map(Address::as_str));
    let left = select_addresses(
        transaction,
        "DELETE FROM group_members WHERE \"group\" = ?1 AND address NOT IN (SELECT value FROM json_each(?2)) \
         RETURNING address",
        params![group.id, everybody],
    )?;
    transaction
        .prepare_cached(
            "UPDATE group_members SET admin = NOT admin WHERE \"group\" = ?1 \
             AND admin <> (address IN (SELECT value FROM json_each(?2)))",
        )
        .and_then(|mut statement| {
            statement.execute(params![group.id, json(content.admins.iter().map(Address::as_str))])
        })
        .map_err(failure)?;
    let joined = insert_members(transaction, group.id, content)?;
    let mut members = Arc::default();
    if group.sharing != content.sharing {
        rosters::advance_shared(transaction, host)?;
        members = content.members.iter().chain(&content.admins).cloned().collect();
    }
    tell_change(transaction, group, joined, left.into(), members)
}

/// Removes a group and its memberships. Its affiliations of rooms are `room_affiliations`' own.
pub fn remove(transaction: &mut Transaction<'_>, host: &Host, name: &str) -> Result<()> {
    let group = find_row(transaction, host, name)?.ok_or_else(|| missing(name))?;
    let mut members = Vec::new();
    if group.sharing != Sharing::Nobody {
        members = select_addresses(transaction, EVERYBODY, [group.id])?;
        rosters::advance_shared(transaction, host)?;
    }
    leftovers::remove(transaction, leftovers::Kind::Group, group.id)?;
    transaction.emit(Event::GroupRemoved {
        host: group.host,
        name: group.name,
        sharing: group.sharing,
        members: members.into(),
    });
    Ok(())
}
