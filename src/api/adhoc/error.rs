//! What did not work out, as a note for the administrator (XEP-0050 §3.4: a command that failed is completed, with a note
//! of the type `error`).

use crate::domain::Error;

#[derive(Debug)]
pub enum Failure {
    /// Something in the form; the text is for people.
    Form(String),
    Domain(Error),
}

impl Failure {
    pub fn form(text: impl Into<String>) -> Self {
        Self::Form(text.into())
    }

    pub fn text(&self) -> String {
        match self {
            Self::Form(text) => text.clone(),
            Self::Domain(error) => describe(error),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

fn describe(error: &Error) -> String {
    match error {
        Error::NotFound { kind, name } => format!("{kind:?} {name} does not exist."),
        Error::AlreadyExists { kind, name } => format!("{kind:?} {name} already exists."),
        Error::Invalid { .. }
        | Error::TooLong { .. }
        | Error::NotAllowed { .. }
        | Error::Conflict { .. }
        | Error::LimitReached { .. }
        | Error::SharedGroup { .. }
        | Error::Unsupported { .. }
        | Error::Unavailable { .. } => error.to_string(),
        Error::Internal(_) => {
            tracing::error!(%error, "a command of administration failed");
            error.to_string()
        }
    }
}
