//! The one error of the domain. It says *what* went wrong; a dialect adds what was being done and
//! on which resource, and maps every variant to its own form without a wildcard arm.

use std::error::Error as StdError;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an error is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Account,
    Group,
    Room,
    RoomService,
    RosterItem,
    Affiliation,
    Session,
    Property,
    Message,
    Host,
    Invitation,
}

/// What can go wrong with a request to the domain.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{kind:?} {name:?} does not exist")]
    NotFound { kind: Kind, name: String },
    #[error("{kind:?} {name:?} exists already")]
    AlreadyExists { kind: Kind, name: String },
    /// A value that no retry will make valid. `field` is the domain's name of it.
    #[error("{field} {value:?}: {reason}")]
    Invalid {
        field: &'static str,
        value: String,
        reason: String,
    },
    /// A text that is longer than the field can hold; the text itself is not repeated.
    #[error("{field} has {length} characters, at most {most} are possible")]
    TooLong {
        field: &'static str,
        length: usize,
        most: usize,
    },
    /// The caller, or the server's own rules, do not permit it.
    #[error("not allowed: {reason}")]
    NotAllowed { reason: String },
    /// The change contradicts the present state (last owner, shared group, …).
    #[error("conflict: {reason}")]
    Conflict { reason: String },
    /// What is stored on somebody's behalf is bounded, and the bound is reached.
    #[error("no more {what} can be stored, at most {most} are possible")]
    LimitReached { what: &'static str, most: u64 },
    #[error("the contact {contact:?} belongs to a shared group")]
    SharedGroup { contact: String },
    /// The server that is administered cannot do this at all.
    #[error("not supported: {feature}")]
    Unsupported { feature: &'static str },
    /// Temporary: overloaded, disk full, shutting down.
    #[error("unavailable: {reason}")]
    Unavailable { reason: String },
    #[error("internal failure")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

impl Error {
    pub fn not_found(kind: Kind, name: impl Into<String>) -> Self {
        Self::NotFound {
            kind,
            name: name.into(),
        }
    }

    pub fn already_exists(kind: Kind, name: impl Into<String>) -> Self {
        Self::AlreadyExists {
            kind,
            name: name.into(),
        }
    }

    pub fn invalid(field: &'static str, value: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Invalid {
            field,
            value: value.into(),
            reason: reason.into(),
        }
    }

    pub fn conflict(reason: impl Into<String>) -> Self {
        Self::Conflict { reason: reason.into() }
    }

    pub fn unavailable(reason: impl Into<String>) -> Self {
        Self::Unavailable { reason: reason.into() }
    }

    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}
