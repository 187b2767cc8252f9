//! Which nicknames of a room are reserved, and for whom.

use std::collections::HashMap;

use crate::domain::address::Address;

#[derive(Debug, Default)]
pub struct Nicknames {
    owners: HashMap<Box<str>, Address>,
    nicknames: HashMap<Address, Box<str>>,
}

impl Nicknames {
    pub fn new(reserved: Vec<(Address, String)>) -> Self {
        let mut all = Self::default();
        for (owner, nickname) in reserved {
            all.reserve(owner, nickname.into());
        }
        all
    }

    /// In place of the one that `owner` may have.
    pub fn reserve(&mut self, owner: Address, nickname: Box<str>) {
        self.release(&owner);
        self.owners.insert(nickname.clone(), owner.clone());
        self.nicknames.insert(owner, nickname);
    }

    pub fn release(&mut self, owner: &Address) {
        if let Some(nickname) = self.nicknames.remove(owner) {
            self.owners.remove(&nickname);
        }
    }

    pub fn of(&self, owner: &Address) -> Option<&str> {
        self.nicknames.get(owner).map(|nickname| &**nickname)
    }

    /// Whether somebody else has reserved it.
    pub fn is_of_another(&self, nickname: &str, account: &Address) -> bool {
        self.owners.get(nickname).is_some_and(|owner| owner != account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nickname_is_one_persons_and_a_person_has_one() {
        let address = |text: &str| Address::parse(text).unwrap();
        let (jane, john) = (address("jane@example.org"), address("john@example.org"));
        let mut nicknames = Nicknames::new(vec![(jane.clone(), "Janie".to_owned())]);
        assert!(nicknames.is_of_another("Janie", &john));
        assert!(!nicknames.is_of_another("Janie", &jane));
        nicknames.reserve(jane.clone(), "Jane".into());
        assert!(!nicknames.is_of_another("Janie", &john));
        assert_eq!(nicknames.of(&jane), Some("Jane"));
        nicknames.release(&jane);
        assert!(!nicknames.is_of_another("Jane", &john));
        assert_eq!(nicknames.of(&jane), None);
    }
}
