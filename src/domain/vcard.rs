//! vCards (XEP-0054): one XML element per account, kept as it was given.

use super::error::{Error, Result};

/// The most bytes of a vCard.
pub const MAX_BYTES: usize = 1024 * 1024;

/// A well-formed XML element, checked by whoever read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VCard(String);

impl VCard {
    /// Takes XML that is known to be one well-formed element of at most [`MAX_BYTES`].
    pub fn from_well_formed(xml: String) -> Result<Self> {
        if xml.len() > MAX_BYTES {
            return Err(Error::TooLong {
                field: "vCard",
                length: xml.len(),
                most: MAX_BYTES,
            });
        }
        Ok(Self(xml))
    }

    pub fn from_stored(xml: String) -> Self {
        Self(xml)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
