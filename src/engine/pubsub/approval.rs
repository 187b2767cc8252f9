//! Subscriptions that an owner has to approve (XEP-0060 §8.6, §8.7).

use super::Call;
use super::error::Refusal;
use super::forms;
use super::last::send_last_to;
use super::messages::{send_to_owners, tell_owners, tell_subscriber};
use crate::domain::pubsub::{Node, NodeSubscription, NodeSubscriptionState};
use crate::engine::stanza::StanzaError;
use crate::engine::xml::Element;
use crate::storage::Transaction;
use crate::storage::pubsub::subscriptions;

/// Asks the owners of a node about somebody who wants to subscribe.
pub fn ask_owners(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    pending: &NodeSubscription,
) -> Result<(), Refusal> {
    let form = forms::authorization(&node.address.name, pending);
    send_to_owners(call, transaction, node, &form)
}

/// Takes the answer of an owner.
pub async fn authorize(call: Call, form: &Element) -> Result<(), StanzaError> {
    let Some(decided) = forms::authorized(form) else {
        return Ok(());
    };
    call.change(move |call, transaction| {
        let node = call.own_node(transaction, Some(&decided.node))?;
        let mut pending = subscriptions::list_of(transaction, &node, &decided.subscriber.bare)?;
        pending.retain(|one| {
            one.state == NodeSubscriptionState::Pending
                && one.subscriber == decided.subscriber
                && decided.subscription.as_ref().is_none_or(|id| *id == one.id)
        });
        for one in pending {
            if decided.is_allowed {
                approve(call, transaction, &node, one)?;
            } else {
                subscriptions::remove(transaction, &node, &one.id)?;
                tell_subscriber(call, transaction, &node, &one, None);
            }
        }
        Ok(())
    })
    .await
}

/// Makes a subscription one that is approved, and tells its subscriber.
pub fn approve(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    mut pending: NodeSubscription,
) -> Result<(), Refusal> {
    pending.state = NodeSubscriptionState::Subscribed;
    subscriptions::put(transaction, node, &pending)?;
    tell_subscriber(call, transaction, node, &pending, Some(pending.state));
    tell_owners(call, transaction, node, &pending, Some(pending.state))?;
    send_last_to(call, transaction, node, &pending)
}
