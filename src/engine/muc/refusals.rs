//! What went wrong with a room, as XEP-0045 says it.

use crate::domain::Error;
use crate::engine::stanza::{Condition, StanzaError};

/// The last owner, and nicknames of others, are conflicts (§7.10, §9.1, §10.4).
pub fn refused(error: Error) -> StanzaError {
    match error {
        Error::Conflict { .. } => StanzaError::new(Condition::Conflict).with_text(error.to_string()),
        other => other.into(),
    }
}
