//! What an operation can fail with, and how the domain's errors look in this API (§7, Appendix A).

use std::borrow::Cow;

use axum::body::Body;
use axum::response::Response;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};

use super::negotiate::Negotiated;
use super::output::write_entity;
use super::wire::error::ErrorEntity;
use crate::api::unavailable;
use crate::domain::{Error, Kind};

pub const ILLEGAL_ARGUMENT: &str = "IllegalArgumentException";
pub const USER_NOT_FOUND: &str = "UserNotFoundException";
pub const GROUP_NOT_FOUND: &str = "GroupNotFoundException";
pub const NOT_ALLOWED: &str = "NotAllowedException";
pub const SHARED_GROUP: &str = "SharedGroupException";

/// Why an operation gives no result.
#[derive(Debug)]
pub enum Failure {
    /// An error with an entity.
    Service(ServiceError),
    /// A status alone; the body is a page.
    Bare(StatusCode),
    /// JSON that cannot be bound: 400 with a text for the developer.
    Unbound(String),
}

#[derive(Debug)]
pub struct ServiceError {
    pub status: StatusCode,
    pub exception: &'static str,
    pub message: Cow<'static, str>,
    /// `None` only where the request did not name what it was about.
    pub resource: Option<String>,
}

impl Failure {
    pub fn service(
        status: StatusCode,
        exception: &'static str,
        message: impl Into<Cow<'static, str>>,
        resource: impl Into<String>,
    ) -> Self {
        Self::Service(ServiceError {
            status,
            exception,
            message: message.into(),
            resource: Some(resource.into()),
        })
    }

    /// 400 `IllegalArgumentException`.
    pub fn illegal(message: impl Into<Cow<'static, str>>, resource: impl Into<String>) -> Self {
        Self::service(StatusCode::BAD_REQUEST, ILLEGAL_ARGUMENT, message, resource)
    }

    /// 404 `UserNotFoundException`.
    pub fn user_not_found(message: impl Into<Cow<'static, str>>, resource: impl Into<String>) -> Self {
        Self::service(StatusCode::NOT_FOUND, not_found(Kind::Account), message, resource)
    }

    /// An error of the domain, met while doing what `message` says with `resource`.
    pub fn from_domain(error: Error, message: impl Into<Cow<'static, str>>, resource: impl Into<String>) -> Self {
        let message = message.into();
        match error {
            Error::NotFound { kind, .. } => Self::service(StatusCode::NOT_FOUND, not_found(kind), message, resource),
            Error::AlreadyExists { kind, .. } => Self::service(StatusCode::CONFLICT, exists(kind), message, resource),
            // A password is never repeated.
            Error::Invalid { field: "password", .. } => Self::illegal(message, resource),
            Error::Invalid { value, .. } => Self::illegal(message, value),
            Error::TooLong { field, .. } => Self::illegal(message, field),
            Error::NotAllowed { .. } => Self::service(StatusCode::FORBIDDEN, NOT_ALLOWED, message, resource),
            Error::Conflict { .. } | Error::LimitReached { .. } => {
                Self::service(StatusCode::CONFLICT, NOT_ALLOWED, message, resource)
            }
            Error::SharedGroup { .. } => Self::service(StatusCode::BAD_REQUEST, SHARED_GROUP, message, resource),
            Error::Unsupported { .. } => Self::Bare(StatusCode::NOT_IMPLEMENTED),
            Error::Unavailable { reason } => {
                unavailable::tell(&reason);
                Self::Bare(StatusCode::SERVICE_UNAVAILABLE)
            }
            Error::Internal(cause) => {
                tracing::error!(%cause, "an operation failed");
                Self::Bare(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
}

/// Says what was being done when an error of the domain was met.
pub trait During<T> {
    fn during(self, message: &'static str, resource: &str) -> Result<T, Failure>;
}

impl<T> During<T> for Result<T, Error> {
    fn during(self, message: &'static str, resource: &str) -> Result<T, Failure> {
        self.map_err(|error| Failure::from_domain(error, message, resource))
    }
}

impl ServiceError {
    pub fn into_response(self, negotiated: Negotiated) -> Response {
        let entity = ErrorEntity {
            resource: self.resource,
            message: self.message.into_owned(),
            exception: self.exception,
        };
        let mut body = Vec::with_capacity(256);
        write_entity(negotiated.format, &entity, &mut body);
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, negotiated.content_type);
        response
    }
}

/// 400 with the developer message of a binding error.
pub fn unbound(message: String) -> Response {
    let mut response = Response::new(Body::from(message));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    response
}

fn not_found(kind: Kind) -> &'static str {
    match kind {
        Kind::Account | Kind::Session | Kind::Message | Kind::Invitation => USER_NOT_FOUND,
        Kind::Group => GROUP_NOT_FOUND,
        Kind::Room => "RoomNotFoundException",
        Kind::RoomService | Kind::Host => "MUCServiceNotFoundException",
        Kind::RosterItem => "RosterItemNotFound",
        Kind::Affiliation => NOT_ALLOWED,
        Kind::Property => "PropertyNotFoundException",
    }
}

fn exists(kind: Kind) -> &'static str {
    match kind {
        Kind::Account | Kind::RosterItem => "UserAlreadyExistsException",
        Kind::Group => "GroupAlreadyExistsException",
        Kind::Room
        | Kind::RoomService
        | Kind::Affiliation
        | Kind::Session
        | Kind::Property
        | Kind::Message
        | Kind::Host
        | Kind::Invitation => "AlreadyExistsException",
    }
}
