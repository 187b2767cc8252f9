//! Rosters (RFC 6121 §2): the contacts of an account.

use std::fmt;

use super::account::check_length;
use super::address::Address;
use super::error::{Error, Result};

/// The most characters of a contact's address and nickname (Openfire's default database).
pub const MAX_ADDRESS: usize = 1024;
pub const MAX_NICKNAME: usize = 255;
/// The most characters of the name of a group in a roster.
pub const MAX_GROUP: usize = 255;

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

    /// The state after the contact may see the owner's presence.
    pub fn with_from(self) -> Self {
        match self {
            Self::Remove | Self::None => Self::From,
            Self::To => Self::Both,
            other => other,
        }
    }

    /// The state after the owner may see the contact's presence.
    pub fn with_to(self) -> Self {
        match self {
            Self::Remove | Self::None => Self::To,
            Self::From => Self::Both,
            other => other,
        }
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
    /// The owner has asked to see the contact's presence and was not answered.
    pub asked: bool,
    /// The owner has approved a request of the contact that has not come yet.
    pub approved: bool,
    /// The contact has asked to see the owner's presence and was not answered, and is here for that alone: only
    /// administrators see it (RFC 6121 §2.1).
    pub is_request: bool,
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

/// What a client says of a contact (RFC 6121 §2.3): a new one, or the new content of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterSet {
    pub contact: Address,
    pub nickname: Option<String>,
    /// Each of them once.
    pub groups: Vec<String>,
}

/// How much may stand in one roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RosterLimits {
    pub contacts: u64,
    /// Groups of one contact.
    pub groups: usize,
}

impl RosterSet {
    /// `TooLong`, `Invalid` for an empty text, `LimitReached` for too many groups.
    pub fn check(&self, limits: &RosterLimits) -> Result<()> {
        check_length("jid", self.contact.as_str(), MAX_ADDRESS)?;
        check_nickname(self.nickname.as_deref())?;
        if self.groups.len() > limits.groups {
            return Err(Error::LimitReached {
                what: "groups of a contact",
                most: limits.groups as u64,
            });
        }
        for group in &self.groups {
            if group.is_empty() {
                return Err(Error::invalid("group", "", "it must not be empty"));
            }
            check_length("group", group, MAX_GROUP)?;
        }
        Ok(())
    }
}

/// The state of a roster as clients remember it (RFC 6121 §2.6): `personal.shared`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RosterVersion {
    /// The last change of what the owner keeps.
    pub personal: i64,
    /// The last change of what shared groups imply, to anybody on the host.
    pub shared: i64,
}

impl RosterVersion {
    /// Reads what a client remembers; `None` for what this service never wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (personal, shared) = text.split_once('.')?;
        let version = Self {
            personal: personal.parse().ok()?,
            shared: shared.parse().ok()?,
        };
        (version.to_string() == text).then_some(version)
    }
}

impl fmt::Display for RosterVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.personal, self.shared)
    }
}

/// One difference from an earlier version of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterChange {
    pub contact: Address,
    /// `None`: it is no contact any more.
    pub item: Option<RosterItem>,
    /// The version that is reached with this change, all before it included.
    pub version: RosterVersion,
}

/// All that an owner keeps of a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptContact {
    pub item: NewRosterItem,
    /// The owner asked to see the contact and has no answer.
    pub asked: bool,
    /// The owner approved a request that has not come yet.
    pub approved: bool,
    /// The subscription counts before that which a shared group gives.
    pub overrides: bool,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_in_the_one_spelling_that_is_written() {
        let version = RosterVersion {
            personal: 12,
            shared: 3,
        };
        assert_eq!(RosterVersion::parse(&version.to_string()), Some(version));
        for text in [
            "",
            ".",
            "1",
            "1.",
            ".1",
            "01.2",
            "+1.2",
            "1.2.3",
            "1.2 ",
            "a.b",
            "99999999999999999999.1",
        ] {
            assert_eq!(RosterVersion::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn what_a_client_says_of_a_contact_is_bounded() {
        let limits = RosterLimits { contacts: 9, groups: 2 };
        let set = |nickname: Option<&str>, groups: &[&str]| {
            let set = RosterSet {
                contact: Address::from_stored("john@example.org"),
                nickname: nickname.map(str::to_owned),
                groups: groups.iter().map(ToString::to_string).collect(),
            };
            set.check(&limits)
        };
        let (long, longest) = ("x".repeat(256), "x".repeat(255));
        set(Some(&longest), &[&longest, "b"]).unwrap();
        set(None, &[]).unwrap();
        assert!(matches!(
            set(Some(&long), &[]),
            Err(Error::TooLong { field: "nickname", .. })
        ));
        assert!(matches!(
            set(None, &[&long]),
            Err(Error::TooLong { field: "group", .. })
        ));
        assert!(matches!(set(None, &[""]), Err(Error::Invalid { field: "group", .. })));
        assert!(matches!(
            set(None, &["a", "b", "c"]),
            Err(Error::LimitReached { most: 2, .. })
        ));
    }
}
