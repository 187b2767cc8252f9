//! What bulk creation of rooms answers (§12.7).

use crate::api::openfire::output::{Entity, FieldWriter, ListNames};

/// Sorted by outcome, in the order of the request within each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomCreationResults {
    pub success: Vec<RoomCreationResult>,
    pub failure: Vec<RoomCreationResult>,
    pub other: Vec<RoomCreationResult>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomCreationResult {
    pub room_name: Option<String>,
    /// `Success` or `Failure`.
    pub result_type: &'static str,
    pub message: String,
}

impl Entity for RoomCreationResults {
    fn root(&self) -> &'static str {
        "results"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        for (key, results) in [
            ("success", &self.success),
            ("failure", &self.failure),
            ("other", &self.other),
        ] {
            out.entities(ListNames::wrapped(key, "result"), results);
        }
    }
}

impl Entity for RoomCreationResult {
    fn root(&self) -> &'static str {
        "result"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.optional_text("roomName", self.room_name.as_deref());
        out.text("resultType", self.result_type);
        out.text("message", &self.message);
    }
}
