//! A user account (§12.1).

use super::property::Property;
use crate::api::openfire::output::{Entity, EntityList, FieldWriter, ListNames};

pub const USERS: EntityList = EntityList {
    root: "users",
    key: "users",
};

const PROPERTIES: ListNames = ListNames::wrapped("properties", "property");

#[derive(Clone, Default, PartialEq, Eq)]
pub struct User {
    pub username: Option<String>,
    pub name: Option<String>,
    pub email: Option<String>,
    /// Read only; never written.
    pub password: Option<String>,
    pub properties: Option<Vec<Property>>,
}

impl std::fmt::Debug for User {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("User")
            .field("username", &self.username)
            .field("name", &self.name)
            .field("email", &self.email)
            .field("properties", &self.properties)
            .finish_non_exhaustive()
    }
}

impl Entity for User {
    fn root(&self) -> &'static str {
        "user"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.optional_text("username", self.username.as_deref());
        out.optional_text("name", self.name.as_deref());
        out.optional_text("email", self.email.as_deref());
        if let Some(properties) = &self.properties {
            out.entities(PROPERTIES, properties);
        }
    }
}
