//! Who is in a room. An occupant is a nickname of an account, with one or several of its sessions.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use crate::domain::address::{Address, FullAddress};
use crate::domain::affiliation::Affiliation;
use crate::domain::room::Role;
use crate::engine::session::Session;
use crate::engine::stanza::Stanza;
use crate::engine::xml::Node;

#[derive(Debug, Clone)]
pub struct Occupant {
    /// The room's address with the nickname as resource.
    pub address: FullAddress,
    /// The real bare address.
    pub account: Address,
    /// The same for the account in this room whatever its nickname (XEP-0421).
    pub id: Box<str>,
    pub affiliation: Option<Affiliation>,
    pub role: Role,
    /// At least one; the last is the one whose presence is shown.
    entries: Vec<Entry>,
    /// How it is shown, without and with its real address; made when first needed.
    shown: [OnceLock<Arc<Stanza>>; 2],
}

/// A session of an occupant.
#[derive(Debug, Clone)]
pub struct Entry {
    pub session: Arc<Session>,
    /// What its client says in its presence.
    pub content: Arc<[Node]>,
}

impl Occupant {
    pub fn new(
        address: FullAddress,
        account: Address,
        id: Box<str>,
        affiliation: Option<Affiliation>,
        role: Role,
    ) -> Self {
        Self {
            address,
            account,
            id,
            affiliation,
            role,
            entries: Vec::new(),
            shown: Default::default(),
        }
    }

    /// How it is shown, as `make` makes it, until something about it changes.
    pub fn shown(&self, with_address: bool, make: impl FnOnce() -> Stanza) -> &Arc<Stanza> {
        self.shown[usize::from(with_address)].get_or_init(|| Arc::new(make()))
    }

    pub fn nick(&self) -> &str {
        self.address.resource.as_deref().unwrap_or_default()
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn sessions(&self) -> impl Iterator<Item = &Arc<Session>> {
        self.entries.iter().map(|entry| &entry.session)
    }

    /// The real full address, of the session that spoke last.
    pub fn real_address(&self) -> Option<&FullAddress> {
        self.entries.last().map(|entry| entry.session.address())
    }

    /// What the client that spoke last says in its presence.
    pub fn content(&self) -> &[Node] {
        self.entries.last().map_or(&[], |entry| &entry.content)
    }

    /// Takes a presence of one of its sessions, which is the one that is shown now.
    fn put(&mut self, session: &Arc<Session>, content: Arc<[Node]>) {
        self.shown = Default::default();
        self.entries.retain(|entry| !Arc::ptr_eq(&entry.session, session));
        self.entries.push(Entry {
            session: Arc::clone(session),
            content,
        });
    }
}

/// What became of an occupant whose session left.
pub enum Left {
    /// That was its last one.
    Occupant(Occupant),
    /// Others stay under the nickname; `was_shown`: its presence was the one that everybody saw.
    Entry { nick: Box<str>, was_shown: bool },
}

#[derive(Debug, Default)]
pub struct Occupants {
    by_nick: BTreeMap<Box<str>, Occupant>,
    /// The nickname of each session, by its id.
    nicks: HashMap<Box<str>, Box<str>>,
    /// Those of each account: an affiliation may change of thousands who are not here.
    by_account: HashMap<Address, BTreeSet<Box<str>>>,
}

impl Occupants {
    pub fn len(&self) -> usize {
        self.by_nick.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_nick.is_empty()
    }

    /// All sessions of all occupants.
    pub fn count_sessions(&self) -> usize {
        self.nicks.len()
    }

    /// By nickname.
    pub fn iter(&self) -> impl Iterator<Item = &Occupant> {
        self.by_nick.values()
    }

    pub fn get(&self, nick: &str) -> Option<&Occupant> {
        self.by_nick.get(nick)
    }

    /// Gives an occupant another affiliation and role.
    pub fn set_standing(&mut self, nick: &str, affiliation: Option<Affiliation>, role: Role) {
        if let Some(occupant) = self.by_nick.get_mut(nick) {
            occupant.affiliation = affiliation;
            occupant.role = role;
            occupant.shown = Default::default();
        }
    }

    /// The occupant that a session is, or is part of.
    pub fn of(&self, session: &Session) -> Option<&Occupant> {
        self.by_nick.get(self.nicks.get(session.id())?)
    }

    /// The nicknames of an account.
    pub fn nicks_of(&self, account: &Address) -> Vec<Box<str>> {
        self.by_account.get(account).into_iter().flatten().cloned().collect()
    }

    /// Adds an occupant, without sessions yet.
    pub fn insert(&mut self, occupant: Occupant) {
        let own = self.by_account.entry(occupant.account.clone()).or_default();
        own.insert(occupant.nick().into());
        self.by_nick.insert(occupant.nick().into(), occupant);
    }

    fn take_out(&mut self, nick: &str) -> Option<Occupant> {
        let occupant = self.by_nick.remove(nick)?;
        if let Some(own) = self.by_account.get_mut(&occupant.account) {
            own.remove(nick);
            if own.is_empty() {
                self.by_account.remove(&occupant.account);
            }
        }
        Some(occupant)
    }

    /// Takes a presence of a session, which is part of the occupant `nick` from now on.
    pub fn put(&mut self, nick: &str, session: &Arc<Session>, content: Arc<[Node]>) {
        if let Some(occupant) = self.by_nick.get_mut(nick) {
            occupant.put(session, content);
            self.nicks.insert(session.id().into(), nick.into());
        }
    }

    /// Takes a session out.
    pub fn remove_session(&mut self, session: &Session) -> Option<Left> {
        let nick = self.nicks.remove(session.id())?;
        let occupant = self.by_nick.get_mut(&nick)?;
        if occupant.entries.len() == 1 {
            return self.take_out(&nick).map(Left::Occupant);
        }
        let at = occupant
            .entries
            .iter()
            .position(|entry| entry.session.id() == session.id())?;
        let was_shown = at + 1 == occupant.entries.len();
        occupant.entries.remove(at);
        occupant.shown = Default::default();
        Some(Left::Entry { nick, was_shown })
    }

    /// Takes an occupant out with all its sessions.
    pub fn remove(&mut self, nick: &str) -> Option<Occupant> {
        let occupant = self.take_out(nick)?;
        for session in occupant.sessions() {
            self.nicks.remove(session.id());
        }
        Some(occupant)
    }

    /// Takes everybody out.
    pub fn take(&mut self) -> impl Iterator<Item = Occupant> + use<> {
        std::mem::take(self).by_nick.into_values()
    }
}
