//! The changes of shared groups that clients have not been told of yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::address::{AccountAddress, Address, Host};
use crate::domain::event::Event;
use crate::domain::group::Sharing;

#[derive(Debug, Default)]
pub struct Shared(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    groups: BTreeMap<(Host, String), Change>,
    /// Accounts that came or got another name.
    accounts: BTreeSet<Address>,
    /// A task works on what waits.
    is_telling: bool,
}

/// What happened to a group since its members were told last.
#[derive(Debug, Default)]
pub struct Change {
    /// Members that look different to the others.
    pub changed: BTreeSet<Address>,
    /// Members that joined or left: to them all others are new or gone.
    pub moved: BTreeSet<Address>,
    /// Those of them that left.
    pub left: BTreeSet<Address>,
    /// Everybody who was in it when its sharing changed or it was removed.
    pub members: Vec<Arc<[Address]>>,
    /// Some other sharing than now, if any.
    pub sharing_before: Option<Sharing>,
}

impl Change {
    /// What an event tells of a group.
    pub fn of(event: &Event) -> Self {
        match event {
            Event::GroupChanged {
                sharing_before,
                joined,
                left,
                members,
                ..
            } => Self {
                changed: joined.iter().chain(&**left).cloned().collect(),
                moved: joined.iter().chain(&**left).cloned().collect(),
                left: left.iter().cloned().collect(),
                members: some(members),
                sharing_before: Some(*sharing_before),
            },
            Event::GroupRemoved { sharing, members, .. } => Self {
                members: some(members),
                sharing_before: Some(*sharing),
                ..Self::default()
            },
            _ => Self::default(),
        }
    }

    /// Everybody who may see less than before, and whom others may see less.
    pub fn losers(&self) -> BTreeSet<Address> {
        let members = self.members.iter().flat_map(|members| members.iter());
        self.left.iter().chain(members).cloned().collect()
    }

    fn merge(&mut self, later: Self) {
        self.changed.extend(later.changed);
        self.moved.extend(later.moved);
        self.left.extend(later.left);
        self.members.extend(later.members);
        self.sharing_before = self.sharing_before.or(later.sharing_before);
    }
}

/// A large list is not copied on the writer's thread.
fn some(members: &Arc<[Address]>) -> Vec<Arc<[Address]>> {
    let has_some = !members.is_empty();
    has_some.then(|| Arc::clone(members)).into_iter().collect()
}

impl Shared {
    /// Whether there are changes that clients have not been told of yet.
    pub fn is_telling(&self) -> bool {
        self.lock().is_telling
    }

    /// A group changed. True: somebody has to begin telling.
    pub fn put_group(&self, host: &Host, name: &str, change: Change) -> bool {
        let mut waiting = self.lock();
        let group = waiting.groups.entry((host.clone(), name.to_owned()));
        group.or_default().merge(change);
        !std::mem::replace(&mut waiting.is_telling, true)
    }

    /// An account came, or its name is another. True: somebody has to begin telling.
    pub fn put_account(&self, account: &AccountAddress) -> bool {
        let mut waiting = self.lock();
        waiting.accounts.insert(account.to_address());
        !std::mem::replace(&mut waiting.is_telling, true)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is told next. `None`: nothing waits, and the telling ends.
    pub fn next(&self) -> Option<Next> {
        let mut waiting = self.lock();
        if let Some(account) = waiting.accounts.pop_first() {
            return Some(Next::Account(account));
        }
        if let Some(((host, name), change)) = waiting.groups.pop_first() {
            return Some(Next::Group(host, name, change));
        }
        waiting.is_telling = false;
        None
    }
}

/// What is told at a time.
pub enum Next {
    Account(Address),
    Group(Host, String, Change),
}
