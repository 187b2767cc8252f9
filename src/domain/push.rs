//! Push notifications (XEP-0357): who is told of messages that an account does not get at once.

use super::address::FullAddress;

/// What an account asks to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushRegistration {
    /// The app server.
    pub service: FullAddress,
    pub node: String,
    /// The form with which it is told, as XML: there may be a secret in it.
    pub options: Option<String>,
}

/// What is said of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PushContent {
    /// How many wait.
    Counts,
    Sender,
    /// And what he writes.
    Body,
}
