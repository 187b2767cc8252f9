//! What comes through a stream, and why nothing more does.

use super::element::Element;
use super::name::Namespace;

/// What came through a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The start tag of the stream. Nothing in it was checked but its grammar.
    Open(StreamHeader),
    /// A complete child of the stream: a stanza, or one of the elements that negotiate.
    Element(Element),
    /// White space between the elements: the peer is alive. One frame per run of it in the bytes pushed together.
    Whitespace,
    /// The end tag of the stream.
    Close,
}

/// The start tag of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamHeader {
    /// Its name, namespace and attributes (`to`, `from`, `id`, `version`, `xml:lang`), without content.
    pub element: Element,
    /// The prefix that its name was written with.
    pub prefix: Option<String>,
    /// The default namespace that it declares; that of stanzas.
    pub content_ns: Namespace,
}

/// Why a stream cannot be read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the XML is not well-formed")]
    NotWellFormed,
    #[error("the XML has comments, processing instructions, a document type or entities of its own")]
    RestrictedXml,
    #[error("there is text between the elements of the stream")]
    InvalidXml,
    #[error("the XML is not in UTF-8")]
    UnsupportedEncoding,
    #[error("{0}")]
    PolicyViolation(&'static str),
}

impl Fault {
    /// The condition of the stream error (RFC 6120 §4.9.3).
    pub const fn condition(self) -> &'static str {
        match self {
            Self::NotWellFormed => "not-well-formed",
            Self::RestrictedXml => "restricted-xml",
            Self::InvalidXml => "invalid-xml",
            Self::UnsupportedEncoding => "unsupported-encoding",
            Self::PolicyViolation(_) => "policy-violation",
        }
    }
}
