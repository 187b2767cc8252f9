//! Messages that an administrator sends.

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
