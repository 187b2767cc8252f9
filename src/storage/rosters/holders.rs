//! Who keeps an address as a contact, and what becomes of that when the address goes or gets another name.

use std::collections::HashSet;
use std::sync::Arc;

use rusqlite::params;

use super::super::rows::failure;
use super::super::writer::Transaction;
use super::{find, list_among, missing, owner_from_row, subscription_from_row, versions};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::event::{Event, RosterCause};
use crate::domain::roster::{RosterVersion, Subscription};

pub struct Holder {
    owner: AccountAddress,
    roster: i64,
    subscription: Subscription,
}

const HOLDERS: &str = "SELECT host, localpart, subscription, roster FROM roster_items AS item \
     CROSS JOIN rosters ON rosters.id = roster \
     WHERE contact = ?1 AND item.version <= ?2 AND host <> '' LIMIT ?3";

/// At most `most` of those who keep `contact` since a version or longer.
pub fn list(transaction: &Transaction<'_>, contact: &Address, version: i64, most: usize) -> Result<Vec<Holder>> {
    transaction
        .prepare_cached(HOLDERS)
        .and_then(|mut statement| {
            let most = i64::try_from(most).unwrap_or(i64::MAX);
            let rows = statement.query_map(params![contact.as_str(), version, most], |row| {
                Ok(Holder {
                    owner: owner_from_row(row)?,
                    roster: row.get(3)?,
                    subscription: subscription_from_row(row, 2)?,
                })
            })?;
            rows.collect()
        })
        .map_err(failure)
}

/// Those who are contacts of `owner`, and the others.
pub fn divide(
    transaction: &Transaction<'_>,
    holders: Vec<Holder>,
    owner: &AccountAddress,
) -> Result<(Vec<Holder>, Vec<Holder>)> {
    let addresses: Vec<Address> = holders.iter().map(|holder| holder.owner.to_address()).collect();
    let contacts: HashSet<Address> = list_among(transaction, owner, &addresses)?
        .into_iter()
        .map(|item| item.contact)
        .collect();
    Ok(holders
        .into_iter()
        .partition(|holder| contacts.contains(&holder.owner.to_address())))
}

/// What [`remove`] does with the contact `?1` in the rosters `?3`, a JSON list, at the version `?2`.
const REMOVE: [&str; 3] = [
    "INSERT OR REPLACE INTO roster_tombstones (roster, contact, version) SELECT value, ?1, ?2 FROM json_each(?3)",
    "UPDATE rosters SET version = ?2, oldest = iif(version, oldest, ?2) WHERE id IN (SELECT value FROM json_each(?3))",
    "DELETE FROM roster_items WHERE contact = ?1 AND roster IN (SELECT value FROM json_each(?3)) AND ?2",
];

/// Removes `contact` from the rosters of `holders`.
pub fn remove(transaction: &mut Transaction<'_>, contact: &Address, holders: Vec<Holder>) -> Result<()> {
    let version = versions::next(transaction)?;
    let rosters: Vec<String> = holders.iter().map(|holder| holder.roster.to_string()).collect();
    let rosters = format!("[{}]", rosters.join(","));
    for sql in REMOVE {
        transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params![contact.as_str(), version, rosters]))
            .map_err(failure)?;
    }
    for holder in holders {
        let version = RosterVersion {
            personal: version,
            shared: versions::shared(transaction, holder.owner.host())?,
        };
        transaction.emit(Event::RosterItemRemoved {
            owner: holder.owner,
            contact: contact.clone(),
            subscription: holder.subscription,
            version,
            cause: RosterCause::Administration,
        });
    }
    Ok(())
}

/// Puts `new` into the place of `old` and tells the holders of what they have now, but not yet of what they had.
pub fn rename(transaction: &mut Transaction<'_>, old: &Address, new: &Address, holders: &[Holder]) -> Result<()> {
    let version = versions::next(transaction)?;
    for Holder { owner, roster, .. } in holders {
        transaction
            .prepare_cached(
                "UPDATE OR REPLACE roster_items SET contact = ?3, version = ?4 WHERE roster = ?1 AND contact = ?2",
            )
            .and_then(|mut statement| statement.execute(params![roster, old.as_str(), new.as_str(), version]))
            .map_err(failure)?;
        versions::unbury(transaction, *roster, new)?;
        let version = versions::advance(transaction, *roster, owner.host(), version)?;
        let item = find(transaction, owner, new)?.ok_or_else(|| missing(new))?;
        transaction.emit(Event::RosterItemChanged {
            owner: owner.clone(),
            item: Arc::new(item),
            before: Subscription::None,
            joined: Arc::default(),
            has_left: false,
            version,
            cause: RosterCause::Administration,
        });
    }
    Ok(())
}

/// Tells the holders of a contact that got another name that they no longer have the old one.
pub fn bury(transaction: &mut Transaction<'_>, old: &Address, holders: Vec<Holder>) -> Result<()> {
    let version = versions::next(transaction)?;
    for Holder {
        owner,
        roster,
        subscription,
    } in holders
    {
        versions::bury(transaction, roster, old, version)?;
        transaction.emit(Event::RosterItemRemoved {
            version: versions::advance(transaction, roster, owner.host(), version)?,
            owner,
            contact: old.clone(),
            subscription,
            cause: RosterCause::Administration,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, assert_no_scan_and_no_sort, query_plan};

    #[tokio::test]
    async fn holders_are_found_through_indexes() {
        let test = TestStore::with_accounts(&[]).await;
        test.read(|connection| {
            assert_no_scan_and_no_sort(connection, HOLDERS, params!["a", 1, 2]);
            for sql in REMOVE {
                assert_no_scan_and_no_sort(connection, sql, params!["a", 1, "[]"]);
            }
            let steps = query_plan(connection, REMOVE[2], params!["a", 1, "[]"]);
            assert!(
                steps.iter().any(|step| step.contains("(contact=? AND roster=?)")),
                "{steps:?}"
            );
            Ok(())
        })
        .await;
    }
}
