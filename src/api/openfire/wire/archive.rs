//! How many messages wait for a user (§12.16).

use crate::api::openfire::output::{Entity, FieldWriter};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnreadCount {
    pub jid: String,
    pub count: i64,
}

impl Entity for UnreadCount {
    fn root(&self) -> &'static str {
        "archive"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.text("jid", &self.jid);
        out.integer("count", self.count);
    }
}
