//! Which sessions of an account get a message (RFC 6121 §8.5).

use std::sync::Arc;

use crate::domain::address::FullAddress;
use crate::engine::refusal;
use crate::engine::registry::Registry;
use crate::engine::session::Session;
use crate::engine::stanza::{MessageType, StanzaError};

/// The sessions that a message is for. None: it is kept where it may be, else dropped in silence. An error: it is
/// neither delivered nor kept, and its sender is told.
pub fn find(registry: &Registry, kind: MessageType, to: &FullAddress) -> Result<Vec<Arc<Session>>, StanzaError> {
    if to.resource.is_some() {
        if let Some(session) = registry.find(to) {
            return Ok(vec![session]);
        }
        // §8.5.3.2.1: only chat falls back to the bare address.
        match kind {
            MessageType::Chat => {}
            MessageType::Normal | MessageType::Groupchat => return Err(refusal::NOBODY.into()),
            MessageType::Headline | MessageType::Error => return Ok(Vec::new()),
        }
    }
    // §8.5.2.1.1
    match kind {
        MessageType::Groupchat => Err(refusal::NOBODY.into()),
        MessageType::Error => Ok(Vec::new()),
        MessageType::Normal | MessageType::Chat | MessageType::Headline => {
            let mut sessions = registry.sessions(&to.bare);
            sessions.retain(|session| session.priority().is_some_and(|priority| priority >= 0));
            Ok(sessions)
        }
    }
}

/// Whether a message for nobody in particular waits for the next login (§8.5.2.2.1, §8.5.3.2.1).
pub fn may_wait(kind: MessageType, to: &FullAddress) -> bool {
    match kind {
        MessageType::Chat => true,
        MessageType::Normal => to.resource.is_none(),
        MessageType::Groupchat | MessageType::Headline | MessageType::Error => false,
    }
}
