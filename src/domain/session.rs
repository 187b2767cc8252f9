//! Sessions of connected clients (RFC 6120 §7) and their presence.

use std::net::IpAddr;

use jiff::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStatus {
    Closed,
    Connected,
    Authenticated,
}

/// `<show/>` of a presence (RFC 6121 §4.7.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    Away,
    Chat,
    DoNotDisturb,
    ExtendedAway,
}

/// The presence a session has sent last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Presence {
    /// Initial presence has been sent and not been taken back.
    pub available: bool,
    pub show: Option<Show>,
    pub status: Option<String>,
    pub priority: i8,
}

/// A bound session of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Full address.
    pub address: String,
    /// `None` for anonymous sessions.
    pub localpart: Option<String>,
    pub resource: String,
    pub status: SessionStatus,
    pub presence: Presence,
    /// `None` while detached.
    pub peer: Option<IpAddr>,
    /// The name of that address in the DNS, where it has one.
    pub peer_name: Option<String>,
    pub created: Timestamp,
    pub last_active: Timestamp,
    pub secure: bool,
}

/// Client sessions of this node and of the whole cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SessionCount {
    pub local: u64,
    pub cluster: u64,
}
