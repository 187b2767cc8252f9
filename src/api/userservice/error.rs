//! What an operation can fail with, and how the domain's errors look here (§11.3).

use http::StatusCode;

use crate::api::unavailable;
use crate::domain::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// 200 with `<error>NAME</error>`.
    Named(&'static str),
    /// A status alone; the body is a page.
    Bare(StatusCode),
}

impl Failure {
    pub const ILLEGAL_ARGUMENT: Self = Self::Named("IllegalArgumentException");
    pub const NOT_AUTHORISED: Self = Self::Named("RequestNotAuthorised");
    pub const USER_ALREADY_EXISTS: Self = Self::Named("UserAlreadyExistsException");
    pub const USER_NOT_FOUND: Self = Self::Named("UserNotFoundException");
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            // Groups are made where they are missing, so this is an account or a contact.
            Error::NotFound { .. } => Self::USER_NOT_FOUND,
            Error::AlreadyExists { .. } => Self::USER_ALREADY_EXISTS,
            Error::SharedGroup { .. } => Self::Named("SharedGroupException"),
            Error::Invalid { .. }
            | Error::TooLong { .. }
            | Error::NotAllowed { .. }
            | Error::Conflict { .. }
            | Error::LimitReached { .. } => Self::ILLEGAL_ARGUMENT,
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
