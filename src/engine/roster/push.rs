//! Roster pushes (RFC 6121 §2.1.6): what a change that is stored tells the owner's clients. Runs on the writer's thread,
//! in the order of the commits.

use std::sync::Arc;

use super::super::Engine;
use super::super::broadcast;
use super::super::registry::OnlineAccount;
use super::super::stanza::{IqType, Kind, Stanza};
use super::super::xml::{Element, ns};
use super::item;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::event::RosterCause;
use crate::domain::random::alphanumeric;
use crate::domain::roster::{RosterItem, RosterVersion, Subscription};

/// Letters and digits of the id of a push.
const ID: usize = 12;

/// A contact is new, or something about it is.
pub fn changed(engine: &Engine, owner: &AccountAddress, item: &RosterItem, version: RosterVersion, cause: RosterCause) {
    let Some(account) = engine.registry().account(&owner.to_address()) else {
        return;
    };
    let mut contacts = account.contacts();
    contacts.advance();
    send(engine, &account, item::element(item), Some(version), cause);
    broadcast::follow(engine, &account, &mut contacts, &item.contact, item.subscription);
}

/// A contact has gone.
pub fn removed(engine: &Engine, owner: &AccountAddress, contact: &Address, version: RosterVersion, cause: RosterCause) {
    let Some(account) = engine.registry().account(&owner.to_address()) else {
        return;
    };
    let mut contacts = account.contacts();
    contacts.advance();
    send(engine, &account, item::removal(contact), Some(version), cause);
    broadcast::follow(engine, &account, &mut contacts, contact, Subscription::None);
}

/// Sends a push to the clients that are to have it. While shared groups are being told of, clients learn no version:
/// they would believe that they have heard of those too.
pub fn send(
    engine: &Engine,
    account: &OnlineAccount,
    item: Element,
    version: Option<RosterVersion>,
    cause: RosterCause,
) {
    let version = version.filter(|_| !engine.shared().is_telling());
    let stanza = Arc::new(stanza(engine, item, version));
    for session in account.sessions() {
        if cause == RosterCause::Administration || session.state().interested {
            engine.deliver_to(&session, &stanza);
        }
    }
}

/// A push without an address.
pub fn stanza(engine: &Engine, item: Element, version: Option<RosterVersion>) -> Stanza {
    let query = Element::new("query", ns::ROSTER)
        .with_optional_attr("ver", version)
        .with_child(item);
    Stanza::new(Kind::Iq(IqType::Set))
        .with_id(alphanumeric(engine.random(), ID))
        .with_child(query)
}
