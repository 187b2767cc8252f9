//! What becomes of rosters when an account goes or gets another name.

use std::sync::Arc;

use rusqlite::{Params, Row, params};

use super::super::leftovers;
use super::super::rows::{failure, json};
use super::super::writer::Transaction;
use super::{find, list_all, missing, subscription_from_row, versions};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, Host, Localpart};
use crate::domain::event::{Event, RosterCause};
use crate::domain::page::MAX_PAGE;
use crate::domain::roster::{RosterVersion, Subscription};
use crate::domain::subscription::SubscriptionKind;

/// Tells everybody who has `contact` in the roster that the subscriptions end, in the name of the contact. They hear of
/// its last presence and of its removal after that.
pub fn take_leave(transaction: &mut Transaction<'_>, contact: &Address) -> Result<()> {
    let owners = select(transaction, OF_CONTACT, [contact.as_str()])?;
    for (owner, _, subscription) in owners {
        for (kind, ends) in [
            (SubscriptionKind::Unsubscribe, subscription.is_seen_by_contact()),
            (SubscriptionKind::Unsubscribed, subscription.sees_contact()),
        ] {
            if ends {
                transaction.emit(farewell(&owner, contact, kind));
            }
        }
    }
    Ok(())
}

/// Removes the whole roster of an owner whose sessions are about to end: of a long one they hear of the first contacts.
pub fn remove_owner(transaction: &mut Transaction<'_>, owner: &AccountAddress) -> Result<()> {
    let Some((roster, ..)) = versions::find_row(transaction, owner)? else {
        return Ok(());
    };
    let version = versions::next(transaction)?;
    let most = i64::try_from(MAX_PAGE).unwrap_or(i64::MAX);
    let removed = select(transaction, OF_ROSTER, [roster, most])?;
    tell_removed(transaction, removed, version)?;
    leftovers::remove(transaction, leftovers::Kind::Roster, roster)
}

/// Removes a contact from every roster.
pub fn remove_contact(transaction: &mut Transaction<'_>, contact: &Address) -> Result<()> {
    let version = versions::next(transaction)?;
    for sql in [
        "INSERT OR REPLACE INTO roster_tombstones (roster, contact, version) \
         SELECT roster, contact, ?2 FROM roster_items WHERE contact = ?1",
        "UPDATE rosters SET version = ?2, oldest = iif(version, oldest, ?2) \
         WHERE id IN (SELECT roster FROM roster_items WHERE contact = ?1)",
    ] {
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params![contact.as_str(), version]))
            .map_err(failure)?;
    }
    let removed = select(transaction, OF_CONTACT, [contact.as_str()])?;
    transaction
        .prepare_cached("DELETE FROM roster_items WHERE contact = ?1")
        .and_then(|mut statement| statement.execute([contact.as_str()]))
        .map_err(failure)?;
    tell_removed(transaction, removed, version)
}

/// Moves the roster of `from` to `to`, and the items for `from` in the rosters of its contacts;
/// whoever is no contact of `from` loses it. Must run while the groups still have `from`.
pub fn rename(transaction: &mut Transaction<'_>, from: &AccountAddress, to: &AccountAddress) -> Result<()> {
    let contacts = list_all(transaction, from)?;
    let (old, new) = (from.to_address(), to.to_address());
    let version = versions::next(transaction)?;
    let moved = transaction
        .prepare_cached(
            "SELECT host, localpart, subscription, rosters.id FROM roster_items JOIN rosters ON rosters.id = roster \
             WHERE contact = ?1 AND localpart || '@' || host IN (SELECT value FROM json_each(?2))",
        )
        .and_then(|mut statement| {
            let contacts = json(contacts.iter().map(|item| item.contact.as_str()));
            let rows = statement.query_map([old.as_str(), &contacts], |row| {
                Ok((owner_from_row(row)?, subscription_from_row(row, 2)?, row.get(3)?))
            })?;
            rows.collect::<rusqlite::Result<Vec<(_, _, i64)>>>()
        })
        .map_err(failure)?;
    for (owner, subscription, roster) in moved {
        transaction
            .prepare_cached(
                "UPDATE OR REPLACE roster_items SET contact = ?3, version = ?4 WHERE roster = ?1 AND contact = ?2",
            )
            .and_then(|mut statement| statement.execute(params![roster, old.as_str(), new.as_str(), version]))
            .map_err(failure)?;
        versions::bury(transaction, roster, &old, version)?;
        versions::unbury(transaction, roster, &new)?;
        let version = versions::advance(transaction, roster, owner.host(), version)?;
        let item = find(transaction, &owner, &new)?.ok_or_else(|| missing(&new))?;
        transaction.emit(Event::RosterItemChanged {
            owner: owner.clone(),
            item: Arc::new(item),
            before: Subscription::None,
            version,
            cause: RosterCause::Administration,
        });
        transaction.emit(farewell(&owner, &old, SubscriptionKind::Unsubscribed));
        transaction.emit(Event::RosterItemRemoved {
            owner,
            contact: old.clone(),
            subscription,
            version,
            cause: RosterCause::Administration,
        });
    }
    remove_contact(transaction, &old)?;
    let heir = versions::find_or_insert(transaction, to)?;
    if let Some((roster, ..)) = versions::find_row(transaction, from)? {
        let own = select(transaction, OF_ROSTER, [roster, i64::MAX])?;
        tell_removed(transaction, own, version)?;
        transaction
            .prepare_cached("UPDATE OR REPLACE roster_items SET roster = ?2 WHERE roster = ?1")
            .and_then(|mut statement| statement.execute([roster, heir]))
            .map_err(failure)?;
        leftovers::remove(transaction, leftovers::Kind::Roster, roster)?;
    }
    // What a client remembers is of another account.
    versions::forget(transaction, heir, version)
}

/// The rows of [`Removed`]: what others keep of a contact, and the contacts of a roster.
const OF_CONTACT: &str = "SELECT host, localpart, subscription, contact FROM roster_items \
     JOIN rosters ON rosters.id = roster WHERE contact = ?1 AND host <> ''";
const OF_ROSTER: &str = "SELECT host, localpart, subscription, contact FROM roster_items \
     JOIN rosters ON rosters.id = roster WHERE roster = ?1 ORDER BY contact LIMIT ?2";

fn farewell(owner: &AccountAddress, contact: &Address, kind: SubscriptionKind) -> Event {
    Event::SubscriptionStanza {
        recipient: owner.clone(),
        sender: contact.clone(),
        kind,
        stanza: None,
    }
}

/// An item: whose it is, for whom, and its subscription.
type Removed = (AccountAddress, Address, Subscription);

/// The items that a statement gives as host, localpart, subscription and contact.
fn select(transaction: &Transaction<'_>, sql: &str, values: impl Params) -> Result<Vec<Removed>> {
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let rows = statement.query_map(values, |row| {
                let contact = Address::from_stored(row.get::<_, String>(3)?);
                Ok((owner_from_row(row)?, contact, subscription_from_row(row, 2)?))
            })?;
            rows.collect()
        })
        .map_err(failure)
}

fn tell_removed(transaction: &mut Transaction<'_>, removed: Vec<Removed>, version: i64) -> Result<()> {
    for (owner, contact, subscription) in removed {
        let version = RosterVersion {
            personal: version,
            shared: versions::shared(transaction, owner.host())?,
        };
        transaction.emit(Event::RosterItemRemoved {
            owner,
            contact,
            subscription,
            version,
            cause: RosterCause::Administration,
        });
    }
    Ok(())
}

/// The owner in the columns host and localpart.
fn owner_from_row(row: &Row<'_>) -> rusqlite::Result<AccountAddress> {
    let host = Host::from_stored(row.get::<_, String>(0)?);
    Ok(AccountAddress::new(
        Localpart::from_stored(row.get::<_, String>(1)?),
        host,
    ))
}
