//! What has changed, told after it is on disk, in the order of the commits. Caches forget by
//! these events, and live sessions learn of changes through them.

use std::sync::Arc;

use super::address::{AccountAddress, Address, Host};
use super::affiliation::{Affiliate, Affiliation};
use super::archive::ArchiveOwner;
use super::group::Sharing;
use super::room::RoomPlace;
use super::roster::Subscription;
use super::secret::Secret;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    AccountCreated(AccountAddress),
    /// Anything about it: texts, properties, password.
    AccountChanged(AccountAddress),
    AccountRemoved(AccountAddress),
    AccountRenamed {
        from: AccountAddress,
        to: AccountAddress,
    },
    /// Its sessions end.
    AccountLocked(AccountAddress),
    AccountUnlocked(AccountAddress),
    RosterItemChanged {
        owner: AccountAddress,
        contact: Address,
    },
    /// A personal contact has gone; `subscription` is what it was.
    RosterItemRemoved {
        owner: AccountAddress,
        contact: Address,
        subscription: Subscription,
    },
    /// A group was made or changed. Who sees whom follows from its members and sharing now and
    /// from what is told here.
    GroupChanged {
        host: Host,
        name: String,
        sharing_before: Sharing,
        joined: Arc<[Address]>,
        left: Arc<[Address]>,
    },
    GroupRemoved {
        host: Host,
        name: String,
        sharing: Sharing,
        members: Arc<[Address]>,
    },
    VCardChanged(AccountAddress),
    /// An archive has one message more.
    MessageArchived {
        owner: ArchiveOwner,
        contact: Address,
        id: String,
    },
    RoomServiceCreated {
        host: Host,
        name: String,
    },
    /// It is new, or its settings are; its affiliations were told before.
    RoomChanged(RoomPlace),
    /// The subject was set, which its occupants hear even if it is the same.
    RoomSubjectSet {
        room: RoomPlace,
        subject: Option<String>,
    },
    RoomAffiliationChanged {
        room: RoomPlace,
        affiliate: Affiliate,
        /// `None`: it has none any more.
        affiliation: Option<Affiliation>,
    },
    RoomRemoved(RoomPlace),
    PropertyChanged {
        key: String,
        /// Some properties are secrets.
        value: Secret,
    },
    /// The property and every one below it.
    PropertyRemoved {
        key: String,
    },
}
