//! Subscriptions that end by themselves: of those who have lost what let them subscribe, the sight of an owner or a group
//! of his roster (XEP-0163 §7.1, XEP-0060 §12.12), which they are told, and of those who send notices back (§12.3).

use super::audience::standing;
use super::error::Refusal;
use super::messages::tell_subscriber;
use super::notice::node_of;
use super::{Call, Place};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::pubsub::{AccessModel, Node};
use crate::engine::Engine;
use crate::engine::stanza::Stanza;
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
        if !matches!(node.config.access, AccessModel::Presence | AccessModel::Roster) {
            continue;
        }
        let service = &node.address.service;
        let call = Call {
            engine: engine.clone(),
            place: Place {
                address: service.clone(),
                account: engine.account_at(service),
            },
            requester: contact.clone().into(),
        };
        call.change(move |call, transaction| cancel_at(call, transaction, &node))
            .await?;
    }
    Ok(())
}

/// The node is as it was a moment ago; whether it may be read is decided now.
fn cancel_at(call: &Call, transaction: &mut Transaction<'_>, node: &Node) -> Result<(), Refusal> {
    let standing = standing(&call.engine, transaction, node, call.who())?;
    if standing.may_read(node.config.access).is_ok() {
        return Ok(());
    }
    for lost in subscriptions::list_of(transaction, node, call.who())? {
        subscriptions::remove(transaction, node, &lost.id)?;
        tell_subscriber(call, transaction, node, &lost, None);
    }
    Ok(())
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
