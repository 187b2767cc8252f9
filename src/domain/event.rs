//! What has changed, told after it is on disk, in the order of the commits. Caches forget by
//! these events, and live sessions learn of changes through them.

use super::address::{AccountAddress, Address, Localpart};
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
    RosterItemRemoved {
        owner: AccountAddress,
        contact: Address,
    },
    GroupChanged {
        name: String,
    },
    GroupRemoved {
        name: String,
    },
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
