//! What a message of a client leads to.

use std::sync::Arc;
use std::time::Duration;

use super::failure::Failure;
use crate::domain::address::AccountAddress;
use crate::engine::accounts::CachedAccount;

/// What to tell the client, and how long to wait before: whether it guessed right must not be seen sooner.
#[must_use]
pub struct Answer {
    pub outcome: Result<Step, Failure>,
    pub delay: Duration,
}

/// How an attempt goes on.
pub enum Step {
    /// The client has to answer this; it may be empty.
    Challenge(Vec<u8>),
    /// The client is who it says. `data` goes along with the success (RFC 6120 §6.4.6).
    Success {
        identity: Identity,
        data: Option<Vec<u8>>,
        /// It logged in with a token and is due for another one.
        token_is_old: bool,
    },
}

impl Step {
    pub(super) fn anonymous() -> Self {
        Self::Success {
            identity: Identity::Anonymous,
            data: None,
            token_is_old: false,
        }
    }
}

/// Who has logged in.
#[derive(Clone)]
pub enum Identity {
    /// The account as it was when its password was found right. It may have been locked, renamed or removed since: a
    /// session looks again once it hears of such changes.
    Account(Arc<CachedAccount>),
    Anonymous,
}

impl Identity {
    pub fn address(&self) -> Option<&AccountAddress> {
        match self {
            Self::Account(entry) => Some(&entry.account.address),
            Self::Anonymous => None,
        }
    }
}

impl From<Result<Step, Failure>> for Answer {
    fn from(outcome: Result<Step, Failure>) -> Self {
        Self {
            outcome,
            delay: Duration::ZERO,
        }
    }
}
