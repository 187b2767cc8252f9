//! What changes of the stored state mean for those who are connected.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::pubsub::Newcomer;
use super::roster::waiting::Change;
use super::session::Ending;
use super::stream_error::StreamError;
use super::{Engine, announcements, iq, muc, presence, pubsub, roster};
use crate::domain::address::{AccountAddress, FullAddress};
use crate::domain::event::{Event, RosterCause};
use crate::domain::roster::{RosterItem, Subscription};

impl Engine {
    /// What a committed change means for those who are connected. Runs on the writer's thread.
    pub(super) fn hear(&self, event: &Event) {
        muc::hear(self, event);
        match event {
            Event::AccountRemoved(account)
            | Event::AccountLocked(account)
            | Event::AccountRenamed { from: account, .. } => {
                for session in self.registry().sessions(&account.to_address()) {
                    self.end(&session, Ending::Error(StreamError::NotAuthorized));
                }
            }
            Event::AddressesBlocked { owner, addresses } => self.hear_of_blocked(owner, addresses),
            Event::AddressesUnblocked { owner, addresses, all } => self.hear_of_unblocked(owner, addresses, *all),
            Event::VCardChanged(owner) => self.spawn(pubsub::follow_vcard(self.clone(), owner.clone())),
            Event::RosterItemChanged {
                owner,
                item,
                before,
                joined,
                has_left,
                version,
                cause,
            } => {
                roster::changed(self, owner, item, *version, *cause);
                self.let_into_nodes(owner, item, *before, joined);
                let has_lost_sight = before.is_seen_by_contact() && !item.subscription.is_seen_by_contact();
                if has_lost_sight || *has_left {
                    self.spawn(pubsub::cancel_lost(self.clone(), owner.clone(), item.contact.clone()));
                }
            }
            Event::RosterItemRemoved {
                owner,
                contact,
                subscription,
                version,
                cause,
            } => {
                roster::removed(self, owner, contact, *version, *cause);
                if subscription.is_seen_by_contact() || *cause == RosterCause::Client {
                    self.spawn(pubsub::cancel_lost(self.clone(), owner.clone(), contact.clone()));
                }
            }
            Event::SubscriptionStanza {
                recipient,
                sender,
                kind,
                stanza,
            } => presence::subscription::deliver(self, recipient, sender, *kind, stanza.as_deref()),
            Event::GroupChanged { host, name, .. } | Event::GroupRemoved { host, name, .. } => {
                let change = Change::of(event);
                let lost = change.losers();
                if !lost.is_empty() {
                    self.spawn(pubsub::cancel_lost_of_group(self.clone(), lost));
                }
                roster::note_group(self, host, name, change);
            }
            Event::AccountCreated(account) => {
                roster::note_account(self, account);
                announcements::welcome(self, account);
            }
            Event::AccountNamed(account) => roster::note_account(self, account),
            Event::StandingMessageSet {
                host,
                occasion,
                message,
            } => announcements::set(self, host, *occasion, message),
            Event::StandingMessageEdited { host, occasion, body } => {
                self.standing_messages().edit(host, *occasion, body);
            }
            Event::StandingMessageRemoved { host, occasion } => self.standing_messages().remove(host, *occasion),
            Event::ServiceAddressesChanged { list, addresses } => {
                self.service_lists().set(*list, Arc::clone(addresses));
            }
            _ => {}
        }
    }
    fn hear_of_blocked(&self, owner: &AccountAddress, addresses: &[FullAddress]) {
        presence::hide(self, owner, addresses);
        let added = addresses.iter().cloned();
        self.block_lists()
            .change(&owner.to_address(), |list| list.extend(added));
        if !addresses.is_empty() {
            iq::blocking::push(self, owner, "block", addresses);
        }
    }

    fn hear_of_unblocked(&self, owner: &AccountAddress, addresses: &[FullAddress], all: bool) {
        self.block_lists().change(&owner.to_address(), |list| {
            list.retain(|blocked| !addresses.contains(blocked));
        });
        if all || !addresses.is_empty() {
            iq::blocking::push(self, owner, "unblock", if all { &[] } else { addresses });
        }
        presence::show(self, owner, addresses);
    }

    /// Who sees the owner only now, or is in more of his groups than before, gets the last items of nodes.
    fn let_into_nodes(&self, owner: &AccountAddress, item: &RosterItem, before: Subscription, joined: &[String]) {
        if item.subscription.is_seen_by_contact() && !before.is_seen_by_contact() {
            self.spawn(pubsub::send_last_of(self.clone(), owner.clone(), item.contact.clone()));
        } else if !joined.is_empty() && self.registry().account(&item.contact).is_some() {
            let newcomer = Newcomer {
                address: item.contact.clone(),
                sees_only_now: BTreeSet::new(),
                owners: vec![owner.to_address()],
                groups: joined.to_vec(),
            };
            self.spawn(pubsub::send_last_of_groups(self.clone(), newcomer));
        }
    }
}
