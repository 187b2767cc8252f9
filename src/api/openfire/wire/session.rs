//! Client sessions and how many there are (§12.13, §12.14).

use jiff::Timestamp;

use crate::api::openfire::output::{Entity, EntityList, FieldWriter};

pub const SESSIONS: EntityList = EntityList {
    root: "sessions",
    key: "sessions",
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// The full address.
    pub session_id: String,
    pub username: String,
    pub resource: String,
    pub node: &'static str,
    pub session_status: &'static str,
    pub presence_status: &'static str,
    pub presence_message: Option<String>,
    pub priority: i32,
    /// Both absent for a detached session.
    pub host_address: Option<String>,
    pub host_name: Option<String>,
    pub creation_date: Timestamp,
    pub last_action_date: Timestamp,
    pub secure: bool,
}

impl Entity for Session {
    fn root(&self) -> &'static str {
        "session"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.text("sessionId", &self.session_id);
        out.text("username", &self.username);
        out.text("resource", &self.resource);
        out.text("node", self.node);
        out.text("sessionStatus", self.session_status);
        out.text("presenceStatus", self.presence_status);
        out.optional_text("presenceMessage", self.presence_message.as_deref());
        out.integer("priority", self.priority.into());
        out.optional_text("hostAddress", self.host_address.as_deref());
        out.optional_text("hostName", self.host_name.as_deref());
        out.date("creationDate", self.creation_date);
        out.date("lastActionDate", self.last_action_date);
        out.boolean("secure", self.secure);
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SessionCount {
    pub local_sessions: i64,
    pub cluster_sessions: i64,
}

impl Entity for SessionCount {
    const ALPHABETICAL: bool = true;

    fn root(&self) -> &'static str {
        "sessions"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.integer("localSessions", self.local_sessions);
        out.integer("clusterSessions", self.cluster_sessions);
    }
}
