//! Who is affiliated with a room, in person and through groups (XEP-0045 §5.2).

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::address::Address;
use crate::domain::affiliation::{Affiliate, Affiliation, Affiliations};

#[derive(Debug, Default)]
pub struct Affiliates {
    people: HashMap<Address, Affiliation>,
    groups: BTreeMap<String, Group>,
}

#[derive(Debug)]
struct Group {
    affiliation: Affiliation,
    people: HashSet<Address>,
}

impl Affiliates {
    /// `people` are those of each group.
    pub fn new(affiliations: Affiliations, mut people: BTreeMap<String, Vec<Address>>) -> Self {
        let mut all = Self::default();
        for (affiliate, affiliation) in affiliations {
            match affiliate {
                Affiliate::User(address) => {
                    all.people.insert(address, affiliation);
                }
                Affiliate::Group(name) => {
                    let people = people.remove(&name).unwrap_or_default();
                    all.set_group(name, affiliation, people);
                }
            }
        }
        all
    }

    /// What counts for somebody.
    pub fn of(&self, address: &Address) -> Option<Affiliation> {
        let groups = self.groups.values().filter(|group| group.people.contains(address));
        let through_groups: Vec<Affiliation> = groups.map(|group| group.affiliation).collect();
        Affiliation::effective(self.in_person(address), &through_groups)
    }

    /// Whoever has no affiliation is cast out with the domain (§9.2).
    fn in_person(&self, address: &Address) -> Option<Affiliation> {
        let own = self.people.get(address).copied();
        own.or_else(|| {
            let mut domains = address.domains().map(Address::from_stored);
            let is_cast_out = domains.any(|domain| self.people.get(&domain) == Some(&Affiliation::Outcast));
            is_cast_out.then_some(Affiliation::Outcast)
        })
    }

    /// False: it has been so before.
    pub fn set_person(&mut self, address: &Address, affiliation: Option<Affiliation>) -> bool {
        match affiliation {
            Some(affiliation) => self.people.insert(address.clone(), affiliation) != Some(affiliation),
            None => self.people.remove(address).is_some(),
        }
    }

    pub fn set_group(&mut self, name: String, affiliation: Affiliation, people: Vec<Address>) {
        let people = people.into_iter().collect();
        self.groups.insert(name, Group { affiliation, people });
    }

    /// Changes what a group has. False: the group is not known here, so its people are not either.
    pub fn change_group(&mut self, name: &str, affiliation: Option<Affiliation>) -> bool {
        let Some(affiliation) = affiliation else {
            self.groups.remove(name);
            return true;
        };
        match self.groups.get_mut(name) {
            Some(group) => group.affiliation = affiliation,
            None => return false,
        }
        true
    }

    /// Changes who is in a group. False: it has no affiliation.
    pub fn change_people(&mut self, name: &str, joined: &[Address], left: &[Address]) -> bool {
        let Some(group) = self.groups.get_mut(name) else {
            return false;
        };
        group.people.extend(joined.iter().cloned());
        group.people.retain(|address| !left.contains(address));
        true
    }
}
