//! Who is in which groups.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use rusqlite::{Connection, params};

use super::group_records::{
    EVERYBODY, GroupRow, find_row, missing, select_addresses, sharing_from_number, tell_change,
};
use super::groups;
use super::rows::{self, failure, json};
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::address::{Address, Host};
use crate::domain::group::{GroupContent, Sharing};
use crate::domain::page::{Page, PageRequest};

/// A page of the names of the groups on `host` in which `member` is member or admin.
pub fn list_of(connection: &Connection, host: &Host, member: &Address, page: &PageRequest) -> Result<Page<String>> {
    let rows = connection
        .prepare_cached(
            "SELECT name FROM group_members CROSS JOIN groups ON groups.id = group_members.\"group\" \
             WHERE address = ?1 AND host = ?2 AND name > ?3 ORDER BY name LIMIT ?4",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map(
                params![
                    member.as_str(),
                    host.as_str(),
                    page.after.as_deref().unwrap_or_default(),
                    rows::limit(page.limit)
                ],
                |row| row.get(0),
            )?;
            rows.collect::<rusqlite::Result<Vec<String>>>()
        })
        .map_err(failure)?;
    Ok(Page::from_rows(rows, page.limit, Clone::clone))
}

/// With whom a group is shared, and everybody in it; nobody when there is no such group.
pub fn find_members(connection: &Connection, host: &Host, name: &str) -> Result<(Sharing, Vec<Address>)> {
    let Some(group) = find_row(connection, host, name)? else {
        return Ok((Sharing::Nobody, Vec::new()));
    };
    let members = select_addresses(connection, EVERYBODY, [group.id])?;
    Ok((group.sharing, members))
}

/// The members and admins of each of the groups `names`; groups that do not exist are left out.
pub fn people_of_groups(
    connection: &Connection,
    host: &Host,
    names: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<Address>>> {
    let mut people: BTreeMap<String, Vec<Address>> = BTreeMap::new();
    let names = json(names.iter().map(String::as_str));
    let mut statement = connection
        .prepare_cached(
            "SELECT groups.name, member.address FROM groups \
             LEFT JOIN group_members AS member ON member.\"group\" = groups.id \
             WHERE groups.host = ?1 AND groups.name IN (SELECT value FROM json_each(?2)) \
             ORDER BY groups.name, member.address",
        )
        .map_err(failure)?;
    let mut rows = statement.query(params![host.as_str(), names]).map_err(failure)?;
    while let Some(row) = rows.next().map_err(failure)? {
        let of_group = people.entry(row.get(0).map_err(failure)?).or_default();
        if let Some(address) = row.get::<_, Option<String>>(1).map_err(failure)? {
            of_group.push(Address::from_stored(address));
        }
    }
    Ok(people)
}

/// Those of `names` that are groups.
pub fn existing_groups(connection: &Connection, host: &Host, names: &BTreeSet<String>) -> Result<BTreeSet<String>> {
    let names = json(names.iter().map(String::as_str));
    connection
        .prepare_cached("SELECT name FROM groups WHERE host = ?1 AND name IN (SELECT value FROM json_each(?2))")
        .and_then(|mut statement| {
            let rows = statement.query_map(params![host.as_str(), names], |row| row.get(0))?;
            rows.collect()
        })
        .map_err(failure)
}

/// The shared groups of all hosts in which `member` is member or admin.
pub fn list_shared_with(connection: &Connection, member: &Address) -> Result<Vec<(Host, String)>> {
    let groups = groups_of(connection, member)?.into_iter();
    let shared = groups.filter(|group| group.sharing != Sharing::Nobody);
    Ok(shared.map(|group| (group.host, group.name)).collect())
}

/// Makes `member` a plain member of each group, an admin of it included; missing groups are made.
pub fn add(transaction: &mut Transaction<'_>, host: &Host, member: &Address, names: &[String]) -> Result<()> {
    for name in names {
        let group = find_or_insert(transaction, host, name)?;
        join(transaction, group, member)?;
    }
    Ok(())
}

/// Takes `member` from the members of a group; as an admin it stays. No error when it is none.
pub fn remove(transaction: &mut Transaction<'_>, host: &Host, member: &Address, name: &str) -> Result<()> {
    let group = find_row(transaction, host, name)?.ok_or_else(|| missing(name))?;
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
            remove(transaction, host, member, &group.name)?;
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

fn find_or_insert(transaction: &mut Transaction<'_>, host: &Host, name: &str) -> Result<GroupRow> {
    if let Some(group) = find_row(transaction, host, name)? {
        return Ok(group);
    }
    groups::insert(transaction, host, &GroupContent::empty(name))?;
    find_row(transaction, host, name)?.ok_or_else(|| missing(name))
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
