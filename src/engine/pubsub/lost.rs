//! Subscriptions that end by themselves: of those who have lost what let them subscribe, the sight of an owner or a group
//! of his roster (XEP-0163 §7.1, XEP-0060 §12.14), which they are told, and of those who send notices back (§12.4).

use futures::future::BoxFuture;

use super::approval::approve;
use super::audience::{Audience, standing};
use super::error::Refusal;
use super::messages::{tell_owners, tell_subscriber};
use super::notice::node_of;
use super::{Call, Place};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::pubsub::{AccessModel, Closed, Node, NodeSubscription, NodeSubscriptionState};
use crate::engine::Engine;
use crate::engine::stanza::{Kind, MessageType, Stanza};
use crate::engine::xml::ns;
use crate::storage::Transaction;
use crate::storage::pubsub::{nodes, subscriptions};

/// Looks after the subscriptions of a contact to what an account owns, wherever it is.
pub async fn cancel_lost(engine: Engine, owner: AccountAddress, contact: Address) {
    let (of, to) = (contact.clone(), owner.clone());
    let found = engine
        .store()
        .read(move |connection| nodes::list_subscribed_of_owner(connection, &of, &to))
        .await;
    if let Err(error) = cancel(&engine, found, &contact).await {
        tracing::warn!(%owner, ?error, "subscriptions to nodes could not be looked after");
    }
}

async fn cancel(engine: &Engine, found: Result<Vec<Node>>, contact: &Address) -> Result<(), Refusal> {
    for node in found? {
        cancel_at(engine, node, contact).await?;
    }
    Ok(())
}

/// Looks after the subscriptions of somebody to a node.
pub async fn cancel_at(engine: &Engine, node: Node, subscriber: &Address) -> Result<(), Refusal> {
    if !matches!(node.config.access, AccessModel::Presence | AccessModel::Roster) {
        return Ok(());
    }
    let call = Call {
        engine: engine.clone(),
        place: engine.place_at(&node.address.service),
        requester: subscriber.clone().into(),
    };
    let followed = call.change(move |call, transaction| follow_access_of(call, transaction, &node, call.who()));
    Ok(followed.await?)
}

/// Somebody may read a node now, or may not any more: what waited is approved, and what was approved ends. The node is as
/// it was a moment ago; whether it may be read is decided now.
pub fn follow_access_of(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    who: &Address,
) -> Result<(), Refusal> {
    let may_read = standing(&call.engine, transaction, node, who)?.may_read(node.config.access);
    for one in subscriptions::list_of(transaction, node, who)? {
        match (one.state, may_read) {
            // §8.7.5
            (NodeSubscriptionState::Pending, Ok(())) => approve(call, transaction, node, one)?,
            (NodeSubscriptionState::Subscribed, Err(_)) | (_, Err(Closed::Barred)) => {
                end(call, transaction, node, &one)?;
            }
            (NodeSubscriptionState::Subscribed, Ok(())) | (NodeSubscriptionState::Pending, Err(_)) => {}
        }
    }
    Ok(())
}

/// The same with everybody who is subscribed to a node that is configured anew.
pub fn follow_access(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    now: &Audience,
) -> Result<(), Refusal> {
    for one in &now.subscriptions {
        match (one.state, now.may_read(&one.subscriber.bare)) {
            (NodeSubscriptionState::Pending, true) => approve(call, transaction, node, one.clone())?,
            (NodeSubscriptionState::Subscribed, false) => end(call, transaction, node, one)?,
            (NodeSubscriptionState::Subscribed, true) | (NodeSubscriptionState::Pending, false) => {}
        }
    }
    Ok(())
}

fn end(call: &Call, transaction: &mut Transaction<'_>, node: &Node, lost: &NodeSubscription) -> Result<(), Refusal> {
    subscriptions::remove(transaction, node, &lost.id)?;
    tell_subscriber(call, transaction, node, lost, None);
    tell_owners(call, transaction, node, lost, None)
}

/// Takes a notice of an account that a subscriber sends back. `None`: the message is something else.
pub fn take_back_of_account(
    engine: &Engine,
    account: &AccountAddress,
    message: &Stanza,
) -> Option<BoxFuture<'static, ()>> {
    let is_notice = message.kind == Kind::Message(MessageType::Error)
        && message.to.as_ref().is_some_and(|to| to.resource.is_none())
        && message.id.as_deref().and_then(node_of).is_some();
    if !is_notice {
        return None;
    }
    let (engine, place) = (engine.clone(), Place::of_account(account));
    let message = Stanza::to_owned(message);
    Some(Box::pin(async move { take_back(&engine, place, &message).await }))
}

/// Takes a notice of a service that a subscriber sends back. Who never wants any is not subscribed any more.
pub async fn take_back(engine: &Engine, place: Place, notice: &Stanza) {
    let row = notice.id.as_deref().and_then(node_of);
    let (Some(row), Some(requester), true) = (row, notice.from.clone(), is_final(notice)) else {
        return;
    };
    let call = Call {
        engine: engine.clone(),
        place,
        requester,
    };
    let ended = call.change(move |call, transaction| {
        let Some(node) = nodes::find_row(transaction, row)?.filter(|node| node.address.service == call.place.address)
        else {
            return Ok(());
        };
        for one in subscriptions::list_of(transaction, &node, call.who())? {
            if one.subscriber.resource.is_none() || one.subscriber == call.requester {
                subscriptions::remove(transaction, &node, &one.id)?;
            }
        }
        Ok(())
    });
    if let Err(error) = ended.await {
        tracing::warn!(?error, "a subscription stays, although its subscriber wants no notices");
    }
}

fn is_final(notice: &Stanza) -> bool {
    let error = notice.child("error", ns::JABBER_CLIENT);
    error.is_some_and(|error| error.attr("type") == Some("cancel") || error.has_child("gone", ns::STANZA_ERRORS))
}
