//! A group (§12.4). In a list of groups it has no members and no admins.

use crate::api::openfire::input::{BindError, Fields, FromFields};
use crate::api::openfire::output::{Entity, EntityList, FieldWriter, ListNames};

pub const GROUPS: EntityList = EntityList {
    root: "groups",
    key: "groups",
};

const ADMINS: ListNames = ListNames::wrapped("admins", "admin");
const MEMBERS: ListNames = ListNames::wrapped("members", "member");

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    pub name: Option<String>,
    pub description: Option<String>,
    pub admins: Option<Vec<String>>,
    pub members: Option<Vec<String>>,
    pub shared: Option<bool>,
}

impl Entity for Group {
    fn root(&self) -> &'static str {
        "group"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.optional_text("name", self.name.as_deref());
        out.optional_text("description", self.description.as_deref());
        if let Some(admins) = &self.admins {
            out.texts(ADMINS, admins);
        }
        if let Some(members) = &self.members {
            out.texts(MEMBERS, members);
        }
        if let Some(shared) = self.shared {
            out.boolean("shared", shared);
        }
    }
}

impl FromFields for Group {
    const ROOTS: &'static [&'static str] = &["group"];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        let shared = fields.boolean("shared")?;
        // the name in the plugin's documentation (quirk 5)
        let documented = fields.boolean("isshared")?;
        Ok(Self {
            name: fields.text("name")?,
            description: fields.text("description")?,
            admins: fields.texts(ADMINS)?,
            members: fields.texts(MEMBERS)?,
            shared: shared.or(documented),
        })
    }
}
