//! Rosters: what owners keep of their contacts, merged with the contacts that shared groups imply.
//! The owner need not have an account. The merge is done by every reading, so what an owner keeps
//! survives the end of a shared group, and nothing is copied when a group changes.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, Params, Row, named_params, params};

use super::rows::{failure, json};
use super::writer::Transaction;
use crate::domain::address::{AccountAddress, Address, Host, Localpart};
use crate::domain::event::Event;
use crate::domain::page::{Page, PageRequest};
use crate::domain::roster::{NewRosterItem, RosterItem, RosterItemChanges, Subscription};
use crate::domain::{Error, Kind, Result};

/// `NotFound` for this contact of a roster.
pub fn missing(contact: &Address) -> Error {
    Error::not_found(Kind::RosterItem, contact.as_str())
}

/// A page of the owner's contacts, by address.
pub fn list(connection: &Connection, owner: &AccountAddress, page: &PageRequest) -> Result<Page<RosterItem>> {
    // Each group gives at most one page of its members, whatever its size. A contact on a host of
    // this service is implied only while it has an account.
    let contacts = "SELECT contact FROM ( \
             SELECT contact FROM roster_items WHERE host = :host AND localpart = :localpart AND contact > :after \
             ORDER BY contact LIMIT :limit) \
         UNION SELECT value FROM visible, json_each(( \
             SELECT json_group_array(address) FROM ( \
                 SELECT address FROM group_members WHERE \"group\" = visible.id \
                 AND address > :after AND address <> :owner \
                 AND (substr(address, instr(address, '@') + 1) NOT IN (SELECT name FROM hosts) \
                     OR EXISTS (SELECT 1 FROM accounts WHERE host = substr(address, instr(address, '@') + 1) \
                         AND localpart = substr(address, 1, instr(address, '@') - 1))) \
                 ORDER BY address LIMIT :limit))) \
         ORDER BY 1 LIMIT :limit";
    let rows = select_merged(
        connection,
        contacts,
        named_params! {
            ":owner": owner.to_address().as_str(),
            ":host": owner.host().as_str(),
            ":localpart": owner.localpart().as_str(),
            ":after": page.after.as_deref().unwrap_or_default(),
            ":limit": i64::try_from(page.limit).unwrap_or(i64::MAX),
        },
    )?;
    Ok(Page::from_rows(rows, page.limit, |item| {
        item.contact.as_str().to_owned()
    }))
}

/// One contact of the owner.
pub fn find(connection: &Connection, owner: &AccountAddress, contact: &Address) -> Result<Option<RosterItem>> {
    // The row of `select_merged`, but for one contact it is quicker to begin with the groups of the contact.
    let sql = "SELECT :contact, item.contact IS NOT NULL, item.nickname, item.subscription, item.overrides, item.groups, \
             (SELECT json_group_array(display_name) FROM ( \
                 SELECT display_name FROM group_members AS theirs CROSS JOIN groups ON id = theirs.\"group\" \
                 WHERE theirs.address = :contact AND :contact <> :owner AND host = :host \
                 AND (sharing = 2 OR sharing = 1 AND EXISTS ( \
                     SELECT 1 FROM group_members AS ours WHERE ours.\"group\" = id AND ours.address = :owner)) \
                 ORDER BY display_name)), \
             accounts.id IS NOT NULL, accounts.name, EXISTS (SELECT 1 FROM hosts WHERE hosts.name = :contact_host) \
         FROM (SELECT 1) \
         LEFT JOIN roster_items AS item \
             ON item.host = :host AND item.localpart = :localpart AND item.contact = :contact \
         LEFT JOIN accounts ON accounts.host = :contact_host AND accounts.localpart = :contact_localpart";
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    let mut rows = statement
        .query(named_params! {
            ":owner": owner.to_address().as_str(),
            ":host": owner.host().as_str(),
            ":localpart": owner.localpart().as_str(),
            ":contact": contact.as_str(),
            ":contact_host": contact.host(),
            ":contact_localpart": contact.localpart(),
        })
        .map_err(failure)?;
    match rows.next().map_err(failure)? {
        Some(row) => item_from_row(row),
        None => Ok(None),
    }
}

/// Adds a contact: `AlreadyExists` when it is there, through a shared group as well, and
/// `SharedGroup` when it is to be in a shared group.
pub fn insert(transaction: &mut Transaction<'_>, owner: &AccountAddress, new: &NewRosterItem) -> Result<()> {
    if find(transaction, owner, &new.contact)?.is_some() {
        return Err(Error::already_exists(Kind::RosterItem, new.contact.as_str()));
    }
    if !shared_names(transaction, owner.host(), &new.groups)?.is_empty() {
        return Err(in_shared_group(&new.contact));
    }
    let item = RosterItem {
        contact: new.contact.clone(),
        nickname: new.nickname.clone(),
        subscription: new.subscription,
        groups: new.groups.clone(),
        shared_groups: Vec::new(),
    };
    upsert(transaction, owner, &item)
}

/// Changes a contact, one that is only implied by a shared group included: from then on the owner
/// keeps it. `SharedGroup` when the new groups leave out a shared group that the contact is in;
/// shared groups among them are not kept.
pub fn change(
    transaction: &mut Transaction<'_>,
    owner: &AccountAddress,
    contact: &Address,
    changes: &RosterItemChanges,
) -> Result<()> {
    let mut item = find(transaction, owner, contact)?.ok_or_else(|| missing(contact))?;
    if let Some(groups) = &changes.groups {
        if item.shared_groups.iter().any(|shared| !groups.contains(shared)) {
            return Err(in_shared_group(contact));
        }
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
    let everything = PageRequest {
        after: None,
        limit: usize::MAX,
    };
    let contacts = list(transaction, from, &everything)?.items;
    let (old, new) = (from.to_address(), to.to_address());
    let moved = transaction
        .prepare_cached(
            "UPDATE OR REPLACE roster_items SET contact = ?2 WHERE contact = ?1 \
             AND localpart || '@' || host IN (SELECT value FROM json_each(?3)) RETURNING host, localpart, subscription",
        )
        .and_then(|mut statement| {
            let contacts = json(contacts.iter().map(|item| item.contact.as_str()));
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

/// Reads the merged items of `contacts`, a statement that gives one address per row. A cross join keeps SQLite from
/// beginning with the groups, of which there may be many, instead of those of one address.
fn select_merged(connection: &Connection, contacts: &str, values: impl Params) -> Result<Vec<RosterItem>> {
    let sql = format!(
        "WITH visible AS MATERIALIZED ( \
             SELECT id, display_name FROM group_members CROSS JOIN groups ON groups.id = group_members.\"group\" \
                 WHERE address = :owner AND host = :host AND sharing = 1 \
             UNION SELECT id, display_name FROM groups WHERE host = :host AND sharing = 2), \
         contacts (contact) AS ({contacts}) \
         SELECT contacts.contact, item.contact IS NOT NULL, item.nickname, item.subscription, item.overrides, \
             item.groups, \
             (SELECT json_group_array(display_name) FROM ( \
                 SELECT display_name FROM visible CROSS JOIN group_members \
                 ON \"group\" = visible.id AND address = contacts.contact \
                 WHERE contacts.contact <> :owner ORDER BY display_name)), \
             accounts.id IS NOT NULL, accounts.name, \
             EXISTS (SELECT 1 FROM hosts WHERE hosts.name = substr(contacts.contact, instr(contacts.contact, '@') + 1)) \
         FROM contacts \
         LEFT JOIN roster_items AS item \
             ON item.host = :host AND item.localpart = :localpart AND item.contact = contacts.contact \
         LEFT JOIN accounts \
             ON accounts.host = substr(contacts.contact, instr(contacts.contact, '@') + 1) \
             AND accounts.localpart = substr(contacts.contact, 1, instr(contacts.contact, '@') - 1) \
         ORDER BY contacts.contact"
    );
    let mut statement = connection.prepare_cached(&sql).map_err(failure)?;
    let mut rows = statement.query(values).map_err(failure)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        items.extend(item_from_row(row)?);
    }
    Ok(items)
}

/// The merged item of a row of [`select_merged`] or [`find`], if there is one.
fn item_from_row(row: &Row<'_>) -> Result<Option<RosterItem>> {
    let contact = Address::from_stored(row.get::<_, String>(0).map_err(failure)?);
    let shared_groups = texts(row, 6)?;
    let is_kept: bool = row.get(1).map_err(failure)?;
    if is_kept {
        let overrides: bool = row.get(4).map_err(failure)?;
        let subscription = if shared_groups.is_empty() || overrides {
            subscription_from_row(row, 3).map_err(failure)?
        } else {
            Subscription::Both
        };
        return Ok(Some(RosterItem {
            contact,
            nickname: row.get(2).map_err(failure)?,
            subscription,
            groups: texts(row, 5)?,
            shared_groups,
        }));
    }
    let has_account: bool = row.get(7).map_err(failure)?;
    let is_local: bool = row.get(9).map_err(failure)?;
    if shared_groups.is_empty() || is_local && !has_account {
        return Ok(None);
    }
    let name: Option<String> = row.get(8).map_err(failure)?;
    let nickname = match contact.localpart() {
        Some(localpart) if is_local => name.unwrap_or_else(|| localpart.to_owned()),
        _ => contact.as_str().to_owned(),
    };
    Ok(Some(RosterItem {
        contact,
        nickname: Some(nickname),
        subscription: Subscription::Both,
        groups: Vec::new(),
        shared_groups,
    }))
}

fn upsert(transaction: &mut Transaction<'_>, owner: &AccountAddress, item: &RosterItem) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO roster_items (host, localpart, contact, nickname, subscription, groups, overrides) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO UPDATE SET nickname = excluded.nickname, \
             subscription = excluded.subscription, groups = excluded.groups, overrides = excluded.overrides",
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

fn texts(row: &Row<'_>, column: usize) -> Result<Vec<String>> {
    let stored: String = row.get(column).map_err(failure)?;
    serde_json::from_str(&stored).map_err(Error::internal)
}

/// The owner in the columns host and localpart.
fn owner_from_row(row: &Row<'_>) -> rusqlite::Result<AccountAddress> {
    let host = Host::from_stored(row.get::<_, String>(0)?);
    Ok(AccountAddress::new(
        Localpart::from_stored(row.get::<_, String>(1)?),
        host,
    ))
}

/// Other numbers were never stored by this program and are no subscription.
fn subscription_from_row(row: &Row<'_>, column: usize) -> rusqlite::Result<Subscription> {
    Ok(Subscription::from_number(row.get(column)?).unwrap_or_default())
}
