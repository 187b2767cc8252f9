//! What the engine may use, and how much of it.

use std::time::Duration;

use jiff::SignedDuration;

use super::archive_upkeep::ArchiveRetention;
use super::bytestreams::ProxyLimits;
use super::muc::HistoryLimits;
use super::upload::UploadSettings;
use super::xml;
use crate::domain::address::Host;
use crate::domain::archive::ArchiveStandard;
use crate::domain::invitation::Inviters;
use crate::domain::login_token::TokenSettings;
use crate::domain::offline::OfflineLimits;
use crate::domain::private_xml::PrivateLimits;
use crate::domain::pubsub::PubsubLimits;
use crate::domain::push::PushContent;
use crate::domain::roster::RosterLimits;
use crate::domain::secret::Secret;
use crate::domain::subscription::SubscriptionLimits;

#[derive(Debug, Clone)]
pub struct Settings {
    /// The hosts whose accounts live here, the primary one first.
    pub hosts: Vec<Host>,
    /// Accept passwords on connections without TLS.
    pub allow_plaintext_login: bool,
    /// Let anybody in without an account (RFC 4505).
    pub anonymous: bool,
    /// Let anybody make an account, and remove his own (XEP-0077).
    pub registration: bool,
    /// Let newcomers make accounts by invitation (XEP-0401).
    pub invitations: InvitationSettings,
    /// Archive messages, and what of them by default.
    pub archive: bool,
    pub archive_standard: ArchiveStandard,
    pub archive_retention: ArchiveRetention,
    /// Keep messages for those who are away.
    pub offline: bool,
    /// Let people look for each other (XEP-0055).
    pub search: bool,
    /// What app servers are told of messages (XEP-0357).
    pub push_content: PushContent,
    /// Where those who run the service are reached (XEP-0157).
    pub contact_addresses: Vec<ContactAddress>,
    /// Services beside this server that clients are told of (XEP-0215).
    pub external_services: Vec<ExternalService>,
    /// Where clients find the proxy for files; `None`: at their host, or at the loopback address on which it listens.
    pub proxy_host: Option<String>,
    /// `None`: no files are taken.
    pub upload: Option<UploadSettings>,
    /// `None`: clients are given no tokens to log in again (XEP-0484).
    pub tokens: Option<TokenSettings>,
    pub limits: Limits,
}

/// Who invites, and how long that counts.
#[derive(Debug, Clone)]
pub struct InvitationSettings {
    pub inviters: Inviters,
    /// For which an invitation is valid when nobody says anything else.
    pub lifetime: Duration,
    /// The page behind whose URL the address of an invitation is put.
    pub page: Option<String>,
    /// Invitations of one account that are valid at a time.
    pub most: u64,
}

/// An address of those who run the service.
#[derive(Debug, Clone)]
pub struct ContactAddress {
    /// `abuse`, `support` and the like.
    pub purpose: String,
    /// A URI.
    pub address: String,
}

/// A service beside this server.
#[derive(Debug, Clone)]
pub struct ExternalService {
    /// `turn`, `stun` and the like.
    pub kind: String,
    pub host: String,
    pub port: u16,
    /// `udp` or `tcp`; `None`: not told.
    pub transport: Option<String>,
    /// What it shares with this server, for a service that wants credentials.
    pub secret: Option<Secret>,
}

/// Bounds of what clients may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Of a stanza after the login; before it, little is read.
    pub stanza_bytes: usize,
    /// From the accepted connection to the bound resource.
    pub login_timeout: Duration,
    /// Without a byte from a client for so long it is asked for a sign of life, and given up after as long again.
    pub idle_timeout: Duration,
    /// How long a client may not read what it is sent.
    pub write_timeout: Duration,
    /// How long a session that lost its connection waits to be resumed (XEP-0198).
    pub resumption: Duration,
    /// Bytes that may wait for one session.
    pub queue: usize,
    /// Bytes that may wait for all sessions together, those counted that wait to be resumed.
    pub queues: usize,
    pub connections: usize,
    pub connections_per_address: usize,
    /// Sessions of one account.
    pub sessions: usize,
    /// Stanzas that one session may send at once, and in a second for long.
    pub stanza_burst: u32,
    pub stanza_rate: u32,
    /// Failed logins on one connection.
    pub login_attempts: u32,
    /// Accounts that are made from one address in an hour.
    pub registrations: u32,
    /// What may wait for one account.
    pub offline: OfflineLimits,
    /// App servers and nodes that one account registers.
    pub push_registrations: u64,
    /// Addresses that an account may block.
    pub blocked: u64,
    /// What an account may keep for its clients (XEP-0049).
    pub private_xml: PrivateLimits,
    /// What accounts may publish.
    pub pubsub: PubsubLimits,
    /// Contacts of one account, not counting those of shared groups.
    pub contacts: u64,
    /// Groups of one contact.
    pub contact_groups: usize,
    /// Requests to see its presence that one account has not answered.
    pub subscription_requests: u64,
    /// A request is delivered again when it is repeated after so long.
    pub subscription_repetition: Duration,
    /// Addresses to which one session has sent directed presence.
    pub directed_presences: usize,
    /// Rooms that one session is in.
    pub rooms: usize,
    /// Sessions in one room, whatever its own limit.
    pub room_occupants: usize,
    /// Messages that a room keeps for newcomers.
    pub room_history: usize,
    /// Of all of them.
    pub room_history_bytes: usize,
    /// Of what an occupant says in a presence.
    pub room_presence_bytes: usize,
    /// Of a message that sets a subject.
    pub room_subject_bytes: usize,
    /// What the proxy for files carries (XEP-0065).
    pub proxy: ProxyLimits,
    /// Affiliations in one room that clients make.
    pub room_affiliations: u64,
    /// Rooms that one account owns when it makes another.
    pub owned_rooms: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            allow_plaintext_login: false,
            anonymous: false,
            registration: false,
            invitations: InvitationSettings::default(),
            archive: true,
            archive_standard: ArchiveStandard::Everything,
            archive_retention: ArchiveRetention::default(),
            offline: true,
            search: true,
            push_content: PushContent::Counts,
            contact_addresses: Vec::new(),
            external_services: Vec::new(),
            proxy_host: None,
            upload: None,
            tokens: None,
            limits: Limits::default(),
        }
    }
}

impl Default for InvitationSettings {
    fn default() -> Self {
        Self {
            inviters: Inviters::Nobody,
            lifetime: Duration::from_hours(7 * 24),
            page: None,
            most: 100,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            stanza_bytes: 256 * 1024,
            login_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_mins(5),
            write_timeout: Duration::from_secs(30),
            resumption: Duration::from_mins(5),
            queue: 1024 * 1024,
            queues: 256 * 1024 * 1024,
            connections: 20_000,
            connections_per_address: 1_000,
            sessions: 50,
            stanza_burst: 1_000,
            stanza_rate: 500,
            login_attempts: 5,
            registrations: 10,
            offline: OfflineLimits {
                messages: 1_000,
                bytes: 16 * 1024 * 1024,
            },
            push_registrations: 20,
            blocked: 1_000,
            private_xml: PrivateLimits {
                elements: 100,
                bytes: 1024 * 1024,
            },
            pubsub: PubsubLimits {
                nodes: 1_000,
                items: 10_000,
                bytes: 16 * 1024 * 1024,
                subscriptions: 10_000,
                affiliations: 1_000,
            },
            contacts: 5_000,
            contact_groups: 50,
            subscription_requests: 500,
            subscription_repetition: Duration::from_mins(1),
            directed_presences: 1_000,
            rooms: 500,
            room_occupants: 5_000,
            room_history: 25,
            room_history_bytes: 256 * 1024,
            room_presence_bytes: 4 * 1024,
            room_subject_bytes: 16 * 1024,
            proxy: ProxyLimits::default(),
            room_affiliations: 10_000,
            owned_rooms: 500,
        }
    }
}

impl Limits {
    pub fn roster(&self) -> RosterLimits {
        RosterLimits {
            contacts: self.contacts,
            groups: self.contact_groups,
        }
    }

    /// What rooms keep for newcomers.
    pub fn history(&self) -> HistoryLimits {
        HistoryLimits {
            messages: self.room_history,
            bytes: self.room_history_bytes,
        }
    }

    pub fn subscriptions(&self) -> SubscriptionLimits {
        SubscriptionLimits {
            contacts: self.contacts,
            requests: self.subscription_requests,
            repetition: self.subscription_repetition.try_into().unwrap_or(SignedDuration::MAX),
        }
    }

    /// Of what an unknown peer sends.
    pub fn before_login(&self) -> xml::Limits {
        xml::Limits::UNKNOWN_PEER
    }

    /// Of what a client sends that has logged in.
    pub fn after_login(&self) -> xml::Limits {
        xml::Limits {
            stanza_bytes: self.stanza_bytes,
            ..xml::Limits::KNOWN_PEER
        }
    }
}
