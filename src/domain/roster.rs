//! Rosters (RFC 6121 §2): the contacts of an account.

use super::account::check_length;
use super::address::Address;
use super::error::{Error, Result};

/// The most characters of a contact's address and nickname (Openfire's default database).
pub const MAX_ADDRESS: usize = 1024;
pub const MAX_NICKNAME: usize = 255;

/// The state of the presence subscription between owner and contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Subscription {
    /// Openfire stores the request to remove a contact as a state; clients are shown a removal.
    Remove,
    #[default]
    None,
    /// The owner sees the contact's presence.
    To,
    /// The contact sees the owner's presence.
    From,
    Both,
}

impl Subscription {
    /// The number that Openfire's API uses for it: −1 to 3.
    pub fn number(self) -> i32 {
        match self {
            Self::Remove => -1,
            Self::None => 0,
            Self::To => 1,
            Self::From => 2,
            Self::Both => 3,
        }
    }

    pub fn from_number(number: i32) -> Result<Self> {
        Ok(match number {
            -1 => Self::Remove,
            0 => Self::None,
            1 => Self::To,
            2 => Self::From,
            3 => Self::Both,
            _ => {
                return Err(Error::invalid(
                    "subscription",
                    number.to_string(),
                    "it is one of -1 (remove), 0 (none), 1 (to), 2 (from), 3 (both)",
                ));
            }
        })
    }

    pub fn sees_contact(self) -> bool {
        matches!(self, Self::To | Self::Both)
    }

    pub fn is_seen_by_contact(self) -> bool {
        matches!(self, Self::From | Self::Both)
    }

    /// The state after the contact no longer sees the owner's presence.
    pub fn without_from(self) -> Self {
        match self {
            Self::From => Self::None,
            Self::Both => Self::To,
            other => other,
        }
    }

    /// The state after the owner no longer sees the contact's presence.
    pub fn without_to(self) -> Self {
        match self {
            Self::To => Self::None,
            Self::Both => Self::From,
            other => other,
        }
    }
}

/// A contact as its owner sees it: what the owner keeps of it, merged with what the groups say that
/// are shared with both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterItem {
    pub contact: Address,
    pub nickname: Option<String>,
    pub subscription: Subscription,
    /// Personal groups in the order given.
    pub groups: Vec<String>,
    /// The display names of the shared groups that put the contact here; empty for a purely
    /// personal contact.
    pub shared_groups: Vec<String>,
}

/// A contact to be added, or the new content of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRosterItem {
    pub contact: Address,
    pub nickname: Option<String>,
    pub subscription: Subscription,
    pub groups: Vec<String>,
}

impl NewRosterItem {
    pub fn check(&self) -> Result<()> {
        check_length("jid", self.contact.as_str(), MAX_ADDRESS)?;
        check_nickname(self.nickname.as_deref())
    }
}

/// Changes to a contact; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterItemChanges {
    /// `Some(None)` removes the nickname.
    pub nickname: Option<Option<String>>,
    pub groups: Option<Vec<String>>,
    pub subscription: Option<Subscription>,
}

impl RosterItemChanges {
    pub fn check(&self) -> Result<()> {
        check_nickname(self.nickname.as_ref().and_then(Option::as_deref))
    }
}

fn check_nickname(nickname: Option<&str>) -> Result<()> {
    nickname.map_or(Ok(()), |nickname| check_length("nickname", nickname, MAX_NICKNAME))
}
