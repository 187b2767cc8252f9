//! What has changed, told after it is on disk, in the order of the commits. Caches forget by
//! these events, and live sessions learn of changes through them.

use std::sync::Arc;

use super::address::{AccountAddress, Address, Host, Localpart};
use super::group::Sharing;
use super::roster::Subscription;
use super::secret::Secret;

/// Where a room stands: host, service and name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoomPlace {
    pub host: String,
    pub service: String,
    pub name: Localpart,
}

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
    RoomChanged(RoomPlace),
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
