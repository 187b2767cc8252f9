//! A user account (§12.1): written from the account itself, read as what a request says of one.

use super::property::Property;
use crate::api::openfire::input::{BindError, Fields, FromFields};
use crate::api::openfire::output::{Entity, EntityList, FieldWriter, ListNames};
use crate::domain::account::Account;

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

impl Entity for Account {
    fn root(&self) -> &'static str {
        "user"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        let properties: Vec<_> = self.properties.iter().collect();
        out.text("username", self.address.localpart().as_str());
        out.text("name", self.name.as_deref().unwrap_or_default());
        out.optional_text("email", self.email.as_deref());
        out.entities(PROPERTIES, &properties);
    }
}

impl FromFields for User {
    const ROOTS: &'static [&'static str] = &["user"];
    const IGNORED_KEYS: &'static [&'static str] = &["groups"];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        Ok(Self {
            username: fields.text("username")?,
            name: fields.text_unless_false("name")?,
            email: fields.text_unless_false("email")?,
            password: fields.text_unless_false("password")?,
            properties: fields.entities(PROPERTIES)?,
        })
    }
}

/// What `POST /users` takes: one user, or a list of them (quirk 11).
#[derive(Debug, PartialEq, Eq)]
pub enum NewUsers {
    One(User),
    Many(Vec<User>),
}

impl FromFields for NewUsers {
    const ROOTS: &'static [&'static str] = &["user", "users"];
    const WRAPPERS: &'static [&'static str] = User::ROOTS;
    const IGNORED_KEYS: &'static [&'static str] = User::IGNORED_KEYS;

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        let items = ListNames::bare(USERS.key, "user");
        if fields.element_name() == Some("users") {
            return Ok(Self::Many(fields.entities(items)?.unwrap_or_default()));
        }
        if fields.element_name().is_none()
            && let Some(users) = fields.entities(items)?
        {
            return Ok(Self::Many(users));
        }
        User::from_fields(fields).map(Self::One)
    }
}
