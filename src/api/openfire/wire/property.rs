//! Key and value: a system property, or a property of a user (§12.1, §12.17). Attributes in XML.

use crate::api::openfire::input::{BindError, Fields, FromFields};
use crate::api::openfire::output::{Entity, EntityList, FieldWriter};

pub const PROPERTIES: EntityList = EntityList {
    root: "properties",
    key: "property",
};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Property {
    pub key: Option<String>,
    pub value: Option<String>,
}

impl Entity for Property {
    fn root(&self) -> &'static str {
        "property"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.optional_attribute("key", self.key.as_deref());
        out.optional_attribute("value", self.value.as_deref());
    }
}

/// A property of an account.
impl Entity for (&String, &String) {
    fn root(&self) -> &'static str {
        "property"
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        let (key, value) = self;
        out.attribute("key", key);
        out.attribute("value", value);
    }
}

impl FromFields for Property {
    const ROOTS: &'static [&'static str] = &["property"];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        Ok(Self {
            key: fields.attribute("key")?,
            value: fields.attribute("value")?,
        })
    }
}
