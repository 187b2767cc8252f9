//! What becomes of rosters when an account goes or gets another name.

use std::sync::Arc;

use rusqlite::{Params, Row, params};

use super::super::leftovers;
use super::super::rows::{failure, json};
use super::super::writer::Transaction;
use super::contact::texts;
use super::{find, list_all, missing, subscription_from_row, versions};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, Host, Localpart};
use crate::domain::event::{Event, RosterCause};
use crate::domain::page::MAX_PAGE;
use crate::domain::roster::{RosterItem, RosterVersion, Subscription};
use crate::domain::subscription::SubscriptionKind;

/// Tells the contacts of an account that is about to go that the subscriptions end. They hear of its last presence and
/// of its removal after that.
pub fn take_leave(transaction: &mut Transaction<'_>, leaving: &AccountAddress) -> Result<()> {
    let bonds = bonds(transaction, leaving)?;
    part(transaction, &leaving.to_address(), bonds)
}

/// What is between an account and somebody in its roster who has an account too.
struct Bond {
    contact: AccountAddress,
    subscription: Subscription,
    /// What the contact keeps of the account.
    kept: Option<RosterItem>,
}

fn bonds(transaction: &Transaction<'_>, of: &AccountAddress) -> Result<Vec<Bond>> {
    let address = of.to_address();
    let mut statement = transaction
        .prepare_cached(
            "SELECT accounts.host, accounts.localpart, own.subscription, theirs.nickname, theirs.subscription, theirs.groups \
             FROM rosters AS roster CROSS JOIN roster_items AS own ON own.roster = roster.id AND own.subscription > 0 \
             JOIN accounts ON accounts.host = substr(own.contact, instr(own.contact, '@') + 1) \
                 AND accounts.localpart = substr(own.contact, 1, instr(own.contact, '@') - 1) \
             LEFT JOIN rosters AS other ON other.host = accounts.host AND other.localpart = accounts.localpart \
             LEFT JOIN roster_items AS theirs ON theirs.roster = other.id AND theirs.contact = ?3 \
             WHERE roster.host = ?1 AND roster.localpart = ?2",
        )
        .map_err(failure)?;
    let mut rows = statement
        .query([of.host().as_str(), of.localpart().as_str(), address.as_str()])
        .map_err(failure)?;
    let mut bonds = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        let groups: Option<String> = row.get(5).map_err(failure)?;
        let kept = match groups {
            Some(_) => Some(RosterItem {
                contact: address.clone(),
                nickname: row.get(3).map_err(failure)?,
                subscription: subscription_from_row(row, 4).map_err(failure)?,
                asked: false,
                approved: false,
                is_request: false,
                groups: texts(row, 5)?,
                shared_groups: Vec::new(),
            }),
            None => None,
        };
        bonds.push(Bond {
            contact: owner_from_row(row).map_err(failure)?,
            subscription: subscription_from_row(row, 2).map_err(failure)?,
            kept,
        });
    }
    Ok(bonds)
}

/// For each direction that `leaving` kept a contact first sees what is left of it, then the end (Openfire REST API plugin
/// 1.12, §10.1): the latter even if the contact knew nothing of that direction.
fn part(transaction: &mut Transaction<'_>, leaving: &Address, bonds: Vec<Bond>) -> Result<()> {
    let personal = versions::next(transaction)?;
    for Bond {
        contact,
        subscription,
        mut kept,
    } in bonds
    {
        let version = RosterVersion {
            personal,
            shared: versions::shared(transaction, contact.host())?,
        };
        let directions = [
            (SubscriptionKind::Unsubscribe, subscription.sees_contact()),
            (SubscriptionKind::Unsubscribed, subscription.is_seen_by_contact()),
        ];
        for (kind, _) in directions.into_iter().filter(|(_, ends)| *ends) {
            if let Some(item) = &mut kept {
                let before = item.subscription;
                item.subscription = match kind {
                    SubscriptionKind::Unsubscribe => before.without_from(),
                    _ => before.without_to(),
                };
                if item.subscription != before {
                    transaction.emit(Event::RosterItemChanged {
                        owner: contact.clone(),
                        item: Arc::new(item.clone()),
                        before,
                        version,
                        cause: RosterCause::Administration,
                    });
                }
            }
            transaction.emit(Event::SubscriptionStanza {
                recipient: contact.clone(),
                sender: leaving.clone(),
                kind,
                stanza: None,
            });
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
    let bonds = bonds(transaction, from)?;
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
    for (owner, _, roster) in &moved {
        transaction
            .prepare_cached(
                "UPDATE OR REPLACE roster_items SET contact = ?3, version = ?4 WHERE roster = ?1 AND contact = ?2",
            )
            .and_then(|mut statement| statement.execute(params![roster, old.as_str(), new.as_str(), version]))
            .map_err(failure)?;
        versions::unbury(transaction, *roster, &new)?;
        let version = versions::advance(transaction, *roster, owner.host(), version)?;
        let item = find(transaction, owner, &new)?.ok_or_else(|| missing(&new))?;
        transaction.emit(Event::RosterItemChanged {
            owner: owner.clone(),
            item: Arc::new(item),
            before: Subscription::None,
            version,
            cause: RosterCause::Administration,
        });
    }
    part(transaction, &old, bonds)?;
    let version = versions::next(transaction)?;
    for (owner, subscription, roster) in moved {
        versions::bury(transaction, roster, &old, version)?;
        transaction.emit(Event::RosterItemRemoved {
            version: versions::advance(transaction, roster, owner.host(), version)?,
            owner,
            contact: old.clone(),
            subscription,
            cause: RosterCause::Administration,
        });
    }
    remove_contact(transaction, &old)?;
    let heir = hand_over(transaction, from, to, version)?;
    // What a client remembers is of another account.
    versions::forget(transaction, heir, version)
}

/// Gives the roster of `from` to `to`, whose sessions are about to end: of a long one they hear of the first contacts.
/// Nearly always `to` has none, and then the row of the roster gets another name, however many contacts it has.
fn hand_over(
    transaction: &mut Transaction<'_>,
    from: &AccountAddress,
    to: &AccountAddress,
    version: i64,
) -> Result<i64> {
    let Some((roster, ..)) = versions::find_row(transaction, from)? else {
        return versions::find_or_insert(transaction, to);
    };
    let most = i64::try_from(MAX_PAGE).unwrap_or(i64::MAX);
    let own = select(transaction, OF_ROSTER, [roster, most])?;
    tell_removed(transaction, own, version)?;
    let Some((heir, ..)) = versions::find_row(transaction, to)? else {
        transaction
            .prepare_cached("UPDATE rosters SET host = ?2, localpart = ?3 WHERE id = ?1")
            .and_then(|mut statement| statement.execute(params![roster, to.host().as_str(), to.localpart().as_str()]))
            .map_err(failure)?;
        return Ok(roster);
    };
    transaction
        .prepare_cached("UPDATE OR REPLACE roster_items SET roster = ?2 WHERE roster = ?1")
        .and_then(|mut statement| statement.execute([roster, heir]))
        .map_err(failure)?;
    leftovers::remove(transaction, leftovers::Kind::Roster, roster)?;
    Ok(heir)
}

/// The rows of [`Removed`]: what others keep of a contact, and the contacts of a roster.
const OF_CONTACT: &str = "SELECT host, localpart, subscription, contact FROM roster_items \
     JOIN rosters ON rosters.id = roster WHERE contact = ?1 AND host <> ''";
const OF_ROSTER: &str = "SELECT host, localpart, subscription, contact FROM roster_items \
     JOIN rosters ON rosters.id = roster WHERE roster = ?1 ORDER BY contact LIMIT ?2";

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
