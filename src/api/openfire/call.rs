//! One call of an operation: who calls, what the path, the query and the body say, and in which format the
//! answer is written. Every handler gets one; `answer` makes it.

use std::borrow::Cow;
use std::ops::Deref;
use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::RawPathParams;
use http::StatusCode;
use http::uri::PathAndQuery;

use super::context::Context;
use super::error::Failure;
use super::input::{self, BindError, FromFields};
use super::negotiate::{Format, Negotiated};
use crate::admin::AdminSession;
use crate::api::query::{NotANumber, Query};
use crate::domain::Error;
use crate::domain::address::Host;

/// A parameter whose value the path itself implies.
pub type Implied = (&'static str, &'static str);

/// A request to an operation, whoever sent it.
pub struct Exchange {
    pub(super) message: &'static str,
    pub(super) context: Context,
    pub(super) parameters: RawPathParams,
    pub(super) implied: Option<&'static Implied>,
    pub(super) target: Option<PathAndQuery>,
    pub(super) result: Negotiated,
    pub(super) request: Option<Format>,
    pub(super) body: Bytes,
}

/// A request of somebody who was authenticated, with all that they can do.
pub struct Call {
    pub(super) exchange: Exchange,
    pub admin: AdminSession,
}

impl Deref for Call {
    type Target = Exchange;

    fn deref(&self) -> &Exchange {
        &self.exchange
    }
}

impl Exchange {
    /// A value of the path, decoded.
    pub fn parameter(&self, name: &str) -> &str {
        if let Some((_, value)) = self.implied.filter(|(implied, _)| *implied == name) {
            return value;
        }
        let found = self.parameters.iter().find(|(key, _)| *key == name);
        found.map_or("", |(_, value)| value)
    }

    pub fn query(&self) -> Query<'_> {
        Query::new(self.target.as_ref().and_then(PathAndQuery::query))
    }

    /// A text of the query.
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.query().text(name)
    }

    /// A number of the query; malformed text is a bare 404.
    pub fn integer<N: FromStr>(&self, name: &str) -> Result<Option<N>, Failure> {
        self.query()
            .integer(name)
            .map_err(|NotANumber| Failure::Bare(StatusCode::NOT_FOUND))
    }

    /// What the operation does, for a service error.
    pub fn message(&self) -> &'static str {
        self.message
    }

    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Format and type of a result with an entity.
    pub fn negotiated(&self) -> Negotiated {
        self.result.clone()
    }

    /// The body as it came; empty for operations that read none.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The entity of the request; `None` when it is absent.
    pub fn entity<T: FromFields>(&self) -> Result<Option<T>, Failure> {
        let Some(format) = self.request else {
            return Ok(None);
        };
        input::read(format, &self.body, self.context.strictness()).map_err(|error| match error {
            BindError::Xml(cause) => {
                tracing::debug!(cause, "a request body is not the XML of its entity");
                Failure::Bare(StatusCode::BAD_REQUEST)
            }
            BindError::Json(message) => Failure::Unbound(message),
            BindError::Value { field, .. } => Failure::illegal(self.message(), field),
        })
    }
}

impl Call {
    /// The host of this API.
    pub fn host(&self) -> &Host {
        self.admin.host()
    }

    /// `error` in the words of this operation.
    pub fn failed(&self, error: Error, resource: &str) -> Failure {
        Failure::from_domain(error, self.message(), resource)
    }
}
