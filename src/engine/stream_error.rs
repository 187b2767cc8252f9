//! Stream errors (RFC 6120 §4.9): each ends the stream.

use super::xml::{Element, Fault, ns};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamError {
    BadFormat,
    BadNamespacePrefix,
    Conflict,
    ConnectionTimeout,
    /// More was acknowledged than was sent (XEP-0198 §4).
    HandledCountTooHigh {
        h: u32,
        sent: u32,
    },
    HostUnknown,
    InternalServerError,
    InvalidFrom,
    InvalidNamespace,
    InvalidXml,
    NotAuthorized,
    NotWellFormed,
    PolicyViolation,
    ResourceConstraint,
    RestrictedXml,
    SystemShutdown,
    UnsupportedEncoding,
    UnsupportedFeature,
    UnsupportedStanzaType,
    UnsupportedVersion,
}

impl StreamError {
    pub fn name(self) -> &'static str {
        match self {
            Self::BadFormat => "bad-format",
            Self::BadNamespacePrefix => "bad-namespace-prefix",
            Self::Conflict => "conflict",
            Self::ConnectionTimeout => "connection-timeout",
            Self::HandledCountTooHigh { .. } => "undefined-condition",
            Self::HostUnknown => "host-unknown",
            Self::InternalServerError => "internal-server-error",
            Self::InvalidFrom => "invalid-from",
            Self::InvalidNamespace => "invalid-namespace",
            Self::InvalidXml => "invalid-xml",
            Self::NotAuthorized => "not-authorized",
            Self::NotWellFormed => "not-well-formed",
            Self::PolicyViolation => "policy-violation",
            Self::ResourceConstraint => "resource-constraint",
            Self::RestrictedXml => "restricted-xml",
            Self::SystemShutdown => "system-shutdown",
            Self::UnsupportedEncoding => "unsupported-encoding",
            Self::UnsupportedFeature => "unsupported-feature",
            Self::UnsupportedStanzaType => "unsupported-stanza-type",
            Self::UnsupportedVersion => "unsupported-version",
        }
    }

    pub fn to_element(self) -> Element {
        let specific = match self {
            Self::HandledCountTooHigh { h, sent } => Some(
                Element::new("handled-count-too-high", ns::STREAM_MANAGEMENT)
                    .with_attr("h", h)
                    .with_attr("send-count", sent),
            ),
            _ => None,
        };
        Element::new("error", ns::STREAM)
            .with_child(Element::new(self.name(), ns::STREAM_ERRORS))
            .with_optional_child(specific)
    }
}

impl From<Fault> for StreamError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotWellFormed => Self::NotWellFormed,
            Fault::RestrictedXml => Self::RestrictedXml,
            Fault::InvalidXml => Self::InvalidXml,
            Fault::UnsupportedEncoding => Self::UnsupportedEncoding,
            Fault::PolicyViolation(_) => Self::PolicyViolation,
        }
    }
}
