//! What an owner keeps of one contact. Every write gives the roster a new version and tells of the contact.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::super::rows::{amount, failure, json};
use super::super::writer::Transaction;
use super::{Contact, versions};
use crate::domain::address::AccountAddress;
use crate::domain::event::{Event, RosterCause};
use crate::domain::roster::{RosterVersion, Subscription};
use crate::domain::{Error, Result};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    pub nickname: Option<String>,
    pub groups: Vec<String>,
    pub subscription: Subscription,
    /// The subscription was set while a shared group gave both directions, and counts instead.
    pub overrides: bool,
    pub asked: bool,
    pub approved: bool,
}

/// Stores what an owner keeps of a contact of which there is `present`, and gives the event that tells of it: with a
/// version of its own, also where a client says what is so already (RFC 6121 §2.6.3). Of an administrator that is no
/// change, and told only.
pub fn put(
    transaction: &Transaction<'_>,
    owner: &AccountAddress,
    mut present: Contact,
    kept: Kept,
    cause: RosterCause,
) -> Result<Event> {
    let kept = Kept {
        asked: kept.asked && !kept.subscription.sees_contact(),
        approved: kept.approved && !kept.subscription.is_seen_by_contact(),
        ..kept
    };
    let before = present.subscription();
    let is_change = cause == RosterCause::Client || present.kept.as_ref() != Some(&kept);
    let version = if is_change {
        write(transaction, owner, &present, &kept)?
    } else {
        versions::current(transaction, owner)?
    };
    let kept_before = present.kept.replace(kept);
    let item = present.item().ok_or_else(|| super::missing(&present.address))?;
    let groups_before = present.groups(kept_before.as_ref());
    let groups = present.groups(present.kept.as_ref());
    Ok(Event::RosterItemChanged {
        owner: owner.clone(),
        item: Arc::new(item),
        before,
        joined: groups.difference(&groups_before).copied().map(str::to_owned).collect(),
        has_left: !groups_before.is_subset(&groups),
        version,
        cause,
    })
}

fn write(
    transaction: &Transaction<'_>,
    owner: &AccountAddress,
    present: &Contact,
    kept: &Kept,
) -> Result<RosterVersion> {
    let roster = match present.roster {
        Some(roster) => roster,
        None => versions::find_or_insert(transaction, owner)?,
    };
    let version = versions::next(transaction)?;
    let sql = if present.kept.is_some() {
        "UPDATE roster_items SET nickname = ?3, subscription = ?4, groups = ?5, overrides = ?6, ask = ?7, approved = ?8, \
         version = ?9 WHERE roster = ?1 AND contact = ?2"
    } else {
        "INSERT INTO roster_items \
         (roster, contact, nickname, subscription, groups, overrides, ask, approved, version) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
    };
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| {
            statement.execute(params![
                roster,
                present.address.as_str(),
                kept.nickname,
                kept.subscription.number(),
                json(kept.groups.iter().map(String::as_str)),
                kept.overrides,
                kept.asked,
                kept.approved,
                version,
            ])
        })
        .map_err(failure)?;
    if present.kept.is_none() {
        versions::unbury(transaction, roster, &present.address)?;
    }
    versions::advance(transaction, roster, owner.host(), version)
}

/// `LimitReached` when the owner keeps as many contacts as it may.
pub fn check_room(connection: &Connection, owner: &AccountAddress, most: u64) -> Result<()> {
    let kept = connection
        .prepare_cached(
            "SELECT count(*) FROM roster_items \
             WHERE roster = (SELECT id FROM rosters WHERE host = ?1 AND localpart = ?2)",
        )
        .and_then(|mut statement| {
            statement.query_row([owner.host().as_str(), owner.localpart().as_str()], |row| {
                amount(row, 0)
            })
        })
        .map_err(failure)?;
    if kept >= most {
        return Err(Error::LimitReached { what: "contacts", most });
    }
    Ok(())
}
