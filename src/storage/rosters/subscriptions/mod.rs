//! Presence subscriptions (RFC 6121 §3): what stanzas do to rosters, and the requests that wait for an answer. Between two
//! accounts of this service both rosters change in one job. The events come in the order in which clients are to hear of
//! them: a stanza before the contact that it changes, "subscribed" before the presence that it allows, and the last
//! presence before "unsubscribed".
//!
//! What a shared group gives is not negotiable: below it the stanzas change what is left when the group ends.

mod requests;

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Connection;

use super::{Contact, Kept, check_room, look, put};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address, FullAddress, Host};
use crate::domain::event::{Event, RosterCause};
use crate::domain::roster::RosterItem;
use crate::domain::subscription::{
    NewSubscription, Received, Sent, SubscriptionKind, SubscriptionLimits, SubscriptionState,
};
use crate::storage::writer::Transaction;
use crate::storage::{account_records, blocked};

pub use requests::{count_of as count_requests, list as list_requests};
pub(super) use requests::{exists as is_requested, remove as remove_request};
pub(in crate::storage) use requests::{remove_sender, rename_sender};

/// Does what a subscription stanza of a local account does, on both sides if the contact has an account here. Tells
/// whether the stanza goes to the contact, for whoever carries it to other places. `LimitReached` when the sender's
/// roster is full.
pub fn send(
    transaction: &mut Transaction<'_>,
    sender: &AccountAddress,
    new: &NewSubscription,
    limits: &SubscriptionLimits,
) -> Result<bool> {
    let own = sender.to_address();
    if new.contact == own {
        return Ok(false);
    }
    let side = Side::find(transaction, sender, &new.contact)?;
    let Sent { state, routed } = side.send(new.kind);
    if side.contact.kept.is_none() && needs_item(state) {
        check_room(transaction, sender, limits.contacts)?;
    }
    // Who denies a request is told of the contact, though it stays what it was (§3.2.2).
    let is_denial = new.kind == SubscriptionKind::Unsubscribed && side.state.requested;
    let changed = side.store(transaction, sender, state, is_denial)?;
    let is_approval = new.kind == SubscriptionKind::Subscribed;
    if !is_approval {
        tell(transaction, changed.as_ref());
    }
    // Of a request nobody is to learn; what ends a subscription ends it on both sides, without a word.
    if routed
        && !(new.blocked && new.kind == SubscriptionKind::Subscribe)
        && let Some(recipient) = find_account(transaction, &new.contact)?
    {
        let stanza = Stanza {
            sender: &own,
            kind: new.kind,
            text: Some(&new.stanza),
            at: new.at,
            silent: new.blocked,
        };
        let accepted = accept(transaction, &recipient, &stanza, limits)?;
        tell(transaction, accepted.stanza.as_ref());
        if let Some(kind) = accepted.answer {
            let answer = Stanza {
                sender: &new.contact,
                kind,
                text: None,
                at: new.at,
                silent: false,
            };
            let approved = accept(transaction, sender, &answer, limits)?;
            tell(transaction, approved.stanza.as_ref());
            tell(transaction, approved.contact.as_ref());
        }
        tell(transaction, accepted.contact.as_ref());
    }
    if is_approval {
        tell(transaction, changed.as_ref());
    }
    Ok(routed)
}

/// Does what a subscription stanza does that comes from elsewhere to a local account, and gives what the account's server
/// answers.
pub fn receive(
    transaction: &mut Transaction<'_>,
    recipient: &AccountAddress,
    sender: &Address,
    kind: SubscriptionKind,
    text: &Arc<str>,
    at: Timestamp,
    limits: &SubscriptionLimits,
) -> Result<Option<SubscriptionKind>> {
    let stanza = Stanza {
        sender,
        kind,
        text: Some(text),
        at,
        silent: false,
    };
    let accepted = accept(transaction, recipient, &stanza, limits)?;
    tell(transaction, accepted.stanza.as_ref());
    tell(transaction, accepted.contact.as_ref());
    Ok(accepted.answer)
}

/// One account asks to see the presence of another, which allows it before it is asked: neither has to answer.
pub(in crate::storage) fn request_approved(
    transaction: &mut Transaction<'_>,
    asking: &AccountAddress,
    asked: &AccountAddress,
    at: Timestamp,
    limits: &SubscriptionLimits,
) -> Result<()> {
    let approval = unwritten(transaction, SubscriptionKind::Subscribed, asked, asking, at)?;
    send(transaction, asked, &approval, limits)?;
    request(transaction, asking, asked, at, limits)
}

/// The service asks in the name of one account to see the presence of another.
pub(in crate::storage) fn request(
    transaction: &mut Transaction<'_>,
    asking: &AccountAddress,
    asked: &AccountAddress,
    at: Timestamp,
    limits: &SubscriptionLimits,
) -> Result<()> {
    let request = unwritten(transaction, SubscriptionKind::Subscribe, asking, asked, at)?;
    send(transaction, asking, &request, limits).map(drop)
}

/// A stanza between two accounts that no client has sent.
fn unwritten(
    connection: &Connection,
    kind: SubscriptionKind,
    sender: &AccountAddress,
    contact: &AccountAddress,
    at: Timestamp,
) -> Result<NewSubscription> {
    let sender = FullAddress::from(sender.to_address());
    Ok(NewSubscription {
        kind,
        contact: contact.to_address(),
        stanza: "".into(),
        blocked: blocked::is_blocked(connection, contact, &sender)?,
        at,
    })
}

/// Ends what was between the owner of a roster and a contact that it has just removed, and tells of the removal: before
/// the rest, so that the last presence comes before "unsubscribed" (§2.5.2, §3.2.2). Of what an administrator ends the
/// contact hears also where it knew nothing of that direction, and in the order in which an Openfire tells of it: of the
/// contact before the stanza, and of the removal at the end.
pub(super) fn end(
    transaction: &mut Transaction<'_>,
    owner: &AccountAddress,
    removed: &RosterItem,
    cause: RosterCause,
    removal: Event,
) -> Result<()> {
    let is_administration = cause == RosterCause::Administration;
    let was_requested = requests::exists(transaction, owner, &removed.contact)?;
    requests::remove(transaction, owner, &removed.contact)?;
    let mut endings = Vec::new();
    if let Some(recipient) = find_account(transaction, &removed.contact)? {
        let own = owner.to_address();
        let silent = blocked::is_blocked(transaction, &recipient, &FullAddress::from(own.clone()))?;
        let sees = removed.asked || removed.subscription.sees_contact();
        let is_seen = was_requested || removed.subscription.is_seen_by_contact();
        for (kind, happens) in [
            (SubscriptionKind::Unsubscribe, sees),
            (SubscriptionKind::Unsubscribed, is_seen),
        ] {
            if happens {
                let stanza = Stanza {
                    sender: &own,
                    kind,
                    text: None,
                    at: Timestamp::UNIX_EPOCH,
                    silent,
                };
                let mut accepted = accept(transaction, &recipient, &stanza, &NO_REQUESTS)?;
                if let Some(Event::RosterItemChanged { cause: told_for, .. }) = &mut accepted.contact {
                    *told_for = cause;
                }
                let is_told = is_administration && !silent;
                let told = accepted.stanza.or_else(|| is_told.then(|| stanza.event(&recipient)));
                endings.extend(if is_administration {
                    [accepted.contact, told]
                } else {
                    [told, accepted.contact]
                });
            }
        }
    }
    if is_administration {
        endings.push(Some(removal));
    } else {
        endings.insert(0, Some(removal));
    }
    for event in &endings {
        tell(transaction, event.as_ref());
    }
    Ok(())
}

/// For stanzas that request nothing.
const NO_REQUESTS: SubscriptionLimits = SubscriptionLimits {
    contacts: 0,
    requests: 0,
    repetition: jiff::SignedDuration::ZERO,
};

/// A stanza that comes to an account.
struct Stanza<'stanza> {
    sender: &'stanza Address,
    kind: SubscriptionKind,
    /// `None`: the service speaks for the sender.
    text: Option<&'stanza Arc<str>>,
    at: Timestamp,
    /// The account's clients do not hear of it.
    silent: bool,
}

impl Stanza<'_> {
    fn event(&self, recipient: &AccountAddress) -> Event {
        Event::SubscriptionStanza {
            recipient: recipient.clone(),
            sender: self.sender.clone(),
            kind: self.kind,
            stanza: self.text.map(Arc::clone),
        }
    }
}

/// What one side knows of the other.
struct Side {
    contact: Contact,
    state: SubscriptionState,
    /// A shared group gives both directions.
    is_shared: bool,
}

impl Side {
    fn find(connection: &Connection, owner: &AccountAddress, contact: &Address) -> Result<Self> {
        let contact = look(connection, owner, contact)?;
        let personal = contact.kept.clone().unwrap_or_default();
        Ok(Self {
            state: SubscriptionState {
                subscription: personal.subscription,
                asked: personal.asked,
                requested: requests::exists(connection, owner, &contact.address)?,
                approved: personal.approved,
            },
            is_shared: !personal.overrides && contact.item().is_some() && !contact.shared_groups.is_empty(),
            contact,
        })
    }

    fn send(&self, kind: SubscriptionKind) -> Sent {
        let (state, is_shared) = (self.state, self.is_shared);
        match kind {
            SubscriptionKind::Subscribe if is_shared => Sent { state, routed: true },
            SubscriptionKind::Subscribed if is_shared && !state.requested => Sent { state, routed: false },
            _ => state.send(kind),
        }
    }

    fn receive(&self, kind: SubscriptionKind) -> Received {
        if self.is_shared && kind == SubscriptionKind::Subscribe {
            return Received {
                state: self.state,
                delivered: false,
                answer: Some(SubscriptionKind::Subscribed),
            };
        }
        self.state.receive(kind)
    }

    /// Stores a new state, but for a new request, and gives the event that tells of a change of the roster; with
    /// `is_told_anyway` also of a contact that does not change.
    fn store(
        self,
        transaction: &Transaction<'_>,
        owner: &AccountAddress,
        state: SubscriptionState,
        is_told_anyway: bool,
    ) -> Result<Option<Event>> {
        if self.state.requested && !state.requested {
            requests::remove(transaction, owner, &self.contact.address)?;
        }
        let before = SubscriptionState {
            requested: state.requested,
            ..self.state
        };
        if state == before && !(is_told_anyway && self.contact.kept.is_some()) {
            return Ok(None);
        }
        let kept = Kept {
            subscription: state.subscription,
            asked: state.asked,
            approved: state.approved,
            ..self.contact.kept.clone().unwrap_or_default()
        };
        put(transaction, owner, self.contact, kept, RosterCause::Client).map(Some)
    }
}

/// Whether a state must stand in the roster: a request that was not answered does not (RFC 6121 §2.1).
fn needs_item(state: SubscriptionState) -> bool {
    let unseen = SubscriptionState {
        requested: state.requested,
        ..SubscriptionState::default()
    };
    state != unseen
}

/// What follows from a stanza that comes to an account.
#[derive(Default)]
struct Accepted {
    /// What the server answers in the account's name.
    answer: Option<SubscriptionKind>,
    /// Tells the account's clients of the stanza.
    stanza: Option<Event>,
    /// Tells them of the contact, if it is not what it was.
    contact: Option<Event>,
}

/// Stores what a stanza does to its recipient.
fn accept(
    transaction: &mut Transaction<'_>,
    recipient: &AccountAddress,
    stanza: &Stanza<'_>,
    limits: &SubscriptionLimits,
) -> Result<Accepted> {
    let side = Side::find(transaction, recipient, stanza.sender)?;
    let received = side.receive(stanza.kind);
    let is_new_request = received.delivered && stanza.kind == SubscriptionKind::Subscribe;
    if is_new_request {
        let text = stanza.text.map(|text| &**text).unwrap_or_default();
        if !requests::keep(transaction, recipient, stanza.sender, text, stanza.at, limits)? {
            return Ok(Accepted::default());
        }
    }
    let is_heard = received.delivered && !stanza.silent;
    Ok(Accepted {
        answer: received.answer,
        stanza: is_heard.then(|| stanza.event(recipient)),
        contact: side.store(transaction, recipient, received.state, false)?,
    })
}

/// The account at an address, if there is one here.
fn find_account(connection: &Connection, address: &Address) -> Result<Option<AccountAddress>> {
    let Some(account) = address.account_on(&Host::from_stored(address.host())) else {
        return Ok(None);
    };
    Ok(account_records::exists(connection, &account)?.then_some(account))
}

fn tell(transaction: &mut Transaction<'_>, event: Option<&Event>) {
    if let Some(event) = event {
        transaction.emit(event.clone());
    }
}

#[cfg(test)]
mod tests;
