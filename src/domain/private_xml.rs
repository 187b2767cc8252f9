//! XML that clients keep at the server for themselves (XEP-0049).

/// An element of a client's own, one per namespace and name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateElement {
    pub namespace: String,
    pub name: String,
    /// The whole element.
    pub xml: String,
}

/// How much one account may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrivateLimits {
    pub elements: u64,
    /// Of all elements together, their names included.
    pub bytes: u64,
}
