//! Who is in a room (§12.10, §12.11).

use crate::api::openfire::output::{Entity, EntityList, FieldWriter};

pub const PARTICIPANTS: EntityList = EntityList {
    root: "participants",
    key: "participants",
};
pub const OCCUPANTS: EntityList = EntityList {
    root: "occupants",
    key: "occupants",
};

/// An occupant whose role is `participant`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Participant {
    /// The address in the room.
    pub jid: String,
    pub role: String,
    pub affiliation: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occupant {
    /// The address in the room.
    pub jid: String,
    /// The real address.
    pub user_address: String,
    pub role: String,
    pub affiliation: String,
}

impl Entity for Participant {
    const ALPHABETICAL: bool = true;

    fn root(&self) -> &'static str {
        "participant"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.text("jid", &self.jid);
        out.text("role", &self.role);
        out.text("affiliation", &self.affiliation);
    }
}

impl Entity for Occupant {
    const ALPHABETICAL: bool = true;

    fn root(&self) -> &'static str {
        "occupant"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.text("jid", &self.jid);
        out.text("userAddress", &self.user_address);
        out.text("role", &self.role);
        out.text("affiliation", &self.affiliation);
    }
}
