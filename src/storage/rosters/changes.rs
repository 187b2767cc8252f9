//! Changes of what owners keep of their contacts. What the present state forbids is told by functions of their own, so that
//! it can be told before the values of a request are refused.

use rusqlite::{Connection, params};

use super::super::rows::failure;
use super::super::writer::Transaction;
use super::requested::find_with_request;
use super::{Contact, Kept, check_room, look, missing, put, subscriptions, versions};
use crate::domain::address::{AccountAddress, Address, Host};
use crate::domain::event::{Event, RosterCause};
use crate::domain::roster::{NewRosterItem, RosterItem, RosterItemChanges, RosterLimits, RosterSet};
use crate::domain::{Error, Kind, Result};

/// Whether a contact can be added with these groups: `AlreadyExists` when it is there, through a
/// shared group or a request as well, and `SharedGroup` when it is to be in a shared group.
pub fn check_insert(
    connection: &Connection,
    owner: &AccountAddress,
    contact: &Address,
    groups: &[String],
) -> Result<()> {
    look_for_insert(connection, owner, contact, groups).map(drop)
}

fn look_for_insert(
    connection: &Connection,
    owner: &AccountAddress,
    contact: &Address,
    groups: &[String],
) -> Result<Contact> {
    let present = look(connection, owner, contact)?;
    if find_with_request(connection, owner, &present)?.is_some() {
        return Err(Error::already_exists(Kind::RosterItem, contact.as_str()));
    }
    if personal_groups(connection, owner.host(), groups)?.len() < groups.len() {
        return Err(in_shared_group(contact));
    }
    Ok(present)
}

/// Adds a contact if [`check_insert`] allows it.
pub fn insert(transaction: &mut Transaction<'_>, owner: &AccountAddress, new: &NewRosterItem) -> Result<()> {
    let present = look_for_insert(transaction, owner, &new.contact, &new.groups)?;
    let kept = Kept {
        nickname: new.nickname.clone(),
        groups: new.groups.clone(),
        subscription: new.subscription,
        ..Kept::default()
    };
    write(transaction, owner, present, kept, RosterCause::Administration)
}

/// Stores what a client says of a contact, which keeps its subscriptions; `LimitReached` when the roster is full,
/// `SharedGroup` when the groups leave out a shared group that the contact is in, or put a new one into a shared group.
/// Shared groups among the groups are not kept.
pub fn set(
    transaction: &mut Transaction<'_>,
    owner: &AccountAddress,
    set: &RosterSet,
    limits: &RosterLimits,
) -> Result<()> {
    let personal = personal_groups(transaction, owner.host(), &set.groups)?;
    let present = look(transaction, owner, &set.contact)?;
    let refused = match present.item() {
        Some(_) => leaves_shared_group(&present, &set.groups),
        None => personal.len() < set.groups.len(),
    };
    if refused {
        return Err(in_shared_group(&set.contact));
    }
    if present.kept.is_none() {
        check_room(transaction, owner, limits.contacts)?;
    }
    let kept = Kept {
        nickname: set.nickname.clone(),
        groups: personal,
        ..present.kept.clone().unwrap_or_default()
    };
    write(transaction, owner, present, kept, RosterCause::Client)
}

/// Whether the contact can have these groups: `NotFound` without such a contact, and `SharedGroup` when they leave out a
/// shared group that it is in.
pub fn check_change(
    connection: &Connection,
    owner: &AccountAddress,
    contact: &Address,
    groups: Option<&[String]>,
) -> Result<()> {
    look_for_change(connection, owner, contact, groups).map(drop)
}

fn look_for_change(
    connection: &Connection,
    owner: &AccountAddress,
    contact: &Address,
    groups: Option<&[String]>,
) -> Result<(Contact, RosterItem)> {
    let present = look(connection, owner, contact)?;
    let item = find_with_request(connection, owner, &present)?.ok_or_else(|| missing(contact))?;
    if groups.is_some_and(|groups| leaves_shared_group(&present, groups)) {
        return Err(in_shared_group(contact));
    }
    Ok((present, item))
}

/// Changes a contact if [`check_change`] allows it, one that is only implied by a shared group
/// included: from then on the owner keeps it. Shared groups among the new groups are not kept.
pub fn change(
    transaction: &mut Transaction<'_>,
    owner: &AccountAddress,
    contact: &Address,
    changes: &RosterItemChanges,
) -> Result<()> {
    let (present, item) = look_for_change(transaction, owner, contact, changes.groups.as_deref())?;
    let groups = match &changes.groups {
        Some(groups) => personal_groups(transaction, owner.host(), groups)?,
        None => item.groups,
    };
    let kept = Kept {
        nickname: changes.nickname.clone().unwrap_or(item.nickname),
        groups,
        subscription: changes.subscription.unwrap_or(item.subscription),
        overrides: !item.shared_groups.is_empty(),
        asked: item.asked,
        approved: item.approved,
    };
    write(transaction, owner, present, kept, RosterCause::Administration)
}

/// Removes a contact that the owner keeps; `SharedGroup` when a shared group implies it. The subscriptions and requests
/// of both directions end (RFC 6121 §2.5): a local contact's own item for the owner stays without them.
pub fn remove(
    transaction: &mut Transaction<'_>,
    owner: &AccountAddress,
    contact: &Address,
    cause: RosterCause,
) -> Result<()> {
    let present = look(transaction, owner, contact)?;
    let item = match cause {
        RosterCause::Client => present.item(),
        RosterCause::Administration => find_with_request(transaction, owner, &present)?,
    };
    let item = item.ok_or_else(|| missing(contact))?;
    if !item.shared_groups.is_empty() {
        return Err(in_shared_group(contact));
    }
    let roster = versions::find_or_insert(transaction, owner)?;
    let version = versions::next(transaction)?;
    transaction
        .prepare_cached("DELETE FROM roster_items WHERE roster = ?1 AND contact = ?2")
        .and_then(|mut statement| statement.execute(params![roster, contact.as_str()]))
        .map_err(failure)?;
    versions::bury(transaction, roster, contact, version)?;
    let version = versions::advance(transaction, roster, owner.host(), version)?;
    let removal = Event::RosterItemRemoved {
        owner: owner.clone(),
        contact: contact.clone(),
        subscription: item.subscription,
        version,
        cause,
    };
    subscriptions::end(transaction, owner, &item, cause, removal)
}

/// Stores what was set for a contact and tells of it. A subscription that lets the contact see the owner is the answer to
/// a request.
fn write(
    transaction: &mut Transaction<'_>,
    owner: &AccountAddress,
    present: Contact,
    kept: Kept,
    cause: RosterCause,
) -> Result<()> {
    let was_seen = |before: &Kept| before.subscription.is_seen_by_contact();
    if kept.subscription.is_seen_by_contact() && !present.kept.as_ref().is_some_and(was_seen) {
        subscriptions::remove_request(transaction, owner, &present.address)?;
    }
    let event = put(transaction, owner, present, kept, cause)?;
    transaction.emit(event);
    Ok(())
}

/// Those of `names` that are no display names of shared groups of the host.
fn personal_groups(connection: &Connection, host: &Host, names: &[String]) -> Result<Vec<String>> {
    let mut statement = connection
        // One of a list would be looked up in a table that is made for it each time.
        .prepare_cached(
            "SELECT 1 FROM groups WHERE host = ?1 AND sharing = 1 AND display_name = ?2 UNION ALL \
             SELECT 1 FROM groups WHERE host = ?1 AND sharing = 2 AND display_name = ?2",
        )
        .map_err(failure)?;
    let mut personal = Vec::with_capacity(names.len());
    for name in names {
        if !statement.exists(params![host.as_str(), name]).map_err(failure)? {
            personal.push(name.clone());
        }
    }
    Ok(personal)
}

fn leaves_shared_group(contact: &Contact, groups: &[String]) -> bool {
    contact.shared_groups.iter().any(|shared| !groups.contains(shared))
}

fn in_shared_group(contact: &Address) -> Error {
    Error::SharedGroup {
        contact: contact.as_str().to_owned(),
    }
}
