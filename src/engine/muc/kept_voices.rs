//! Who left a moderated room with a voice that was given to him, or without one that was taken from him: he comes back
//! so (XEP-0045 §5.1). It lasts as long as the room is in memory.

use std::collections::VecDeque;

use crate::domain::address::Address;
use crate::domain::room::Role;

/// Accounts of one room; the one that left first is forgotten.
const MOST: usize = 200;

#[derive(Debug, Default)]
pub struct Voices(VecDeque<(Address, Role)>);

impl Voices {
    /// `account` leaves with this role.
    pub fn put(&mut self, account: Address, role: Role) {
        self.forget(&account);
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back((account, role));
    }

    /// The role that `account` left with, which is not remembered any more.
    pub fn take(&mut self, account: &Address) -> Option<Role> {
        let at = self.0.iter().position(|(other, _)| other == account)?;
        self.0.remove(at).map(|(_, role)| role)
    }

    pub fn forget(&mut self, account: &Address) {
        self.take(account);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_left_last_are_remembered() {
        let account = |number: usize| Address::parse(&format!("a{number}@example.org")).unwrap();
        let mut voices = Voices::default();
        for number in 0..=MOST {
            voices.put(account(number), Role::Participant);
        }
        voices.put(account(MOST), Role::Visitor);
        assert_eq!(voices.take(&account(0)), None);
        assert_eq!(voices.take(&account(1)), Some(Role::Participant));
        assert_eq!(voices.take(&account(MOST)), Some(Role::Visitor));
        assert_eq!(voices.take(&account(MOST)), None);
    }
}
