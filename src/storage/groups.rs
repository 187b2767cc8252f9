//! Groups and who is in them. Shared groups are never copied into rosters: `rosters` reads them
//! from here. Lists of addresses go to SQLite as one JSON list, so that a change of a large group
//! is a few statements.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, params};

use super::leftovers;
use super::rosters;
use super::rows::{failure, is_duplicate, json};
use super::writer::Transaction;
use crate::domain::address::{Address, Host};
use crate::domain::event::Event;
use crate::domain::group::{Group, GroupContent, GroupSummary, Sharing};
use crate::domain::page::{Page, PageRequest};
use crate::domain::{Error, Kind, Result};

/// What is needed of a group to change it.
struct GroupRow {
    id: i64,
    host: Host,
    name: String,
    sharing: Sharing,
}

/// `NotFound` for the group of this name.
pub fn missing(name: &str) -> Error {
    Error::not_found(Kind::Group, name)
}

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
            let rows = statement.query_map(params![host.as_str(), after(page), limit(page)], |row| {
                Ok(GroupSummary {
                    name: row.get(0)?,
                    description: row.get(1)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(failure)?;
    Ok(Page::from_rows(rows, page.limit, |group| group.name.clone()))
}

/// A page of the names of the groups on `host` in which `member` is member or admin.
pub fn list_of_member(
    connection: &Connection,
    host: &Host,
    member: &Address,
    page: &PageRequest,
) -> Result<Page<String>> {
    let rows = connection
        .prepare_cached(
            "SELECT name FROM group_members CROSS JOIN groups ON groups.id = group_members.\"group\" \
             WHERE address = ?1 AND host = ?2 AND name > ?3 ORDER BY name LIMIT ?4",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map(
                params![member.as_str(), host.as_str(), after(page), limit(page)],
                |row| row.get(0),
            )?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        })
        .map_err(failure)?;
    Ok(Page::from_rows(rows, page.limit, Clone::clone))
}

/// With whom a group is shared, and everybody in it; nobody when there is no such group.
pub fn find_members(connection: &Connection, host: &Host, name: &str) -> Result<(Sharing, Vec<Address>)> {
    let Some(group) = row_of(connection, host, name)? else {
        return Ok((Sharing::Nobody, Vec::new()));
    };
    let members = select_addresses(connection, EVERYBODY, [group.id])?;
    Ok((group.sharing, members))
}

/// The shared groups of all hosts in which `member` is member or admin.
pub fn list_shared_with(connection: &Connection, member: &Address) -> Result<Vec<(Host, String)>> {
    let groups = groups_of(connection, member)?.into_iter();
    let shared = groups.filter(|group| group.sharing != Sharing::Nobody);
    Ok(shared.map(|group| (group.host, group.name)).collect())
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
    let group = row_of(transaction, host, &content.name)?.ok_or_else(|| missing(&content.name))?;
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
    let group = row_of(transaction, host, name)?.ok_or_else(|| missing(name))?;
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

/// Makes `member` a plain member of each group, an admin of it included; missing groups are made.
pub fn add_member(transaction: &mut Transaction<'_>, host: &Host, member: &Address, names: &[String]) -> Result<()> {
    for name in names {
        let group = find_or_insert(transaction, host, name)?;
        join(transaction, group, member)?;
    }
    Ok(())
}

/// Takes `member` from the members of a group; as an admin it stays. No error when it is none.
pub fn remove_member(transaction: &mut Transaction<'_>, host: &Host, member: &Address, name: &str) -> Result<()> {
    let group = row_of(transaction, host, name)?.ok_or_else(|| missing(name))?;
    let left = select_addresses(
        transaction,
        "DELETE FROM group_members WHERE \"group\" = ?1 AND address = ?2 AND NOT admin RETURNING address",
        params![group.id, member.as_str()],
    )?;
    if !left.is_empty() {
        tell_change(transaction, group, Arc::default(), left.into(), Arc::default())?;
    }
    Ok(())
}

/// Makes the groups on `host` in which `member` is exactly these: missing ones are made, it joins
/// as a member those it is not in and leaves the others. Where it is an admin nothing changes.
pub fn set_groups_of(transaction: &mut Transaction<'_>, host: &Host, member: &Address, names: &[String]) -> Result<()> {
    let wanted = names.iter().collect::<HashSet<_>>();
    for group in groups_of(transaction, member)? {
        if group.host == *host && !wanted.contains(&group.name) {
            remove_member(transaction, host, member, &group.name)?;
        }
    }
    for name in names {
        let group = find_or_insert(transaction, host, name)?;
        if !is_in(transaction, group.id, member)? {
            join(transaction, group, member)?;
        }
    }
    Ok(())
}

/// Takes an address out of every group of every host, as member and as admin.
pub fn remove_address(transaction: &mut Transaction<'_>, address: &Address) -> Result<()> {
    let groups = groups_of(transaction, address)?;
    transaction
        .prepare_cached("DELETE FROM group_members WHERE address = ?1")
        .and_then(|mut statement| statement.execute([address.as_str()]))
        .map_err(failure)?;
    for group in groups {
        tell_change(
            transaction,
            group,
            Arc::default(),
            Arc::from([address.clone()]),
            Arc::default(),
        )?;
    }
    Ok(())
}

/// Puts `to` as a plain member into every group where `from` was member or admin, in its place.
pub fn rename_address(transaction: &mut Transaction<'_>, from: &Address, to: &Address) -> Result<()> {
    for group in groups_of(transaction, from)? {
        transaction
            .prepare_cached("DELETE FROM group_members WHERE \"group\" = ?1 AND address = ?2")
            .and_then(|mut statement| statement.execute(params![group.id, from.as_str()]))
            .map_err(failure)?;
        let joined = upsert_member(transaction, group.id, to)?;
        tell_change(transaction, group, joined, Arc::from([from.clone()]), Arc::default())?;
    }
    Ok(())
}

const EVERYBODY: &str = "SELECT address FROM group_members WHERE \"group\" = ?1 ORDER BY address";
const MEMBERS: &str = "SELECT address FROM group_members WHERE \"group\" = ?1 AND admin = ?2 ORDER BY address";

fn row_of(connection: &Connection, host: &Host, name: &str) -> Result<Option<GroupRow>> {
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

fn find_or_insert(transaction: &mut Transaction<'_>, host: &Host, name: &str) -> Result<GroupRow> {
    if let Some(group) = row_of(transaction, host, name)? {
        return Ok(group);
    }
    insert(transaction, host, &GroupContent::empty(name))?;
    row_of(transaction, host, name)?.ok_or_else(|| missing(name))
}

/// The groups of all hosts in which `address` is member or admin.
fn groups_of(connection: &Connection, address: &Address) -> Result<Vec<GroupRow>> {
    connection
        .prepare_cached(
            "SELECT id, host, name, sharing FROM group_members JOIN groups ON groups.id = group_members.\"group\" \
             WHERE address = ?1 AND host <> '' ORDER BY host, name",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map([address.as_str()], |row| {
                Ok(GroupRow {
                    id: row.get(0)?,
                    host: Host::from_stored(row.get::<_, String>(1)?),
                    name: row.get(2)?,
                    sharing: sharing_from_number(row.get(3)?),
                })
            })?;
            rows.collect()
        })
        .map_err(failure)
}

fn is_in(connection: &Connection, group: i64, address: &Address) -> Result<bool> {
    connection
        .prepare_cached("SELECT 1 FROM group_members WHERE \"group\" = ?1 AND address = ?2")
        .and_then(|mut statement| statement.exists(params![group, address.as_str()]))
        .map_err(failure)
}

fn join(transaction: &mut Transaction<'_>, group: GroupRow, member: &Address) -> Result<()> {
    let joined = upsert_member(transaction, group.id, member)?;
    if !joined.is_empty() {
        tell_change(transaction, group, joined, Arc::default(), Arc::default())?;
    }
    Ok(())
}

/// Makes `member` a plain member; gives it back when it was not in the group at all.
fn upsert_member(transaction: &Transaction<'_>, group: i64, member: &Address) -> Result<Arc<[Address]>> {
    let known = is_in(transaction, group, member)?;
    transaction
        .prepare_cached(
            "INSERT INTO group_members (\"group\", address, admin) VALUES (?1, ?2, 0) \
             ON CONFLICT DO UPDATE SET admin = 0 WHERE admin",
        )
        .and_then(|mut statement| statement.execute(params![group, member.as_str()]))
        .map_err(failure)?;
    if known {
        return Ok(Arc::default());
    }
    Ok(Arc::from([member.clone()]))
}

/// Adds who is not in the group yet, and gives them back.
pub(super) fn insert_members(
    transaction: &Transaction<'_>,
    group: i64,
    content: &GroupContent,
) -> Result<Arc<[Address]>> {
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

fn tell_change(
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

fn select_addresses(connection: &Connection, sql: &str, values: impl Params) -> Result<Vec<Address>> {
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let rows = statement.query_map(values, |row| Ok(Address::from_stored(row.get::<_, String>(0)?)))?;
            rows.collect()
        })
        .map_err(failure)
}

/// No name comes before the empty one, and none is empty.
fn after(page: &PageRequest) -> &str {
    page.after.as_deref().unwrap_or_default()
}

fn limit(page: &PageRequest) -> i64 {
    i64::try_from(page.limit).unwrap_or(i64::MAX)
}

pub(super) fn sharing_number(sharing: Sharing) -> i64 {
    match sharing {
        Sharing::Nobody => 0,
        Sharing::Members => 1,
        Sharing::Everybody => 2,
    }
}

/// Other numbers were never stored by this program and share nothing.
fn sharing_from_number(number: i64) -> Sharing {
    match number {
        1 => Sharing::Members,
        2 => Sharing::Everybody,
        _ => Sharing::Nobody,
    }
}
