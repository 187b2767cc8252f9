//! A contact of a user (§12.3).

use crate::api::openfire::input::{BindError, Fields, FromFields};
use crate::api::openfire::output::{Entity, EntityList, FieldWriter, ListNames};

pub const ROSTER: EntityList = EntityList {
    root: "roster",
    key: "rosterItem",
};

const GROUPS: ListNames = ListNames::wrapped("groups", "group");

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RosterItem {
    pub jid: Option<String>,
    pub nickname: Option<String>,
    /// -1 to 3. Absent counts as 0; always written.
    pub subscription_type: Option<i32>,
    pub groups: Option<Vec<String>>,
    /// Input only: the body was the address and nothing else, which one client sends as an update.
    pub is_address_only: bool,
}

impl RosterItem {
    /// As one client has always written `subscriptionType`.
    pub const MISSPELT_SUBSCRIPTION_TYPE: &'static str = "subscribtionType";
}

impl Entity for RosterItem {
    fn root(&self) -> &'static str {
        "rosterItem"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.optional_text("jid", self.jid.as_deref());
        out.optional_text("nickname", self.nickname.as_deref());
        out.integer("subscriptionType", self.subscription_type.unwrap_or_default().into());
        if let Some(groups) = &self.groups {
            out.texts(GROUPS, groups);
        }
    }
}

impl FromFields for RosterItem {
    const ROOTS: &'static [&'static str] = &["rosterItem"];
    const IGNORED_KEYS: &'static [&'static str] = &["name"];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        let jid = fields.text("jid")?;
        let nickname = fields.text_unless_false("nickname")?;
        let subscription_type = fields.integer_unless_false("subscriptionType")?;
        let misspelt = fields.misspelt_integer(Self::MISSPELT_SUBSCRIPTION_TYPE)?;
        Ok(Self {
            jid,
            nickname,
            subscription_type: subscription_type.or(misspelt),
            groups: fields.texts(GROUPS)?,
            is_address_only: false,
        })
    }

    fn from_text(text: String) -> Option<Self> {
        Some(Self {
            jid: Some(text),
            is_address_only: true,
            ..Self::default()
        })
    }
}
