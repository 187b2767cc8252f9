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
        let mut shared_groups = texts(row, 6)?;
        shared_groups.sort_unstable();
        Ok(Self {
            roster: row.get(12).map_err(failure)?,
            kept,
            shared_groups,
            implied_name,
            address,
        })
    }

    /// All groups that the owner's roster shows it in, if this is kept of it.
    pub fn groups<'a>(&'a self, kept: Option<&'a Kept>) -> BTreeSet<&'a str> {
        let personal = kept.into_iter().flat_map(|kept| &kept.groups);
        personal.chain(&self.shared_groups).map(String::as_str).collect()
    }

    /// As the owner's roster shows it; that of who is no contact is `None`.
    pub fn subscription(&self) -> Subscription {
        let is_implied = !self.shared_groups.is_empty();
        match &self.kept {
            Some(kept) if kept.overrides || !is_implied => kept.subscription,
            None if !is_implied || self.implied_name.is_none() => Subscription::None,
            _ => Subscription::Both,
        }
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
        let subscription = self.subscription();
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
