//! Messages: the history of a room, and the broadcast to all users (§12.12, §12.15).

use crate::api::openfire::input::{BindError, Fields, FromFields};
use crate::api::openfire::output::{Entity, EntityList, FieldWriter};

pub const MESSAGES: EntityList = EntityList {
    root: "messages",
    key: "message",
};

/// A message of the past.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryMessage {
    pub to: Option<String>,
    pub from: Option<String>,
    pub kind: Option<String>,
    pub body: Option<String>,
    /// When it was sent, in the form of XEP-0203 in both formats.
    pub delay_stamp: Option<String>,
    pub delay_from: Option<String>,
}

impl Entity for HistoryMessage {
    fn root(&self) -> &'static str {
        "message"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.optional_text("to", self.to.as_deref());
        out.optional_text("from", self.from.as_deref());
        out.optional_text("type", self.kind.as_deref());
        out.optional_text("body", self.body.as_deref());
        out.optional_text("delay_stamp", self.delay_stamp.as_deref());
        out.optional_text("delay_from", self.delay_from.as_deref());
    }
}

/// A message to everybody who is connected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broadcast {
    pub body: Option<String>,
}

impl FromFields for Broadcast {
    const ROOTS: &'static [&'static str] = &["message"];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        Ok(Self {
            body: fields.text("body")?,
        })
    }
}
