//! The names of the groups of a user (§12.2).

use crate::api::openfire::input::{BindError, Fields, FromFields};
use crate::api::openfire::output::{Entity, FieldWriter, ListNames};

const GROUP_NAMES: ListNames = ListNames::bare("groupnames", "groupname");

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserGroups {
    pub group_names: Option<Vec<String>>,
}

impl Entity for UserGroups {
    fn root(&self) -> &'static str {
        "groups"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        if let Some(names) = &self.group_names {
            out.texts(GROUP_NAMES, names);
        }
    }

    fn is_empty_list(&self) -> bool {
        self.group_names.as_ref().is_some_and(Vec::is_empty)
    }
}

impl FromFields for UserGroups {
    const ROOTS: &'static [&'static str] = &["groups"];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        Ok(Self {
            group_names: fields.texts(GROUP_NAMES)?,
        })
    }

    fn from_texts(texts: Vec<String>) -> Option<Self> {
        Some(Self {
            group_names: Some(texts),
        })
    }
}
