//! What blocking does to presence (XEP-0191 §3.3, §3.4): who is blocked sees the account go, who is not blocked any more
//! sees it come, and the account sees him again.

use std::sync::Arc;

use super::super::Engine;
use super::super::block_lists::covers;
use super::super::broadcast;
use super::super::registry::contacts::{Contact, Contacts};
use super::super::session::Session;
use super::super::stanza::{Kind, PresenceType, Stanza};
use super::{directed, probe};
use crate::domain::address::{AccountAddress, FullAddress};

/// Tells the contacts that the account is about to block that its sessions are gone.
pub fn hide(engine: &Engine, owner: &AccountAddress, addresses: &[FullAddress]) {
    tell(engine, owner, addresses, false);
    let Some(account) = engine.registry().account(&owner.to_address()) else {
        return;
    };
    let contacts = account.contacts();
    for session in account.sessions() {
        let told = forget_directed(&session, addresses);
        let gone = Stanza::new(Kind::Presence(PresenceType::Unavailable)).with_from(session.address().clone());
        let gone = Arc::new(gone);
        for to in told {
            let has_heard = session.is_available() && contacts.may_see(&to.bare, account.address());
            if !has_heard {
                directed::route(engine, &gone, &to);
            }
        }
    }
}

/// To whom of those that are about to be blocked a session sent directed presence.
fn forget_directed(session: &Session, addresses: &[FullAddress]) -> Vec<FullAddress> {
    let mut state = session.state();
    let is_meant = |to: &mut FullAddress| addresses.iter().any(|blocked| covers(blocked, to));
    state.directed.extract_if(.., is_meant).collect()
}

/// Tells the contacts that the account has just ceased to block of its sessions, and those of the contacts.
pub fn show(engine: &Engine, owner: &AccountAddress, addresses: &[FullAddress]) {
    tell(engine, owner, addresses, true);
    let Some(account) = engine.registry().account(&owner.to_address()) else {
        return;
    };
    let seen = {
        let contacts = account.contacts();
        let is_seen = |contact: &Contact| contact.subscription.sees_contact();
        let mut seen = covered(&contacts, addresses, is_seen);
        seen.extend(resources(&contacts, addresses, is_seen).into_iter().map(Arc::new));
        seen
    };
    if seen.is_empty() {
        return;
    }
    for session in account.sessions() {
        if session.is_available() {
            let (engine, seen) = (engine.clone(), seen.clone());
            engine
                .clone()
                .spawn(async move { probe::ask(&engine, &session, seen).await });
        }
    }
}

fn tell(engine: &Engine, owner: &AccountAddress, addresses: &[FullAddress], is_seen: bool) {
    let Some(account) = engine.registry().account(&owner.to_address()) else {
        return;
    };
    let contacts = account.contacts();
    let seeing = covered(&contacts, addresses, |contact| {
        contact.subscription.is_seen_by_contact()
    });
    for presence in broadcast::presences(&account, is_seen) {
        for contact in &seeing {
            broadcast::to_contact(engine, contact, &presence);
        }
        for resource in resources(&contacts, addresses, |contact| {
            contact.subscription.is_seen_by_contact()
        }) {
            directed::route(engine, &presence, &resource);
        }
    }
}

/// Those of the addresses that are single resources of contacts.
fn resources(contacts: &Contacts, addresses: &[FullAddress], is_meant: impl Fn(&Contact) -> bool) -> Vec<FullAddress> {
    let all = contacts.all();
    let is_of_contact = |address: &&FullAddress| {
        let mut meant = all.iter().filter(|contact| is_meant(contact));
        address.resource.is_some() && meant.any(|contact| contact.address.bare == address.bare)
    };
    addresses.iter().filter(is_of_contact).cloned().collect()
}

fn covered(
    contacts: &Contacts,
    addresses: &[FullAddress],
    is_meant: impl Fn(&Contact) -> bool,
) -> Vec<Arc<FullAddress>> {
    let all = contacts.all();
    let meant = all.iter().filter(|contact| is_meant(contact));
    meant
        .map(|contact| &contact.address)
        .filter(|contact| addresses.iter().any(|blocked| covers(blocked, contact)))
        .map(Arc::clone)
        .collect()
}
