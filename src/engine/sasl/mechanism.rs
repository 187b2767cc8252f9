//! The mechanisms that this server knows.

use super::binding::BindingType;
use crate::scram::Hash;

/// In the order of their strength, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mechanism {
    ScramSha256Plus,
    ScramSha1Plus,
    ScramSha256,
    ScramSha1,
    Plain,
    Anonymous,
    /// Of a token, bound to the TLS connection (RFC 9266).
    TokenExporter,
    /// Of a token, bound to the certificate (RFC 5929 §4).
    TokenEndPoint,
    Token,
}

impl Mechanism {
    /// Those for who has no token.
    pub const ALL: [Self; 6] = [
        Self::ScramSha256Plus,
        Self::ScramSha1Plus,
        Self::ScramSha256,
        Self::ScramSha1,
        Self::Plain,
        Self::Anonymous,
    ];

    /// Those of tokens (draft-schmaus-kitten-sasl-ht-08). TLS libraries do not hand out what `HT-SHA-256-UNIQ` binds to.
    pub const OF_TOKENS: [Self; 3] = [Self::TokenExporter, Self::TokenEndPoint, Self::Token];

    /// The registered name (IANA, SASL mechanisms).
    pub fn name(self) -> &'static str {
        match self {
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::Plain => "PLAIN",
            Self::Anonymous => "ANONYMOUS",
            Self::TokenExporter => "HT-SHA-256-EXPR",
            Self::TokenEndPoint => "HT-SHA-256-ENDP",
            Self::Token => "HT-SHA-256-NONE",
        }
    }

    /// Names are compared exactly: they are upper case (RFC 4422 §3.1).
    pub fn from_name(name: &str) -> Option<Self> {
        let all = Self::ALL.into_iter().chain(Self::OF_TOKENS);
        all.into_iter().find(|mechanism| mechanism.name() == name)
    }

    /// What a login with a token is bound to, if it is.
    pub(super) fn token_binding(self) -> Option<BindingType> {
        match self {
            Self::TokenExporter => Some(BindingType::TlsExporter),
            Self::TokenEndPoint => Some(BindingType::TlsServerEndPoint),
            _ => None,
        }
    }

    /// Whether it binds the login to the TLS connection (RFC 5802 §6).
    pub fn binds_channel(self) -> bool {
        matches!(self, Self::ScramSha256Plus | Self::ScramSha1Plus)
    }

    /// The hash function of a SCRAM mechanism.
    pub(super) fn hash(self) -> Option<Hash> {
        match self {
            Self::ScramSha256Plus | Self::ScramSha256 => Some(Hash::Sha256),
            Self::ScramSha1Plus | Self::ScramSha1 => Some(Hash::Sha1),
            Self::Plain | Self::Anonymous | Self::TokenExporter | Self::TokenEndPoint | Self::Token => None,
        }
    }
}
