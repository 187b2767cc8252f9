//! vCards (XEP-0054): one XML element per account, kept as it was given.

/// The most bytes of a vCard.
pub const MAX_BYTES: usize = 1024 * 1024;

/// A well-formed XML element, checked by whoever read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VCard(String);

impl VCard {
    pub fn from_checked(xml: String) -> Self {
        Self(xml)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
