//! Presence (RFC 6121 §4): who shows it to whom, and what is remembered of it.

use jiff::Timestamp;

use super::address::Address;

/// Somebody with whom an account shares presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresenceContact {
    pub address: Address,
    /// The account sees the contact's presence. Of a contact elsewhere only its own server can tell.
    pub sees: bool,
    /// The contact sees the account's presence.
    pub is_seen: bool,
}

/// Everybody with whom an account shares presence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PresenceContacts {
    /// By address; nobody with whom nothing is shared.
    pub contacts: Vec<PresenceContact>,
    /// The account is in a group that everybody on its host sees, so everybody there sees its presence.
    pub is_seen_by_host: bool,
}

/// When the last session of an account became unavailable (XEP-0012), and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastActivity {
    pub at: Timestamp,
    pub status: Option<String>,
}

/// What clients send in the place of what they can do (XEP-0115).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CapabilitiesHash {
    /// `sha-1` and the like.
    pub algorithm: String,
    pub hash: String,
}
