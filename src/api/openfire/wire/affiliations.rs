//! The addresses that have one affiliation with a room (§12.8).

use crate::api::openfire::input::{BindError, Fields, FromFields};
use crate::api::openfire::output::{Entity, FieldWriter, ListNames};

/// An affiliation as it is written in paths and lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AffiliationList {
    Admins,
    Members,
    Outcasts,
    Owners,
}

impl AffiliationList {
    const ALL: [Self; 4] = [Self::Admins, Self::Members, Self::Outcasts, Self::Owners];

    /// The plural, lower case: exactly as in a path.
    pub fn name(self) -> &'static str {
        self.names().key
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    fn names(self) -> ListNames {
        match self {
            Self::Admins => ListNames::bare("admins", "admin"),
            Self::Members => ListNames::bare("members", "member"),
            Self::Outcasts => ListNames::bare("outcasts", "outcast"),
            Self::Owners => ListNames::bare("owners", "owner"),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Affiliations {
    pub list: AffiliationList,
    pub addresses: Vec<String>,
}

impl Entity for Affiliations {
    fn root(&self) -> &'static str {
        self.list.name()
    }

    fn fields<W: FieldWriter>(&self, out: &mut W) {
        out.texts(self.list.names(), &self.addresses);
    }

    fn is_empty_list(&self) -> bool {
        self.addresses.is_empty()
    }
}

/// The list that a request holds; whether it is the one of its path is for the caller to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentAffiliations {
    /// `None`: no list at all.
    pub list: Option<AffiliationList>,
    pub addresses: Vec<String>,
}

impl FromFields for SentAffiliations {
    const ROOTS: &'static [&'static str] = &["admins", "members", "outcasts", "owners"];
    /// The lists themselves have these names.
    const WRAPPERS: &'static [&'static str] = &[];

    fn from_fields(fields: &mut Fields<'_>) -> Result<Self, BindError> {
        if let Some(list) = fields.element_name().and_then(AffiliationList::from_name) {
            let addresses = fields.texts(list.names())?.unwrap_or_default();
            return Ok(Self {
                list: Some(list),
                addresses,
            });
        }
        let mut found = Self {
            list: None,
            addresses: Vec::new(),
        };
        for list in AffiliationList::ALL {
            if let Some(addresses) = fields.texts(list.names())? {
                found = Self {
                    list: Some(list),
                    addresses,
                };
            }
        }
        Ok(found)
    }
}
