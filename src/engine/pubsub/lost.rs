//! Subscriptions of those who have lost what let them subscribe: the sight of an owner, or a group of his roster
//! (XEP-0163 §7.1, XEP-0060 §12.12). They are cancelled, and those concerned are told.

use super::audience::standing;
use super::error::Refusal;
use super::messages::tell_subscriber;
use super::{Call, Place};
use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::pubsub::{AccessModel, Node};
use crate::engine::Engine;
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
