//! Stanza errors (RFC 6120 §8.3).

use crate::domain;
use crate::engine::xml::{Element, ns};

/// RFC 6120 §8.3.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    BadRequest,
    Conflict,
    FeatureNotImplemented,
    Forbidden,
    Gone,
    InternalServerError,
    ItemNotFound,
    JidMalformed,
    NotAcceptable,
    NotAllowed,
    NotAuthorized,
    PolicyViolation,
    RecipientUnavailable,
    RegistrationRequired,
    RemoteServerNotFound,
    ResourceConstraint,
    ServiceUnavailable,
    SubscriptionRequired,
    UnexpectedRequest,
}

impl Condition {
    pub fn name(self) -> &'static str {
        self.describe().0
    }

    /// The element's name and the type that the RFC recommends for it.
    fn describe(self) -> (&'static str, &'static str) {
        match self {
            Self::BadRequest => ("bad-request", "modify"),
            Self::Conflict => ("conflict", "cancel"),
            Self::FeatureNotImplemented => ("feature-not-implemented", "cancel"),
            Self::Forbidden => ("forbidden", "auth"),
            Self::Gone => ("gone", "cancel"),
            Self::InternalServerError => ("internal-server-error", "cancel"),
            Self::ItemNotFound => ("item-not-found", "cancel"),
            Self::JidMalformed => ("jid-malformed", "modify"),
            Self::NotAcceptable => ("not-acceptable", "modify"),
            Self::NotAllowed => ("not-allowed", "cancel"),
            Self::NotAuthorized => ("not-authorized", "auth"),
            Self::PolicyViolation => ("policy-violation", "modify"),
            Self::RecipientUnavailable => ("recipient-unavailable", "wait"),
            Self::RegistrationRequired => ("registration-required", "auth"),
            Self::RemoteServerNotFound => ("remote-server-not-found", "cancel"),
            Self::ResourceConstraint => ("resource-constraint", "wait"),
            Self::ServiceUnavailable => ("service-unavailable", "cancel"),
            Self::SubscriptionRequired => ("subscription-required", "auth"),
            Self::UnexpectedRequest => ("unexpected-request", "wait"),
        }
    }
}

/// What answers a stanza that cannot be served.
#[derive(Debug, Clone, PartialEq)]
pub struct StanzaError {
    pub condition: Condition,
    /// The `type` where it differs from the one that the RFC recommends for the condition.
    pub kind: Option<&'static str>,
    pub text: Option<String>,
    /// Where to turn instead, with `gone` (§8.3.3.5).
    pub address: Option<String>,
    /// A condition of a specification, beside the defined one (§8.3.4).
    pub specific: Option<Box<Element>>,
    /// What stands beside the error: what of the request it is about.
    pub payload: Option<Box<Element>>,
}

impl StanzaError {
    pub fn new(condition: Condition) -> Self {
        Self {
            condition,
            kind: None,
            text: None,
            address: None,
            specific: None,
            payload: None,
        }
    }

    #[must_use]
    pub fn with_kind(mut self, kind: &'static str) -> Self {
        self.kind = Some(kind);
        self
    }

    #[must_use]
    pub fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = Some(text.into());
        self
    }

    #[must_use]
    pub fn with_specific(mut self, specific: Element) -> Self {
        self.specific = Some(Box::new(specific));
        self
    }

    #[must_use]
    pub fn with_address(mut self, address: impl Into<String>) -> Self {
        self.address = Some(address.into());
        self
    }

    #[must_use]
    pub fn with_payload(mut self, payload: Element) -> Self {
        self.payload = Some(Box::new(payload));
        self
    }

    pub fn to_element(&self) -> Element {
        let (name, recommended) = self.condition.describe();
        let mut condition = Element::new(name, ns::STANZA_ERRORS);
        if let Some(address) = &self.address {
            condition = condition.with_text(address.as_str());
        }
        let mut error = Element::new("error", ns::JABBER_CLIENT)
            .with_attr("type", self.kind.unwrap_or(recommended))
            .with_child(condition);
        if let Some(text) = &self.text {
            error.push(
                Element::new("text", ns::STANZA_ERRORS)
                    .with_lang("en")
                    .with_text(text.as_str()),
            );
        }
        if let Some(specific) = &self.specific {
            error.push((**specific).clone());
        }
        error
    }
}

impl From<Condition> for StanzaError {
    fn from(condition: Condition) -> Self {
        Self::new(condition)
    }
}

impl From<domain::Error> for StanzaError {
    fn from(error: domain::Error) -> Self {
        use domain::Error;
        let condition = match &error {
            Error::Invalid { .. } | Error::TooLong { .. } => Condition::NotAcceptable,
            Error::NotFound { .. } => Condition::ItemNotFound,
            Error::AlreadyExists { .. } => Condition::Conflict,
            Error::LimitReached { .. } => Condition::ResourceConstraint,
            Error::Unavailable { .. } => return Self::new(Condition::ResourceConstraint),
            Error::Internal { .. } => {
                tracing::error!(%error, "a stanza could not be served");
                return Self::new(Condition::InternalServerError);
            }
            _ => Condition::NotAllowed,
        };
        Self::new(condition).with_text(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_inside_is_told_as_that_and_without_the_details() {
        let failed = domain::Error::internal(std::io::Error::other("/secret/path is full"));
        let told = StanzaError::from(failed);
        assert_eq!(told.condition, Condition::InternalServerError);
        assert!(!told.to_element().to_string().contains("secret"));
    }
}
