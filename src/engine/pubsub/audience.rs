//! Who has to do with a node, read once: for every notice it is asked again who may have it.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::place::{Place, is_seen_by};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::pubsub::{AccessModel, Node, NodeAffiliation, NodeSubscription, NodeSubscriptionState, Standing};
use crate::domain::roster::RosterItem;
use crate::engine::Engine;
use crate::storage::pubsub::{affiliations, subscriptions};
use crate::storage::{presence_contacts, rosters};

/// What somebody is to a node.
pub fn standing(engine: &Engine, connection: &Connection, node: &Node, who: &Address) -> Result<Standing> {
    let own = subscriptions::list_of(connection, node, who)?;
    let mut standing = Standing {
        affiliation: affiliations::find(connection, node, who)?,
        is_subscribed: own.iter().any(|one| one.state == NodeSubscriptionState::Subscribed),
        ..Standing::default()
    };
    match node.config.access {
        AccessModel::Presence => {
            for owner in owners(engine, connection, node)? {
                standing.sees_owner |= is_seen_by(connection, &owner, who)?;
            }
        }
        AccessModel::Roster => {
            for owner in owners(engine, connection, node)? {
                let item = rosters::find(connection, &owner, who)?;
                standing.is_in_group |= item.is_some_and(|item| is_in_one(&item, &node.config.roster_groups));
            }
        }
        AccessModel::Open | AccessModel::Authorize | AccessModel::Whitelist => {}
    }
    Ok(standing)
}

/// The groups of a contact that are among the allowed ones.
pub fn allowed_groups<'item>(item: &'item RosterItem, allowed: &[String]) -> impl Iterator<Item = &'item String> {
    let all = item.groups.iter().chain(&item.shared_groups);
    all.filter(|group| allowed.contains(group))
}

/// Whether a contact is in one of the allowed groups, made by the owner or shared.
fn is_in_one(item: &RosterItem, allowed: &[String]) -> bool {
    allowed_groups(item, allowed).next().is_some()
}

/// The owners that have accounts here.
fn owners(engine: &Engine, connection: &Connection, node: &Node) -> Result<Vec<AccountAddress>> {
    let affiliated = affiliations::list(connection, node)?;
    let owners = affiliated
        .into_iter()
        .filter(|(_, affiliation)| *affiliation == NodeAffiliation::Owner);
    Ok(owners.filter_map(|(owner, _)| engine.account_at(&owner)).collect())
}

#[derive(Debug)]
pub struct Audience {
    affiliations: BTreeMap<Address, NodeAffiliation>,
    pub subscriptions: Vec<NodeSubscription>,
    access: AccessModel,
    /// Those who see an owner.
    pub seeing: BTreeSet<Address>,
    /// Hosts on which everybody sees an owner.
    pub seeing_hosts: BTreeSet<Box<str>>,
    /// Those in the groups that are allowed.
    grouped: BTreeSet<Address>,
    /// Those with a subscription that an owner has approved.
    approved: BTreeSet<Address>,
    /// Those who are not meant, because they could read the node before.
    before: Option<Box<Audience>>,
}

impl Audience {
    pub fn load(engine: &Engine, connection: &Connection, place: &Place, node: &Node) -> Result<Self> {
        let access = node.config.access;
        let mut audience = Self {
            affiliations: affiliations::list(connection, node)?.into_iter().collect(),
            subscriptions: subscriptions::list(connection, node)?,
            access,
            seeing: BTreeSet::new(),
            seeing_hosts: BTreeSet::new(),
            grouped: BTreeSet::new(),
            approved: BTreeSet::new(),
            before: None,
        };
        if access == AccessModel::Authorize {
            let approved = audience
                .subscriptions
                .iter()
                .filter(|one| one.state == NodeSubscriptionState::Subscribed);
            audience.approved = approved.map(|one| one.subscriber.bare.clone()).collect();
        }
        let owners: Vec<AccountAddress> = audience.owners().filter_map(|owner| engine.account_at(owner)).collect();
        for owner in owners {
            if access == AccessModel::Presence || place.account.as_ref() == Some(&owner) {
                audience.note_contacts(engine, connection, &owner)?;
            }
            if access == AccessModel::Roster {
                audience.note_groups(connection, &owner, &node.config.roster_groups)?;
            }
        }
        Ok(audience)
    }

    /// Those who could not read the node `before`.
    #[must_use]
    pub fn newly(mut self, before: Self) -> Self {
        self.before = Some(Box::new(before));
        self
    }

    /// Of an owner who is online they are in memory; before somebody is told of anything he is asked for there again.
    fn note_contacts(&mut self, engine: &Engine, connection: &Connection, owner: &AccountAddress) -> Result<()> {
        if let Some(online) = engine.registry().account(&owner.to_address()) {
            let contacts = online.contacts();
            if contacts.are_loaded() {
                let all = contacts.all();
                let seeing = all.iter().filter(|contact| contact.subscription.is_seen_by_contact());
                self.seeing.extend(seeing.map(|contact| contact.address.bare.clone()));
                if contacts.is_seen_by_host() {
                    self.seeing_hosts.insert(owner.host().as_str().into());
                }
                return Ok(());
            }
        }
        let found = presence_contacts::find(connection, owner)?;
        let seeing = found.contacts.into_iter().filter(|contact| contact.is_seen);
        self.seeing.extend(seeing.map(|contact| contact.address));
        if found.is_seen_by_host {
            self.seeing_hosts.insert(owner.host().as_str().into());
        }
        Ok(())
    }

    fn note_groups(&mut self, connection: &Connection, owner: &AccountAddress, allowed: &[String]) -> Result<()> {
        for item in rosters::list_all(connection, owner)? {
            if is_in_one(&item, allowed) {
                self.grouped.insert(item.contact);
            }
        }
        Ok(())
    }

    pub fn owners(&self) -> impl Iterator<Item = &Address> {
        let all = self.affiliations.iter();
        all.filter(|(_, affiliation)| **affiliation == NodeAffiliation::Owner)
            .map(|(owner, _)| owner)
    }

    /// Whether everybody may, who is no outcast.
    pub fn is_open(&self) -> bool {
        self.access == AccessModel::Open
    }

    /// Whether somebody may have what is published now.
    pub fn may_read(&self, who: &Address) -> bool {
        let standing = Standing {
            affiliation: self.affiliations.get(who).copied().unwrap_or_default(),
            is_subscribed: self.approved.contains(who),
            sees_owner: self.sees_owner(who),
            is_in_group: self.grouped.contains(who),
        };
        let could_read = self.before.as_ref().is_some_and(|before| before.may_read(who));
        !could_read && standing.may_read(self.access).is_ok()
    }

    fn sees_owner(&self, who: &Address) -> bool {
        self.seeing.contains(who) || who.localpart().is_some() && self.seeing_hosts.contains(who.host())
    }
}
