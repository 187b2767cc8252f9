//! How much of a stream is read at once.

/// What one stanza, or the header, may take. What is counted is counted as it was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Levels of elements, the stanza being the first.
    pub depth: usize,
    /// Bytes from `<` to `>`, white space included.
    pub stanza_bytes: usize,
    /// Bytes of name and value of one attribute, and of the name of an element, without their prefixes. More than 16 KiB
    /// are never taken.
    pub attribute_bytes: usize,
    /// Attributes and declarations in one start tag.
    pub attributes: usize,
    /// Declarations of namespaces in force at one place.
    pub namespaces: usize,
    /// Elements and texts.
    pub nodes: usize,
}

impl Limits {
    /// For a peer that has not logged in.
    pub const UNKNOWN_PEER: Self = Self {
        depth: 16,
        stanza_bytes: 16 * 1024,
        attribute_bytes: 4 * 1024,
        attributes: 32,
        namespaces: 32,
        nodes: 256,
    };

    /// For a peer that has logged in.
    pub const KNOWN_PEER: Self = Self {
        depth: 64,
        stanza_bytes: 256 * 1024,
        attribute_bytes: LONGEST_TOKEN,
        attributes: 64,
        namespaces: 64,
        nodes: 10_000,
    };

    /// For what the server itself wrote: a stanza within the limits of a peer, inside a few wrappers.
    pub const OWN_TEXT: Self = Self {
        depth: 128,
        stanza_bytes: 8 * 1024 * 1024,
        attribute_bytes: LONGEST_TOKEN,
        attributes: 256,
        namespaces: 256,
        nodes: 100_000,
    };
}

/// `rxml` reserves this much when it begins to read a token, and lets it go between stanzas.
pub(super) const LONGEST_TOKEN: usize = 16 * 1024;
