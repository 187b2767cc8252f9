//! Entries of the security audit log (§12.18).

use crate::api::openfire::output::{Entity, EntityList, FieldWriter};

pub const LOGS: EntityList = EntityList {
    root: "logs",
    key: "logs",
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEntry {
    pub log_id: i64,
    pub username: Option<String>,
    /// Seconds since 1970.
    pub timestamp: i64,
    pub summary: Option<String>,
    pub node: Option<String>,
    pub details: Option<String>,
}

impl Entity for LogEntry {
    const ALPHABETICAL: bool = true;

    fn root(&self) -> &'static str {
        "log"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.integer("logId", self.log_id);
        out.optional_text("username", self.username.as_deref());
        out.integer("timestamp", self.timestamp);
        out.optional_text("summary", self.summary.as_deref());
        out.optional_text("node", self.node.as_deref());
        out.optional_text("details", self.details.as_deref());
    }
}
