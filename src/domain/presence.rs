//! Who shows presence to whom (RFC 6121 §4).

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
