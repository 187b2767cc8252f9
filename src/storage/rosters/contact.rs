//! What there is of one contact of an owner: what the owner keeps of it, and what shared groups and accounts say.

use std::collections::BTreeSet;

use rusqlite::Row;

use super::super::rows::failure;
use super::{Kept, subscription_from_row};
use crate::domain::address::Address;
use crate::domain::roster::{RosterItem, Subscription};
use crate::domain::{Error, Result};

pub struct Contact {
    /// The row of the owner's roster, if it has one.
    pub roster: Option<i64>,
    pub address: Address,
    pub kept: Option<Kept>,
    /// By display name, those that show the contact to the owner.
    pub shared_groups: Vec<String>,
    /// What it is called where only shared groups know it; `None`: it is an account of this service that is not there.
    implied_name: Option<String>,
}

impl Contact {
    /// Of a row with the columns of [`super::look`].
    pub(super) fn from_row(row: &Row<'_>) -> Result<Self> {
        let address = Address::from_stored(row.get::<_, String>(0).map_err(failure)?);
        let is_kept: bool = row.get(1).map_err(failure)?;
        let kept = if is_kept {
            Some(Kept {
                nickname: row.get(2).map_err(failure)?,
                subscription: subscription_from_row(row, 3).map_err(failure)?,
                overrides: row.get(4).map_err(failure)?,
                groups: texts(row, 5)?,
                asked: row.get(10).map_err(failure)?,
                approved: row.get(11).map_err(failure)?,
            })
        } else {
            None
        };
        let has_account: bool = row.get(7).map_err(failure)?;
        let name: Option<String> = row.get(8).map_err(failure)?;
        let is_local: bool = row.get(9).map_err(failure)?;
        let implied_name = match address.localpart() {
            _ if is_local && !has_account => None,
            Some(localpart) if is_local => Some(name.unwrap_or_else(|| localpart.to_owned())),
            _ => Some(address.as_str().to_owned()),
        };
        Ok(Self {
            roster: row.get(12).map_err(failure)?,
            kept,
            shared_groups: texts(row, 6)?,
            implied_name,
            address,
        })
    }

    /// All groups that the owner's roster shows it in.
    pub fn groups(&self) -> BTreeSet<String> {
        let kept = self.kept.iter().flat_map(|kept| &kept.groups);
        kept.chain(&self.shared_groups).cloned().collect()
    }

    /// As the owner's roster shows it, if it does.
    pub fn item(&self) -> Option<RosterItem> {
        let implied = Kept {
            nickname: self.implied_name.clone(),
            ..Kept::default()
        };
        let is_implied = !self.shared_groups.is_empty();
        let kept = match &self.kept {
            Some(kept) => kept,
            None if is_implied && self.implied_name.is_some() => &implied,
            None => return None,
        };
        let subscription = if is_implied && !kept.overrides {
            Subscription::Both
        } else {
            kept.subscription
        };
        Some(RosterItem {
            contact: self.address.clone(),
            nickname: kept.nickname.clone(),
            subscription,
            asked: kept.asked && !subscription.sees_contact(),
            approved: kept.approved && !subscription.is_seen_by_contact(),
            is_request: false,
            groups: kept.groups.clone(),
            shared_groups: self.shared_groups.clone(),
        })
    }
}

/// A list of texts as it is stored.
pub(super) fn texts(row: &Row<'_>, column: usize) -> Result<Vec<String>> {
    let stored: String = row.get(column).map_err(failure)?;
    serde_json::from_str(&stored).map_err(Error::internal)
}
