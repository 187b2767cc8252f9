//! Messages that an administrator sends.

use jiff::Timestamp;

use super::error::{Error, Result};

/// The text of an announcement to every connected session; never empty, blanks count as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement(String);

impl Announcement {
    pub fn new(body: impl Into<String>) -> Result<Self> {
        let body = body.into();
        if body.is_empty() {
            return Err(Error::invalid("body", "", "it must not be empty"));
        }
        Ok(Self(body))
    }

    pub fn body(&self) -> &str {
        &self.0
    }
}

/// When everybody on a host is told something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Occasion {
    /// At once, or at the next login: the message of the day, which counts until it is removed (XEP-0133 §4.24).
    Day,
    /// When the account is made.
    Welcome,
}

/// What is told then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingMessage {
    /// Tells it from an earlier one.
    pub set: Timestamp,
    pub body: String,
}
