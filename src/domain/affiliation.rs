//! Affiliations of rooms (XEP-0045 §5.2), which persons and groups can have.

use std::collections::BTreeSet;

use super::address::{Address, FullAddress, Host};
use super::error::Result;
use super::group_address::group_name;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Affiliation {
    Owner,
    Admin,
    Member,
    Outcast,
}

impl Affiliation {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Member, Self::Outcast];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Outcast => "outcast",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|affiliation| affiliation.as_str() == name)
    }

    /// What counts for somebody who has `own` in a room and `through_groups` by groups. Being cast
    /// out in person counts more than a membership.
    pub fn effective(own: Option<Self>, through_groups: &[Self]) -> Option<Self> {
        let has = |affiliation| own == Some(affiliation) || through_groups.contains(&affiliation);
        if has(Self::Owner) {
            Some(Self::Owner)
        } else if has(Self::Admin) {
            Some(Self::Admin)
        } else if own == Some(Self::Outcast) {
            Some(Self::Outcast)
        } else if has(Self::Member) {
            Some(Self::Member)
        } else if has(Self::Outcast) {
            Some(Self::Outcast)
        } else {
            None
        }
    }
}

/// Whom an affiliation is given to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Affiliate {
    User(Address),
    /// A group of this service, by its exact name; its members and admins hold the affiliation.
    Group(String),
}

impl Affiliate {
    /// Whom an address means: the group of `host` that it stands for, else a person. A resource
    /// is dropped.
    pub fn at(address: FullAddress, host: &Host) -> Self {
        match group_name(&address, host) {
            Some(name) => Self::Group(name),
            None => Self::User(address.bare),
        }
    }

    /// Whom the text of an address means. A word is a host.
    pub fn parse(text: &str, host: &Host) -> Result<Self> {
        Ok(Self::at(FullAddress::parse(text)?, host))
    }

    /// The names of the groups among `affiliates`.
    pub fn groups_among<'a>(affiliates: impl IntoIterator<Item = &'a Self>) -> BTreeSet<String> {
        let name = |affiliate: &Self| match affiliate {
            Self::Group(name) => Some(name.clone()),
            Self::User(_) => None,
        };
        affiliates.into_iter().filter_map(name).collect()
    }
}

/// Affiliations in the order in which they were given.
pub type Affiliations = Vec<(Affiliate, Affiliation)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_in_person_and_through_groups_counts_together() {
        use Affiliation::{Admin, Member, Outcast, Owner};
        for (own, through_groups, effective) in [
            (None, &[][..], None),
            (None, &[Member], Some(Member)),
            (None, &[Outcast, Member], Some(Member)),
            (Some(Outcast), &[Member], Some(Outcast)),
            (Some(Outcast), &[Admin], Some(Admin)),
            (Some(Member), &[Outcast], Some(Member)),
            (Some(Admin), &[Owner], Some(Owner)),
        ] {
            assert_eq!(Affiliation::effective(own, through_groups), effective);
        }
    }
}
