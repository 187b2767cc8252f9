//! Commands that are being run (XEP-0050): who has been shown the form of which, and until when it can be filled in.

pub mod request;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::{SignedDuration, Timestamp};

use crate::domain::address::{AccountAddress, FullAddress, Host};
use crate::domain::command::{Commands, Form};

/// How long a form can be filled in.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// Forms that one client and all clients together may have before them; beyond it the oldest goes.
const MOST_OF_ONE: usize = 20;
const MOST: usize = 1000;

#[derive(Default)]
pub struct CommandSessions {
    offered: RwLock<Vec<Arc<dyn Commands>>>,
    open: Mutex<HashMap<String, Shown>>,
}

/// A form that a client was shown.
struct Shown {
    form: Open,
    /// It was filled in or cancelled. Its id is known for a while yet, so that whoever names it again is told.
    is_over: bool,
}

/// A form that waits to be filled in.
pub struct Open {
    pub owner: FullAddress,
    /// To which of the two addresses that have commands the command was sent.
    pub at: FullAddress,
    pub host: Host,
    pub node: String,
    pub form: Form,
    pub begun: Timestamp,
}

/// Why there is no such form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    Unknown,
    /// It was filled in or cancelled, or waited for too long.
    Over,
}

impl CommandSessions {
    /// Offers commands beside those that are offered already.
    pub fn offer(&self, commands: Arc<dyn Commands>) {
        let mut offered = self.offered.write().unwrap_or_else(PoisonError::into_inner);
        offered.push(commands);
    }

    /// In the order in which they were offered.
    pub fn offered(&self) -> Vec<Arc<dyn Commands>> {
        self.offered.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether an address is kept for somebody whom those who offer commands know by it.
    pub fn is_kept(&self, address: &AccountAddress) -> bool {
        self.offered().iter().any(|commands| commands.is_kept(address))
    }

    /// Notes that a client was shown a form.
    pub fn open(&self, id: String, form: Open) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let is_owners = |other: &Open| other.owner == form.owner;
        let going = if open.values().filter(|other| is_owners(&other.form)).count() >= MOST_OF_ONE {
            first_to_go(&open, is_owners)
        } else if open.len() >= MOST {
            first_to_go(&open, |_| true)
        } else {
            None
        };
        if let Some(id) = going {
            open.remove(&id);
        }
        open.insert(id, Shown { form, is_over: false });
    }

    /// The form that `owner` was shown, if that was for this command, at this address and not too long ago.
    pub fn find(
        &self,
        id: &str,
        owner: &FullAddress,
        at: &FullAddress,
        node: &str,
        now: Timestamp,
    ) -> Result<(Host, Form), Gone> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let session = open
            .get_mut(id)
            .filter(|Shown { form, .. }| form.owner == *owner && form.at == *at && form.node == node)
            .ok_or(Gone::Unknown)?;
        session.is_over |= now.duration_since(session.form.begun) > PATIENCE;
        if session.is_over {
            return Err(Gone::Over);
        }
        Ok((session.form.host.clone(), session.form.form.clone()))
    }

    /// The command is over.
    pub fn close(&self, id: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = open.get_mut(id) {
            session.is_over = true;
        }
    }
}

/// The oldest of those that are over, or else of those that are open.
fn first_to_go(open: &HashMap<String, Shown>, counts: impl Fn(&Open) -> bool) -> Option<String> {
    let candidates = open.iter().filter(|(_, other)| counts(&other.form));
    let first = candidates.min_by_key(|(_, other)| (!other.is_over, other.form.begun));
    first.map(|(id, _)| id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> FullAddress {
        FullAddress::parse(text).unwrap()
    }

    /// A form that jane was shown at the host.
    fn shown(begun: Timestamp) -> Open {
        Open {
            owner: address("jane@a.org/x"),
            at: address("a.org"),
            host: Host::from_stored("a.org"),
            node: "node".to_owned(),
            form: Form {
                about: "x",
                title: "",
                instructions: "",
                fields: Vec::new(),
            },
            begun,
        }
    }

    #[test]
    fn a_form_is_its_owners_alone_and_only_for_a_while() {
        let sessions = CommandSessions::default();
        let (jane, at) = (address("jane@a.org/x"), address("a.org"));
        let now = Timestamp::UNIX_EPOCH;
        sessions.open("id".to_owned(), shown(now));
        let find = |owner: &FullAddress, at: &FullAddress, node: &str, now| {
            sessions.find("id", owner, at, node, now).map(drop)
        };
        assert_eq!(find(&address("jane@a.org/y"), &at, "node", now), Err(Gone::Unknown));
        assert_eq!(find(&jane, &address("jane@a.org"), "node", now), Err(Gone::Unknown));
        assert_eq!(find(&jane, &at, "other", now), Err(Gone::Unknown));
        assert_eq!(find(&jane, &at, "node", now + PATIENCE), Ok(()));
        let late = now + PATIENCE + SignedDuration::from_secs(1);
        assert_eq!(find(&jane, &at, "node", late), Err(Gone::Over));
        assert_eq!(find(&jane, &at, "node", late), Err(Gone::Over));
    }

    #[test]
    fn a_form_that_was_filled_in_is_over_and_the_first_to_go() {
        let sessions = CommandSessions::default();
        let (jane, at) = (address("jane@a.org/x"), address("a.org"));
        let moment = |second: usize| Timestamp::from_second(second.try_into().unwrap()).unwrap();
        let find = |id: &str| sessions.find(id, &jane, &at, "node", moment(MOST_OF_ONE)).map(drop);
        for number in 0..MOST_OF_ONE {
            sessions.open(number.to_string(), shown(moment(number)));
        }
        sessions.close("7");
        assert_eq!(find("7"), Err(Gone::Over));
        sessions.open("new".to_owned(), shown(moment(MOST_OF_ONE)));
        assert_eq!(find("7"), Err(Gone::Unknown));
        assert_eq!((find("0"), find("new")), (Ok(()), Ok(())));
    }

    #[test]
    fn the_oldest_form_gives_way_to_one_too_many() {
        let sessions = CommandSessions::default();
        let (jane, at) = (address("jane@a.org/x"), address("a.org"));
        for number in 0..=MOST_OF_ONE {
            let now = Timestamp::from_second(number.try_into().unwrap()).unwrap();
            sessions.open(number.to_string(), shown(now));
        }
        let find = |id: &str| sessions.find(id, &jane, &at, "node", Timestamp::UNIX_EPOCH).map(drop);
        assert_eq!(find("0"), Err(Gone::Unknown));
        assert_eq!(find("1"), Ok(()));
    }
}
