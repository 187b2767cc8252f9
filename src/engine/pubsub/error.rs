//! Errors with the conditions of XEP-0060 §16.3, and how a job refuses: whatever it has changed is undone.

use crate::domain::Error;
use crate::domain::pubsub::{Closed, Unacceptable};
use crate::engine::form::FormError;
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};

/// Why a request is not served.
#[derive(Debug)]
pub enum Refusal {
    Answer(StanzaError),
    Failure(Error),
}

impl Refusal {
    /// The same with another type of error.
    pub fn with_kind(self, kind: &'static str) -> Self {
        match self {
            Self::Answer(error) => Self::Answer(error.with_kind(kind)),
            failure @ Self::Failure(_) => failure,
        }
    }
}

impl From<StanzaError> for Refusal {
    fn from(error: StanzaError) -> Self {
        Self::Answer(error)
    }
}

impl From<Condition> for Refusal {
    fn from(condition: Condition) -> Self {
        Self::Answer(condition.into())
    }
}

impl From<FormError> for Refusal {
    fn from(error: FormError) -> Self {
        Self::Answer(error.into())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Failure(error)
    }
}

impl From<Refusal> for StanzaError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Answer(error) => error,
            Refusal::Failure(
                error @ Error::LimitReached {
                    what: "subscriptions to a node",
                    ..
                },
            ) => with(Condition::PolicyViolation, "too-many-subscriptions")
                .with_kind("wait")
                .with_text(error.to_string()),
            Refusal::Failure(error) => error.into(),
        }
    }
}

/// A condition with one of publish-subscribe beside it.
pub fn with(condition: Condition, name: &'static str) -> StanzaError {
    StanzaError::new(condition).with_specific(Element::new(name, ns::PUBSUB_ERRORS))
}

/// What cannot be done here at all.
pub fn unsupported(feature: &'static str) -> StanzaError {
    StanzaError::new(Condition::FeatureNotImplemented)
        .with_specific(Element::new("unsupported", ns::PUBSUB_ERRORS).with_attr("feature", feature))
}

/// A node that is somewhere else now (§6.1.3.11).
pub fn moved(uri: String) -> StanzaError {
    StanzaError::new(Condition::Gone).with_kind("modify").with_address(uri)
}

/// Somebody who may not read a node (§6.1.3, §6.5.9).
pub fn closed(closed: Closed) -> StanzaError {
    match closed {
        Closed::Barred => Condition::Forbidden.into(),
        Closed::NoPresence => with(Condition::NotAuthorized, "presence-subscription-required"),
        Closed::NotInGroup => with(Condition::NotAuthorized, "not-in-roster-group"),
        Closed::NotApproved => with(Condition::NotAuthorized, "not-subscribed"),
        Closed::NotListed => with(Condition::NotAllowed, "closed-node"),
    }
}

/// A configuration that cannot be had (§8.1.3, §8.2.5).
pub fn unacceptable(reason: Unacceptable) -> StanzaError {
    match reason {
        Unacceptable::Unknown => Condition::NotAcceptable.into(),
        Unacceptable::AccessModel => with(Condition::NotAcceptable, "unsupported-access-model"),
        Unacceptable::Value { field, reason } => {
            StanzaError::new(Condition::NotAcceptable).with_text(format!("{field}: {reason}"))
        }
    }
}
