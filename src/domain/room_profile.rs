//! What a room has beside the settings that administrators of a service know: its owners set it, its occupants see it.

use super::error::{Error, Result};
use super::room::Role;

/// The most bytes of each text.
const MAX_TEXT: usize = 255;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomProfile {
    /// In which language people talk here (RFC 5646).
    pub language: Option<String>,
    /// The address of a publish-subscribe node that belongs to the room.
    pub node: Option<String>,
    /// Roles that may read the lists of affiliations where a room shows addresses at all.
    pub list_readers: Vec<Role>,
}

impl Default for RoomProfile {
    fn default() -> Self {
        Self {
            language: None,
            node: None,
            list_readers: vec![Role::Moderator, Role::Participant, Role::Visitor],
        }
    }
}

impl RoomProfile {
    pub fn checked(self) -> Result<Self> {
        for (field, text) in [("language", &self.language), ("node", &self.node)] {
            let length = text.as_ref().map_or(0, String::len);
            if length > MAX_TEXT {
                return Err(Error::TooLong {
                    field,
                    length,
                    most: MAX_TEXT,
                });
            }
        }
        Ok(self)
    }
}
