//! What has changed, told after it is on disk, in the order of the commits. Caches forget by
//! these events, and live sessions learn of changes through them.

use std::sync::Arc;

use jiff::Timestamp;

use super::address::{AccountAddress, Address, FullAddress, Host};
use super::affiliation::{Affiliate, Affiliation};
use super::archive::ArchiveOwner;
use super::group::Sharing;
use super::message::{Occasion, StandingMessage};
use super::room::{RoomCause, RoomFarewell, RoomPlace, RoomSettings};
use super::roster::{RosterItem, RosterVersion, Subscription};
use super::secret::Secret;
use super::service::AddressList;
use super::subscription::SubscriptionKind;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    AccountCreated(AccountAddress),
    /// Anything about it: texts, properties, password.
    AccountChanged(AccountAddress),
    AccountRemoved(AccountAddress),
    /// People are shown it under another name.
    AccountNamed(AccountAddress),
    AccountRenamed {
        from: AccountAddress,
        to: AccountAddress,
    },
    /// Its sessions end.
    AccountLocked(AccountAddress),
    AccountUnlocked(AccountAddress),
    /// A contact is new to its owner, or something about it is. Where `item` says that the contact sees the owner and
    /// `before` does not, or the other way round, the owner's presence follows, after everything told before.
    RosterItemChanged {
        owner: AccountAddress,
        item: Arc<RosterItem>,
        /// `None` as well when there was no such contact.
        before: Subscription,
        /// The groups that it is in only from now on.
        joined: Arc<[String]>,
        /// It is in a group no more.
        has_left: bool,
        version: RosterVersion,
        cause: RosterCause,
    },
    /// A personal contact has gone; `subscription` is what it was.
    RosterItemRemoved {
        owner: AccountAddress,
        contact: Address,
        subscription: Subscription,
        version: RosterVersion,
        cause: RosterCause,
    },
    /// The clients of an account are to have a subscription stanza: a request its available resources, anything else
    /// those that asked for the roster.
    SubscriptionStanza {
        recipient: AccountAddress,
        sender: Address,
        kind: SubscriptionKind,
        /// `None`: nobody wrote one, the service speaks for the sender.
        stanza: Option<Arc<str>>,
    },
    /// A group was made or changed. Who sees whom follows from its members and sharing now and
    /// from what is told here.
    GroupChanged {
        host: Host,
        name: String,
        sharing_before: Sharing,
        joined: Arc<[Address]>,
        left: Arc<[Address]>,
        /// Everybody who is in it, if its sharing has changed; empty otherwise.
        members: Arc<[Address]>,
    },
    GroupRemoved {
        host: Host,
        name: String,
        sharing: Sharing,
        /// Everybody who was in it, if it was shared; empty otherwise.
        members: Arc<[Address]>,
    },
    VCardChanged(AccountAddress),
    AddressesBlocked {
        owner: AccountAddress,
        addresses: Arc<[FullAddress]>,
    },
    AddressesUnblocked {
        owner: AccountAddress,
        addresses: Arc<[FullAddress]>,
        /// Nobody is blocked any more, and clients are told so instead of each address.
        all: bool,
    },
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
    /// It is new, or its settings are. Affiliations that change with them are told before or afterwards.
    RoomChanged {
        room: RoomPlace,
        settings: Arc<RoomSettings>,
    },
    /// The subject was set, which its occupants hear even if it is the same.
    RoomSubjectSet {
        room: RoomPlace,
        subject: Option<String>,
        /// The message in which an occupant set it. `None`: nobody wrote one, the room speaks for itself.
        stanza: Option<Arc<str>>,
        at: Timestamp,
    },
    RoomAffiliationChanged {
        room: RoomPlace,
        affiliate: Affiliate,
        /// `None`: it has none any more.
        affiliation: Option<Affiliation>,
        cause: RoomCause,
    },
    RoomRemoved {
        room: RoomPlace,
        farewell: RoomFarewell,
    },
    PropertyChanged {
        key: String,
        /// Some properties are secrets.
        value: Secret,
    },
    /// Everybody on the host is to be told.
    StandingMessageSet {
        host: Host,
        occasion: Occasion,
        message: StandingMessage,
    },
    /// It has another text for those who are told it from now on.
    StandingMessageEdited {
        host: Host,
        occasion: Occasion,
        body: String,
    },
    StandingMessageRemoved {
        host: Host,
        occasion: Occasion,
    },
    ServiceAddressesChanged {
        list: AddressList,
        addresses: Arc<[FullAddress]>,
    },
    /// The property and every one below it.
    PropertyRemoved {
        key: String,
    },
}

/// Who changed a roster: it decides which of the owner's clients hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RosterCause {
    /// A client: those hear of it that asked for the roster (RFC 6121 §2.2).
    Client,
    /// An administrator: every client of the owner hears of it (Openfire REST API plugin 1.12, §10.4).
    Administration,
}
