//! Message archives (XEP-0313) of accounts and rooms.

use std::sync::Arc;

use jiff::Timestamp;

use super::address::{AccountAddress, Address, FullAddress};
use super::room::RoomPlace;

/// Whose archive it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ArchiveOwner {
    Account(AccountAddress),
    Room(RoomPlace),
}

/// A message to be archived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewArchivedMessage {
    /// The stanza, without `stanza-id`: each archive gives it another.
    pub stanza: Arc<str>,
    pub at: Timestamp,
    /// Where it belongs: with sender and receiver, or with a room.
    pub copies: Vec<ArchiveCopy>,
}

/// What one archive keeps with a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveCopy {
    pub owner: ArchiveOwner,
    /// Who the owner talks with; in a room the real address of who speaks.
    pub contact: FullAddress,
    /// Whether every reader may see the contact: `false` in a room that hides addresses at that time.
    pub address_visible: bool,
    /// Who speaks, as the room knows him.
    pub nickname: Option<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivedMessage {
    /// Opaque, and unique in its archive.
    pub id: String,
    pub stanza: String,
    pub at: Timestamp,
    pub contact: FullAddress,
    pub address_visible: bool,
    pub nickname: Option<Box<str>>,
}

/// Which messages are wanted; everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveFilter {
    /// A bare address stands for all its resources.
    pub with: Option<FullAddress>,
    /// Only messages whose contact every reader may see: whoever sees no others must not find any by their contact.
    pub only_visible: bool,
    /// What somebody with this nickname said in a room; not together with `with`.
    pub nickname: Option<Box<str>>,
    /// The first and the last moment.
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
    /// Later, or earlier, than the messages with these ids.
    pub after: Option<String>,
    pub before: Option<String>,
    /// These messages only.
    pub ids: Option<Vec<String>>,
}

/// Which page of the filtered messages is wanted (XEP-0059).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArchivePosition {
    /// The first that come after a message, or the first of all.
    After(Option<String>),
    /// The last that come before a message, or the last of all.
    Before(Option<String>),
}

/// A page of an archive, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivePage {
    pub messages: Vec<ArchivedMessage>,
    /// Nothing more lies in the direction of the query.
    pub complete: bool,
}

/// The oldest and the newest message of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveEnds {
    pub first: ArchiveEnd,
    pub last: ArchiveEnd,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveEnd {
    pub id: String,
    pub at: Timestamp,
}

/// What is archived of messages with contacts that no list names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArchiveStandard {
    Nothing,
    Everything,
    /// What is exchanged with those in the roster.
    Contacts,
}

/// What an account wants to have archived. An address without a resource stands for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchivePreferences {
    pub standard: ArchiveStandard,
    pub always: Vec<FullAddress>,
    pub never: Vec<FullAddress>,
}

impl ArchivePreferences {
    pub fn of(standard: ArchiveStandard) -> Self {
        Self {
            standard,
            always: Vec::new(),
            never: Vec::new(),
        }
    }

    /// Whether a message from or to `contact` is archived. Who is on both lists is never archived.
    pub fn wants(&self, contact: &FullAddress, is_in_roster: impl FnOnce(&Address) -> bool) -> bool {
        let names = |list: &[FullAddress]| {
            list.iter()
                .any(|listed| listed.bare == contact.bare && (listed.resource.is_none() || listed == contact))
        };
        if names(&self.never) {
            return false;
        }
        names(&self.always)
            || match self.standard {
                ArchiveStandard::Nothing => false,
                ArchiveStandard::Everything => true,
                ArchiveStandard::Contacts => is_in_roster(&contact.bare),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<FullAddress> {
        texts.iter().map(|text| FullAddress::parse(text).unwrap()).collect()
    }

    #[test]
    fn preferences_go_by_the_lists_and_then_by_the_standard() {
        use ArchiveStandard::{Contacts, Everything, Nothing};
        let (friend, stranger) = ("friend@example.org/phone", "stranger@example.org/desk");
        for (standard, always, never, contact, wanted) in [
            (Everything, vec![], vec![], stranger, true),
            (Nothing, vec![], vec![], friend, false),
            (Contacts, vec![], vec![], friend, true),
            (Contacts, vec![], vec![], stranger, false),
            (Nothing, vec!["friend@example.org"], vec![], friend, true),
            (Nothing, vec!["friend@example.org/phone"], vec![], friend, true),
            (Nothing, vec!["friend@example.org/tablet"], vec![], friend, false),
            (Everything, vec![], vec!["friend@example.org"], friend, false),
            (Everything, vec![], vec!["friend@example.org/tablet"], friend, true),
            (
                Everything,
                vec!["friend@example.org"],
                vec!["friend@example.org/phone"],
                friend,
                false,
            ),
        ] {
            let preferences = ArchivePreferences {
                standard,
                always: addresses(&always),
                never: addresses(&never),
            };
            let contact = FullAddress::parse(contact).unwrap();
            let found = preferences.wants(&contact, |address| address.as_str() == "friend@example.org");
            assert_eq!(found, wanted, "{preferences:?} {contact}");
        }
    }
}
