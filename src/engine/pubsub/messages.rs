//! Messages of a place to one person, about a subscription or an affiliation. They wait for those who are away, and are in
//! no archive (XEP-0334).

use rusqlite::Connection;

use super::Call;
use super::error::Refusal;
use super::event::Event;
use crate::domain::Result as Stored;
use crate::domain::address::FullAddress;
use crate::domain::pubsub::{Node, NodeAffiliation, NodeSubscription, NodeSubscriptionState};
use crate::domain::random::alphanumeric;
use crate::engine::stanza::{Kind, MessageType, Stanza};
use crate::engine::xml::{Element, ns};
use crate::storage::pubsub::affiliations;
use crate::storage::{Transaction, blocked};

/// Letters and digits of the id of a message.
const MESSAGE_ID: usize = 24;

/// Sends somebody a message once the change is on disk, unless he has blocked whose change it is.
pub fn send(call: &Call, transaction: &mut Transaction<'_>, to: FullAddress, content: Element) {
    if blocks_caller(call, transaction, &to).unwrap_or(true) {
        return;
    }
    let (engine, from) = (call.engine.clone(), call.place.address.clone());
    let id = alphanumeric(engine.random(), MESSAGE_ID);
    transaction.after_commit(move || {
        let message = Stanza::new(Kind::Message(MessageType::Normal))
            .with_id(id)
            .with_from(from.into())
            .with_to(to)
            .with_child(content)
            .with_child(Element::new("store", ns::HINTS))
            .with_child(Element::new("no-permanent-store", ns::HINTS));
        engine.spawn(engine.receive(message));
    });
}

/// Whether somebody has blocked the caller, who does not reach him through a place either (XEP-0191 §3.3).
pub fn blocks_caller(call: &Call, connection: &Connection, who: &FullAddress) -> Stored<bool> {
    match call.engine.account_at(&who.bare) {
        Some(account) if who.bare != *call.who() => blocked::is_blocked(connection, &account, &call.requester),
        _ => Ok(false),
    }
}

pub fn send_to_owners(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    content: &Element,
) -> Result<(), Refusal> {
    for (affiliated, affiliation) in affiliations::list(transaction, node)? {
        if affiliation == NodeAffiliation::Owner {
            send(call, transaction, affiliated.into(), content.clone());
        }
    }
    Ok(())
}

/// Tells a subscriber what has become of a subscription (§8.6, §12.14). `None`: there is none any more.
pub fn tell_subscriber(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    subscription: &NodeSubscription,
    state: Option<NodeSubscriptionState>,
) {
    let event = Event::Subscription {
        subscriber: subscription.subscriber.clone(),
        state,
        id: Some(subscription.id.clone()),
    };
    let event = event.into_element(&node.address.name);
    send(call, transaction, subscription.subscriber.clone(), event);
}

/// Tells the owners of a node that wants that of a subscriber who came or went.
pub fn tell_owners(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    subscription: &NodeSubscription,
    state: Option<NodeSubscriptionState>,
) -> Result<(), Refusal> {
    if !node.config.notifies_subscriptions {
        return Ok(());
    }
    let event = Event::Subscription {
        subscriber: subscription.subscriber.clone(),
        state,
        id: None,
    };
    send_to_owners(call, transaction, node, &event.into_element(&node.address.name))
}
