//! How much clients may take, together and each.

use std::time::Duration;

use jiff::SignedDuration;

use crate::domain::offline::OfflineLimits;
use crate::domain::private_xml::PrivateLimits;
use crate::domain::pubsub::PubsubLimits;
use crate::domain::roster::RosterLimits;
use crate::domain::subscription::SubscriptionLimits;
use crate::engine::xml;

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

/// Bounds of what the proxy carries.
#[derive(Debug, Clone, Copy)]
pub struct ProxyLimits {
    /// Open at a time, and open at a time from one address.
    pub connections: usize,
    pub connections_per_address: usize,
    /// From the accepted connection to the activation of its stream.
    pub waiting: Duration,
    /// A stream on which nothing moves for so long ends.
    pub idle: Duration,
    /// From the activation of a stream to its end.
    pub lifetime: Duration,
}

/// What a room keeps for newcomers at most.
#[derive(Debug, Clone, Copy)]
pub struct HistoryLimits {
    pub messages: usize,
    /// Of all of them, so that a newcomer can take them.
    pub bytes: usize,
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

impl Default for ProxyLimits {
    fn default() -> Self {
        Self {
            connections: 1_000,
            connections_per_address: 100,
            waiting: Duration::from_mins(1),
            idle: Duration::from_mins(2),
            lifetime: Duration::from_hours(6),
        }
    }
}
