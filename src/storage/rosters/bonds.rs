//! What is between an account and those in its roster who have an account too, and how they hear that it ends.

use std::sync::Arc;

use rusqlite::{OptionalExtension, params};

use super::super::rows::failure;
use super::super::writer::Transaction;
use super::contact::texts;
use super::{owner_from_row, subscription_from_row, versions};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::event::{Event, RosterCause};
use crate::domain::roster::{RosterItem, RosterVersion, Subscription};
use crate::domain::subscription::SubscriptionKind;

pub struct Bond {
    contact: AccountAddress,
    subscription: Subscription,
    /// What the contact keeps of the account.
    kept: Option<RosterItem>,
}

const BONDS: &str = "SELECT accounts.host, accounts.localpart, own.subscription, theirs.nickname, theirs.subscription, \
         theirs.groups \
     FROM roster_items AS own \
     CROSS JOIN accounts ON accounts.host = substr(own.contact, instr(own.contact, '@') + 1) \
         AND accounts.localpart = substr(own.contact, 1, instr(own.contact, '@') - 1) \
     LEFT JOIN rosters AS other ON other.host = accounts.host AND other.localpart = accounts.localpart \
     LEFT JOIN roster_items AS theirs ON theirs.roster = other.id AND theirs.contact = ?4 \
     WHERE own.roster = ?1 AND own.contact > ?2 AND (?3 IS NULL OR own.contact <= ?3) AND own.subscription > 0 \
     ORDER BY own.contact";

/// The bonds with the first `most` contacts of a roster after one; and the last of them, when there may be more.
pub fn list(
    transaction: &Transaction<'_>,
    roster: i64,
    of: &Address,
    after: &str,
    most: usize,
) -> Result<(Vec<Bond>, Option<String>)> {
    let last: Option<String> = transaction
        .prepare_cached(
            "SELECT contact FROM roster_items WHERE roster = ?1 AND contact > ?2 ORDER BY contact LIMIT 1 OFFSET ?3",
        )
        .and_then(|mut statement| {
            let skipped = i64::try_from(most).unwrap_or(i64::MAX).saturating_sub(1);
            statement
                .query_row(params![roster, after, skipped], |row| row.get(0))
                .optional()
        })
        .map_err(failure)?;
    let mut statement = transaction.prepare_cached(BONDS).map_err(failure)?;
    let mut rows = statement
        .query(params![roster, after, last, of.as_str()])
        .map_err(failure)?;
    let mut bonds = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        let groups: Option<String> = row.get(5).map_err(failure)?;
        let kept = match groups {
            Some(_) => Some(RosterItem {
                contact: of.clone(),
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
    Ok((bonds, last))
}

/// For each direction that `leaving` kept a contact first sees what is left of it, then the end (Openfire REST API plugin
/// 1.12, §10.1): the latter even if the contact knew nothing of that direction.
pub fn end(transaction: &mut Transaction<'_>, leaving: &Address, bonds: Vec<Bond>) -> Result<()> {
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
                        joined: Arc::default(),
                        has_left: false,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, assert_no_scan_and_no_sort};

    #[tokio::test]
    async fn bonds_are_found_through_indexes() {
        let test = TestStore::with_accounts(&[]).await;
        test.read(|connection| {
            assert_no_scan_and_no_sort(connection, BONDS, params![1, "a", "b", "c"]);
            Ok(())
        })
        .await;
    }
}
