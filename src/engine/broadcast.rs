//! Who hears of a presence that is sent to nobody in particular (RFC 6121 §4.2.2, §4.4.2, §4.5.2). Every function here
//! wants the contacts of the account that is told of to be locked.

use std::sync::Arc;

use super::Engine;
use super::blocking;
use super::registry::OnlineAccount;
use super::registry::contacts::Contacts;
use super::session::{Delivery, Session};
use super::stanza::{Kind, PresenceType, Stanza};
use crate::domain::address::{Address, FullAddress};
use crate::domain::roster::Subscription;

/// Tells everybody who may see the account.
pub fn to_contacts(engine: &Engine, account: &OnlineAccount, contacts: &Contacts, stanza: &Arc<Stanza>) {
    for contact in contacts.all().iter() {
        if contact.subscription.is_seen_by_contact() {
            to_contact(engine, &contact.address, stanza);
        }
    }
    if contacts.is_seen_by_host() {
        to_host(engine, account, contacts, stanza);
    }
}

/// Tells those on the account's host who see it only because everybody there does.
fn to_host(engine: &Engine, account: &OnlineAccount, contacts: &Contacts, stanza: &Arc<Stanza>) {
    let Some(host) = engine.router().host(account.address().host()) else {
        return;
    };
    for other in engine.registry().accounts(host) {
        let address = other.address();
        if address != account.address() && !contacts.subscription(address).is_seen_by_contact() {
            to_contact(engine, &Arc::new(address.clone().into()), stanza);
        }
    }
}

/// Tells the available resources of the account itself.
pub fn to_own(engine: &Engine, account: &OnlineAccount, stanza: &Arc<Stanza>) {
    let to: Arc<FullAddress> = Arc::new(account.address().clone().into());
    give(engine, account, &to, stanza);
}

/// Tells the available resources of a local account, but for those that are blocked by themselves; where the contact is
/// elsewhere, nobody.
pub fn to_contact(engine: &Engine, contact: &Arc<FullAddress>, stanza: &Arc<Stanza>) {
    let Some(recipient) = engine.registry().account(&contact.bare) else {
        return;
    };
    let from = stanza.from.as_ref();
    let is_kept_from = |from: &FullAddress| {
        engine.router().are_apart(from.bare.host(), contact.bare.host())
            || blocking::is_blocked_between(engine, from, contact)
    };
    if from.is_some_and(is_kept_from) {
        return;
    }
    give(engine, &recipient, contact, stanza);
}

fn give(engine: &Engine, recipient: &OnlineAccount, to: &Arc<FullAddress>, stanza: &Arc<Stanza>) {
    for session in recipient.sessions() {
        let from = stanza.from.as_ref();
        let is_blocked = || from.is_some_and(|from| blocking::blocks(engine, &from.bare, Some(session.address())));
        if session.is_available() && !is_blocked() {
            engine.deliver(&session, Delivery::shared(Arc::clone(stanza), Arc::clone(to)));
        }
    }
}

/// Notes the subscription that an account has with a contact from now on. A contact that may see the account from now on
/// is told of its sessions, and one that may not any more that they are gone (§3.1.5, §3.2.2).
pub fn follow(
    engine: &Engine,
    account: &OnlineAccount,
    contacts: &mut Contacts,
    contact: &Address,
    subscription: Subscription,
) {
    let before = contacts.set(contact, subscription).is_seen_by_contact();
    let now = subscription.is_seen_by_contact();
    if before == now || !contacts.are_loaded() {
        return;
    }
    if contacts.may_see(contact, account.address()) != now {
        return;
    }
    let to: Arc<FullAddress> = Arc::new(contact.clone().into());
    for presence in presences(account, now) {
        to_contact(engine, &to, &presence);
    }
}

/// Notes whether everybody on the host sees an account, and tells those to whom that is new.
pub fn follow_host(engine: &Engine, account: &OnlineAccount, contacts: &mut Contacts, is_seen: bool) {
    if !contacts.are_loaded() || !contacts.set_seen_by_host(is_seen) {
        return;
    }
    for presence in presences(account, is_seen) {
        to_host(engine, account, contacts, &presence);
    }
}

/// The presences of the account's available sessions, or that they are gone.
pub fn presences(account: &OnlineAccount, is_seen: bool) -> Vec<Arc<Stanza>> {
    let mut presences = Vec::new();
    for session in account.sessions() {
        let Some(presence) = session.state().presence.clone() else {
            continue;
        };
        if is_seen {
            presences.push(presence);
        } else {
            let gone = Stanza::new(Kind::Presence(PresenceType::Unavailable));
            presences.push(Arc::new(gone.with_from(session.address().clone())));
        }
    }
    presences
}

/// Changes what a session has said of itself, and tells everybody who may know.
pub fn restate(engine: &Engine, session: &Arc<Session>, change: impl FnOnce(&mut Stanza)) {
    let Some(account) = engine.registry().account(&session.address().bare) else {
        return;
    };
    let contacts = account.contacts();
    let Some(said) = session.state().presence.clone() else {
        return;
    };
    let mut stanza = Stanza::to_owned(&said);
    change(&mut stanza);
    let stanza = Arc::new(stanza);
    session.state().presence = Some(Arc::clone(&stanza));
    to_contacts(engine, &account, &contacts, &stanza);
    to_own(engine, &account, &stanza);
}
