//! Changes of what owners keep of their contacts. What the present state forbids is told by functions of their own, so that
//! it can be told before the values of a request are refused.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Params, Row, params};

use super::super::rows::{failure, json};
use super::super::writer::Transaction;
use super::{find, list, missing, subscription_from_row};
use crate::domain::address::{AccountAddress, Address, Host, Localpart};
use crate::domain::event::Event;
use crate::domain::page::PageRequest;
use crate::domain::roster::{NewRosterItem, RosterItem, RosterItemChanges, Subscription};
use crate::domain::{Error, Kind, Result};

/// Whether a contact can be added with these groups: `AlreadyExists` when it is there, through a
/// shared group as well, and `SharedGroup` when it is to be in a shared group.
pub fn check_insert(
    connection: &Connection,
    owner: &AccountAddress,
    contact: &Address,
    groups: &[String],
) -> Result<()> {
    if find(connection, owner, contact)?.is_some() {
        return Err(Error::already_exists(Kind::RosterItem, contact.as_str()));
    }
    if !shared_names(connection, owner.host(), groups)?.is_empty() {
        return Err(in_shared_group(contact));
    }
    Ok(())
}

/// Adds a contact if [`check_insert`] allows it.
pub fn insert(transaction: &mut Transaction<'_>, owner: &AccountAddress, new: &NewRosterItem) -> Result<()> {
    check_insert(transaction, owner, &new.contact, &new.groups)?;
    let item = RosterItem {
        contact: new.contact.clone(),
        nickname: new.nickname.clone(),
        subscription: new.subscription,
        groups: new.groups.clone(),
        shared_groups: Vec::new(),
    };
    upsert(transaction, owner, &item)
}

/// The contact, if it can have these groups: `NotFound` without such a contact, and `SharedGroup`
/// when they leave out a shared group that it is in.
pub fn check_change(
    connection: &Connection,
    owner: &AccountAddress,
    contact: &Address,
    groups: Option<&[String]>,
) -> Result<RosterItem> {
    let item = find(connection, owner, contact)?.ok_or_else(|| missing(contact))?;
    if let Some(groups) = groups
        && item.shared_groups.iter().any(|shared| !groups.contains(shared))
    {
        return Err(in_shared_group(contact));
    }
    Ok(item)
}

/// Changes a contact if [`check_change`] allows it, one that is only implied by a shared group
/// included: from then on the owner keeps it. Shared groups among the new groups are not kept.
pub fn change(
    transaction: &mut Transaction<'_>,
    owner: &AccountAddress,
    contact: &Address,
    changes: &RosterItemChanges,
) -> Result<()> {
    let mut item = check_change(transaction, owner, contact, changes.groups.as_deref())?;
    if let Some(groups) = &changes.groups {
        let shared = shared_names(transaction, owner.host(), groups)?;
        item.groups = groups
            .iter()
            .filter(|group| !shared.contains(*group))
            .cloned()
            .collect();
    }
    if let Some(nickname) = &changes.nickname {
        item.nickname.clone_from(nickname);
    }
    if let Some(subscription) = changes.subscription {
        item.subscription = subscription;
    }
    upsert(transaction, owner, &item)
}

/// Removes a contact that the owner keeps; `SharedGroup` when a shared group implies it. A local
/// contact's own item for the owner stays, without the subscriptions that end.
pub fn remove(transaction: &mut Transaction<'_>, owner: &AccountAddress, contact: &Address) -> Result<()> {
    let item = find(transaction, owner, contact)?.ok_or_else(|| missing(contact))?;
    if !item.shared_groups.is_empty() {
        return Err(in_shared_group(contact));
    }
    delete(
        transaction,
        "host = ?1 AND localpart = ?2 AND contact = ?3",
        params![owner.host().as_str(), owner.localpart().as_str(), contact.as_str()],
    )?;
    lower_other_side(transaction, owner, contact, item.subscription)
}

/// Removes the whole roster of an owner.
pub fn remove_owner(transaction: &mut Transaction<'_>, owner: &AccountAddress) -> Result<()> {
    delete(
        transaction,
        "host = ?1 AND localpart = ?2",
        params![owner.host().as_str(), owner.localpart().as_str()],
    )
}

/// Removes a contact from every roster.
pub fn remove_contact(transaction: &mut Transaction<'_>, contact: &Address) -> Result<()> {
    delete(transaction, "contact = ?1", [contact.as_str()])
}

/// Moves the roster of `from` to `to`, and the items for `from` in the rosters of its contacts;
/// whoever is no contact of `from` loses it. Must run while the groups still have `from`.
pub fn rename(transaction: &mut Transaction<'_>, from: &AccountAddress, to: &AccountAddress) -> Result<()> {
    let contacts = contacts_of(transaction, from)?;
    let (old, new) = (from.to_address(), to.to_address());
    let moved = transaction
        .prepare_cached(
            "UPDATE OR REPLACE roster_items SET contact = ?2 WHERE contact = ?1 \
             AND localpart || '@' || host IN (SELECT value FROM json_each(?3)) RETURNING host, localpart, subscription",
        )
        .and_then(|mut statement| {
            let contacts = json(contacts.iter().map(Address::as_str));
            let rows = statement.query_map(params![old.as_str(), new.as_str(), contacts], |row| {
                Ok((owner_from_row(row)?, subscription_from_row(row, 2)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(failure)?;
    for (owner, subscription) in moved {
        transaction.emit(Event::RosterItemRemoved {
            owner: owner.clone(),
            contact: old.clone(),
            subscription,
        });
        transaction.emit(Event::RosterItemChanged {
            owner,
            contact: new.clone(),
        });
    }
    remove_contact(transaction, &old)?;
    transaction
        .prepare_cached(
            "UPDATE OR REPLACE roster_items SET host = ?3, localpart = ?4 WHERE host = ?1 AND localpart = ?2",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                from.host().as_str(),
                from.localpart().as_str(),
                to.host().as_str(),
                to.localpart().as_str(),
            ])
        })
        .map_err(failure)?;
    Ok(())
}

/// Every contact of an owner.
fn contacts_of(connection: &Connection, owner: &AccountAddress) -> Result<Vec<Address>> {
    let mut contacts = Vec::new();
    let mut page = PageRequest::first();
    loop {
        let found = list(connection, owner, &page)?;
        contacts.extend(found.items.into_iter().map(|item| item.contact));
        match found.next {
            Some(next) => page = PageRequest::after(Some(next)),
            None => return Ok(contacts),
        }
    }
}

fn upsert(transaction: &mut Transaction<'_>, owner: &AccountAddress, item: &RosterItem) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO roster_items (host, localpart, contact, nickname, subscription, groups, overrides) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET nickname = excluded.nickname, \
             subscription = excluded.subscription, groups = excluded.groups, overrides = excluded.overrides \
             WHERE (nickname, subscription, groups, overrides) \
                 IS NOT (excluded.nickname, excluded.subscription, excluded.groups, excluded.overrides)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                owner.host().as_str(),
                owner.localpart().as_str(),
                item.contact.as_str(),
                item.nickname,
                item.subscription.number(),
                json(item.groups.iter().map(String::as_str)),
                !item.shared_groups.is_empty(),
            ])
        })
        .map_err(failure)?;
    transaction.emit(Event::RosterItemChanged {
        owner: owner.clone(),
        contact: item.contact.clone(),
    });
    Ok(())
}

/// Deletes the rows that meet `condition` and tells of each.
fn delete(transaction: &mut Transaction<'_>, condition: &str, values: impl Params) -> Result<()> {
    let removed = transaction
        .prepare_cached(&format!(
            "DELETE FROM roster_items WHERE {condition} RETURNING host, localpart, subscription, contact"
        ))
        .and_then(|mut statement| {
            let rows = statement.query_map(values, |row| {
                Ok(Event::RosterItemRemoved {
                    owner: owner_from_row(row)?,
                    contact: Address::from_stored(row.get::<_, String>(3)?),
                    subscription: subscription_from_row(row, 2)?,
                })
            })?;
            rows.collect::<rusqlite::Result<Vec<_>>>()
        })
        .map_err(failure)?;
    for event in removed {
        transaction.emit(event);
    }
    Ok(())
}

/// Takes from the contact's own item for the owner what the owner's `ended` subscription gave it.
fn lower_other_side(
    transaction: &mut Transaction<'_>,
    owner: &AccountAddress,
    contact: &Address,
    ended: Subscription,
) -> Result<()> {
    let Some(localpart) = contact.localpart() else {
        return Ok(());
    };
    let us = owner.to_address();
    let key = params![contact.host(), localpart, us.as_str()];
    let found = transaction
        .prepare_cached("SELECT subscription FROM roster_items WHERE host = ?1 AND localpart = ?2 AND contact = ?3")
        .and_then(|mut statement| statement.query_row(key, |row| subscription_from_row(row, 0)).optional())
        .map_err(failure)?;
    let Some(theirs) = found else {
        return Ok(());
    };
    let mut lowered = theirs;
    if ended.sees_contact() {
        lowered = lowered.without_from();
    }
    if ended.is_seen_by_contact() {
        lowered = lowered.without_to();
    }
    if lowered == theirs {
        return Ok(());
    }
    transaction
        .prepare_cached("UPDATE roster_items SET subscription = ?4 WHERE host = ?1 AND localpart = ?2 AND contact = ?3")
        .and_then(|mut statement| statement.execute(params![contact.host(), localpart, us.as_str(), lowered.number()]))
        .map_err(failure)?;
    transaction.emit(Event::RosterItemChanged {
        owner: AccountAddress::new(Localpart::from_stored(localpart), Host::from_stored(contact.host())),
        contact: us,
    });
    Ok(())
}

/// Those of `names` that are display names of shared groups of the host.
fn shared_names(connection: &Connection, host: &Host, names: &[String]) -> Result<HashSet<String>> {
    if names.is_empty() {
        return Ok(HashSet::new());
    }
    connection
        .prepare_cached(
            "SELECT display_name FROM groups WHERE host = ?1 AND sharing IN (1, 2) \
             AND display_name IN (SELECT value FROM json_each(?2))",
        )
        .and_then(|mut statement| {
            let names = json(names.iter().map(String::as_str));
            let rows = statement.query_map(params![host.as_str(), names], |row| row.get(0))?;
            rows.collect()
        })
        .map_err(failure)
}

fn in_shared_group(contact: &Address) -> Error {
    Error::SharedGroup {
        contact: contact.as_str().to_owned(),
    }
}

/// The owner in the columns host and localpart.
fn owner_from_row(row: &Row<'_>) -> rusqlite::Result<AccountAddress> {
    let host = Host::from_stored(row.get::<_, String>(0)?);
    Ok(AccountAddress::new(
        Localpart::from_stored(row.get::<_, String>(1)?),
        host,
    ))
}
