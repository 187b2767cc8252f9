//! A group chat service (§12.5).

use crate::api::openfire::input::{BindError, Fields, FromFields};
use crate::api::openfire::output::{Entity, EntityList, FieldWriter};

pub const CHAT_SERVICES: EntityList = EntityList {
    root: "chatServices",
    key: "chatService",
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChatService {
    pub service_name: Option<String>,
    pub description: Option<String>,
    pub hidden: bool,
}

impl Entity for ChatService {
    fn root(&self) -> &'static str {
        "chatService"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.optional_text("serviceName", self.service_name.as_deref());
        out.optional_text("description", self.description.as_deref());
        out.boolean("hidden", self.hidden);
    }
}

impl FromFields for ChatService {
    const ROOTS: &'static [&'static str] = &["chatService"];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        Ok(Self {
            service_name: fields.text("serviceName")?,
            description: fields.text("description")?,
            hidden: fields.boolean("hidden")?.unwrap_or_default(),
        })
    }
}
