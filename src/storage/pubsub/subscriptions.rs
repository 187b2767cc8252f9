//! Subscriptions to nodes.

use rusqlite::{Connection, Row, params};

use super::{from_json, to_json};
use crate::domain::address::{Address, FullAddress};
use crate::domain::pubsub::{Node, NodeSubscription, NodeSubscriptionState, PubsubLimits, SubscriptionOptions};
use crate::domain::{Error, Result};
use crate::storage::Transaction;
use crate::storage::rows::{amount, failure};

/// All subscriptions to a node, by subscriber.
pub fn list(connection: &Connection, node: &Node) -> Result<Vec<NodeSubscription>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT id, subscriber, resource, state, options FROM pubsub_subscriptions WHERE node = ?1 \
             ORDER BY subscriber, resource, id",
        )
        .map_err(failure)?;
    let rows = statement.query_map([node.id], subscription_from_row).map_err(failure)?;
    rows.map(|row| row.map_err(failure)?).collect()
}

/// The subscriptions to a node of an account, with whatever resource.
pub fn list_of(connection: &Connection, node: &Node, subscriber: &Address) -> Result<Vec<NodeSubscription>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT id, subscriber, resource, state, options FROM pubsub_subscriptions \
             WHERE subscriber = ?1 AND node = ?2 ORDER BY resource, id",
        )
        .map_err(failure)?;
    let rows = statement
        .query_map(params![subscriber.as_str(), node.id], subscription_from_row)
        .map_err(failure)?;
    rows.map(|row| row.map_err(failure)?).collect()
}

/// The subscriptions of an account to nodes of a service, with the names of the nodes.
pub fn list_at(
    connection: &Connection,
    service: &Address,
    subscriber: &Address,
) -> Result<Vec<(String, NodeSubscription)>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT pubsub_subscriptions.id, subscriber, resource, state, options, name \
             FROM pubsub_subscriptions CROSS JOIN pubsub_nodes ON pubsub_nodes.id = node \
             WHERE subscriber = ?1 AND service = ?2 ORDER BY name, resource",
        )
        .map_err(failure)?;
    let rows = statement
        .query_map([subscriber.as_str(), service.as_str()], |row| {
            Ok((row.get::<_, String>(5)?, subscription_from_row(row)?))
        })
        .map_err(failure)?;
    rows.map(|row| {
        let (name, subscription) = row.map_err(failure)?;
        Ok((name, subscription?))
    })
    .collect()
}

pub fn insert(
    transaction: &mut Transaction<'_>,
    node: &Node,
    new: &NodeSubscription,
    limits: &PubsubLimits,
) -> Result<()> {
    put(transaction, node, new)?;
    let count: u64 = transaction
        .prepare_cached("SELECT count(*) FROM pubsub_subscriptions WHERE node = ?1")
        .and_then(|mut statement| statement.query_row([node.id], |row| amount(row, 0)))
        .map_err(failure)?;
    if count > limits.subscriptions {
        return Err(Error::LimitReached {
            what: "subscriptions to a node",
            most: limits.subscriptions,
        });
    }
    Ok(())
}

/// Stores a subscription in the place of the one with its id.
pub fn put(transaction: &mut Transaction<'_>, node: &Node, subscription: &NodeSubscription) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO pubsub_subscriptions (node, id, subscriber, resource, state, options) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                node.id,
                subscription.id,
                subscription.subscriber.bare.as_str(),
                subscription.subscriber.resource,
                subscription.state.name(),
                to_json(subscription.options.fields()),
            ])
        })
        .map_err(failure)?;
    Ok(())
}

pub fn remove(transaction: &mut Transaction<'_>, node: &Node, id: &str) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM pubsub_subscriptions WHERE node = ?1 AND id = ?2")
        .and_then(|mut statement| statement.execute(params![node.id, id]))
        .map_err(failure)?;
    Ok(())
}

fn subscription_from_row(row: &Row<'_>) -> rusqlite::Result<Result<NodeSubscription>> {
    let (state, fields): (String, String) = (row.get(3)?, row.get(4)?);
    let mut subscription = NodeSubscription {
        id: row.get(0)?,
        subscriber: FullAddress {
            bare: Address::from_stored(row.get::<_, String>(1)?),
            resource: row.get(2)?,
        },
        state: NodeSubscriptionState::parse(&state).unwrap_or(NodeSubscriptionState::Pending),
        options: SubscriptionOptions::default(),
    };
    Ok(from_json(&fields).map(|fields| {
        for (field, values) in fields {
            let _unknown = subscription.options.set(&field, &values);
        }
        subscription
    }))
}
