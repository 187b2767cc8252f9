//! Nodes and their configuration.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{affiliations, from_json, moved, to_json};
use crate::domain::address::{AccountAddress, Address, FullAddress};
use crate::domain::pubsub::{Node, NodeAddress, NodeAffiliation, NodeConfig, PubsubLimits};
use crate::domain::{Error, Result};
use crate::storage::Transaction;
use crate::storage::rows::{self, amount, failure, json, time};

pub fn find(connection: &Connection, address: &NodeAddress) -> Result<Option<Node>> {
    let found = connection
        .prepare_cached(
            "SELECT id, service, name, creator, created, config FROM pubsub_nodes WHERE service = ?1 AND name = ?2",
        )
        .and_then(|mut statement| {
            statement
                .query_row([address.service.as_str(), &address.name], node_from_row)
                .optional()
        })
        .map_err(failure)?;
    found.transpose()
}

/// The node of a row.
pub fn find_row(connection: &Connection, id: i64) -> Result<Option<Node>> {
    let found = connection
        .prepare_cached("SELECT id, service, name, creator, created, config FROM pubsub_nodes WHERE id = ?1")
        .and_then(|mut statement| statement.query_row([id], node_from_row).optional())
        .map_err(failure)?;
    found.transpose()
}

/// Up to `limit` nodes of a service, in the order of their names, after the one that is called `after`.
pub fn list(connection: &Connection, service: &Address, after: Option<&str>, limit: usize) -> Result<Vec<Node>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT id, service, name, creator, created, config FROM pubsub_nodes \
             WHERE service = ?1 AND name > ?2 ORDER BY name LIMIT ?3",
        )
        .map_err(failure)?;
    let limit = rows::limit(limit);
    let rows = statement
        .query_map(
            params![service.as_str(), after.unwrap_or_default(), limit],
            node_from_row,
        )
        .map_err(failure)?;
    rows.map(|row| row.map_err(failure)?).collect()
}

/// Those nodes of these services that have one of these names.
pub fn list_named(connection: &Connection, services: &[Address], names: &[String]) -> Result<Vec<Node>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT pubsub_nodes.id, service, name, creator, created, config FROM json_each(?1) AS services \
             CROSS JOIN json_each(?2) AS names \
             CROSS JOIN pubsub_nodes ON service = services.value AND name = names.value",
        )
        .map_err(failure)?;
    let rows = statement
        .query_map(
            [
                json(services.iter().map(Address::as_str)),
                json(names.iter().map(String::as_str)),
            ],
            node_from_row,
        )
        .map_err(failure)?;
    rows.map(|row| row.map_err(failure)?).collect()
}

/// The nodes to which a session of an account is subscribed, by its bare or its full address; one with several
/// subscriptions several times.
pub fn list_subscribed(connection: &Connection, who: &FullAddress) -> Result<Vec<Node>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT pubsub_nodes.id, service, name, creator, created, config FROM pubsub_subscriptions \
             CROSS JOIN pubsub_nodes ON pubsub_nodes.id = node \
             WHERE subscriber = ?1 AND (resource IS NULL OR resource = ?2) AND state = 'subscribed' ORDER BY node",
        )
        .map_err(failure)?;
    let rows = statement
        .query_map(params![who.bare.as_str(), who.resource], node_from_row)
        .map_err(failure)?;
    rows.map(|row| row.map_err(failure)?).collect()
}

/// The nodes that an account owns and to which somebody is subscribed, wherever they are.
pub fn list_subscribed_of_owner(
    connection: &Connection,
    subscriber: &Address,
    owner: &AccountAddress,
) -> Result<Vec<Node>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT DISTINCT pubsub_nodes.id, service, name, creator, created, config FROM pubsub_subscriptions \
             CROSS JOIN pubsub_affiliations USING (node) CROSS JOIN pubsub_nodes ON pubsub_nodes.id = node \
             WHERE subscriber = ?1 AND address = ?2 AND affiliation = 'owner'",
        )
        .map_err(failure)?;
    let owner = owner.to_address();
    let rows = statement
        .query_map([subscriber.as_str(), owner.as_str()], node_from_row)
        .map_err(failure)?;
    rows.map(|row| row.map_err(failure)?).collect()
}

/// The nodes to which one of these people is subscribed, or which one of them owns, with all who are subscribed and
/// concerned.
pub fn list_subscribed_among(connection: &Connection, people: &[Address]) -> Result<Vec<(Node, Address)>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT pubsub_nodes.id, service, name, creator, created, config, subscriber FROM ( \
             SELECT node, subscriber FROM json_each(?1) AS people \
             CROSS JOIN pubsub_subscriptions ON subscriber = people.value \
             UNION SELECT node, subscriber FROM json_each(?1) AS people \
             CROSS JOIN pubsub_affiliations ON address = people.value AND affiliation = 'owner' \
             CROSS JOIN pubsub_subscriptions USING (node)) \
             CROSS JOIN pubsub_nodes ON pubsub_nodes.id = node",
        )
        .map_err(failure)?;
    let rows = statement
        .query_map([json(people.iter().map(Address::as_str))], |row| {
            Ok((node_from_row(row)?, row.get::<_, String>(6)?))
        })
        .map_err(failure)?;
    rows.map(|row| {
        let (node, subscriber) = row.map_err(failure)?;
        Ok((node?, Address::from_stored(subscriber)))
    })
    .collect()
}

/// Makes a node, whose owner is its creator. There is none of this address.
pub fn insert(
    transaction: &mut Transaction<'_>,
    address: &NodeAddress,
    creator: &Address,
    config: NodeConfig,
    now: Timestamp,
    limits: &PubsubLimits,
) -> Result<Node> {
    let made: u64 = transaction
        .prepare_cached("SELECT count(*) FROM pubsub_nodes WHERE creator = ?1")
        .and_then(|mut statement| statement.query_row([creator.as_str()], |row| amount(row, 0)))
        .map_err(failure)?;
    if made >= limits.nodes {
        return Err(Error::LimitReached {
            what: "nodes",
            most: limits.nodes,
        });
    }
    transaction
        .prepare_cached(
            "INSERT INTO pubsub_nodes (service, name, creator, created, config) VALUES (?1, ?2, ?3, ?4, ?5)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                address.service.as_str(),
                address.name,
                creator.as_str(),
                now.as_millisecond(),
                to_json(config.fields())
            ])
        })
        .map_err(failure)?;
    let node = Node {
        id: transaction.last_insert_rowid(),
        address: address.clone(),
        creator: creator.clone(),
        created: now,
        config,
    };
    moved::remove(transaction, address)?;
    affiliations::set(transaction, &node, creator, NodeAffiliation::Owner, limits)?;
    Ok(node)
}

pub fn set_config(transaction: &mut Transaction<'_>, node: &Node, config: &NodeConfig) -> Result<()> {
    transaction
        .prepare_cached("UPDATE pubsub_nodes SET config = ?2 WHERE id = ?1")
        .and_then(|mut statement| statement.execute(params![node.id, to_json(config.fields())]))
        .map_err(failure)?;
    Ok(())
}

/// Removes a node with all that belongs to it.
pub fn remove(transaction: &mut Transaction<'_>, node: &Node) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM pubsub_nodes WHERE id = ?1")
        .and_then(|mut statement| statement.execute([node.id]))
        .map_err(failure)?;
    Ok(())
}

/// `LimitReached` when the nodes that `creator` made hold too much.
pub(super) fn check_bytes(connection: &Connection, creator: &Address, limits: &PubsubLimits) -> Result<()> {
    let bytes: u64 = connection
        .prepare_cached("SELECT ifnull(sum(bytes), 0) FROM pubsub_nodes WHERE creator = ?1")
        .and_then(|mut statement| statement.query_row([creator.as_str()], |row| amount(row, 0)))
        .map_err(failure)?;
    if bytes > limits.bytes {
        return Err(Error::LimitReached {
            what: "bytes of published items",
            most: limits.bytes,
        });
    }
    Ok(())
}

fn node_from_row(row: &Row<'_>) -> rusqlite::Result<Result<Node>> {
    let fields: String = row.get(5)?;
    let mut node = Node {
        id: row.get(0)?,
        address: NodeAddress {
            service: Address::from_stored(row.get::<_, String>(1)?),
            name: row.get(2)?,
        },
        creator: Address::from_stored(row.get::<_, String>(3)?),
        created: time(row.get(4)?),
        config: NodeConfig::of_service(),
    };
    Ok(from_json(&fields).map(|fields| {
        for (field, values) in fields {
            // What another version wrote and this one does not know stays as it is by default.
            let _unknown = node.config.set(&field, &values);
        }
        node
    }))
}
