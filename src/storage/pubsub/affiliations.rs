//! Who is what to a node.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::address::Address;
use crate::domain::pubsub::{Node, NodeAffiliation, PubsubLimits};
use crate::domain::{Error, Result};
use crate::storage::Transaction;
use crate::storage::rows::{amount, failure};

pub fn find(connection: &Connection, node: &Node, address: &Address) -> Result<NodeAffiliation> {
    let found: Option<String> = connection
        .prepare_cached("SELECT affiliation FROM pubsub_affiliations WHERE node = ?1 AND address = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![node.id, address.as_str()], |row| row.get(0))
                .optional()
        })
        .map_err(failure)?;
    Ok(found.and_then(|name| NodeAffiliation::parse(&name)).unwrap_or_default())
}

/// Everybody with an affiliation, by address.
pub fn list(connection: &Connection, node: &Node) -> Result<Vec<(Address, NodeAffiliation)>> {
    let mut statement = connection
        .prepare_cached("SELECT address, affiliation FROM pubsub_affiliations WHERE node = ?1 ORDER BY address")
        .map_err(failure)?;
    let rows = statement
        .query_map([node.id], |row| {
            let name: String = row.get(1)?;
            let affiliation = NodeAffiliation::parse(&name).unwrap_or_default();
            Ok((Address::from_stored(row.get::<_, String>(0)?), affiliation))
        })
        .map_err(failure)?;
    rows.map(|row| row.map_err(failure)).collect()
}

/// The nodes of a service to which somebody has an affiliation, by name.
pub fn list_of(
    connection: &Connection,
    service: &Address,
    address: &Address,
) -> Result<Vec<(String, NodeAffiliation)>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT name, affiliation FROM pubsub_affiliations CROSS JOIN pubsub_nodes ON id = node \
             WHERE address = ?1 AND service = ?2 ORDER BY name",
        )
        .map_err(failure)?;
    let rows = statement
        .query_map([address.as_str(), service.as_str()], |row| {
            let name: String = row.get(1)?;
            Ok((row.get(0)?, NodeAffiliation::parse(&name).unwrap_or_default()))
        })
        .map_err(failure)?;
    rows.map(|row| row.map_err(failure)).collect()
}

/// Sets an affiliation; `None` removes it.
pub fn set(
    transaction: &mut Transaction<'_>,
    node: &Node,
    address: &Address,
    affiliation: NodeAffiliation,
    limits: &PubsubLimits,
) -> Result<()> {
    if affiliation == NodeAffiliation::None {
        transaction
            .prepare_cached("DELETE FROM pubsub_affiliations WHERE node = ?1 AND address = ?2")
            .and_then(|mut statement| statement.execute(params![node.id, address.as_str()]))
            .map_err(failure)?;
        return Ok(());
    }
    transaction
        .prepare_cached("INSERT OR REPLACE INTO pubsub_affiliations (node, address, affiliation) VALUES (?1, ?2, ?3)")
        .and_then(|mut statement| statement.execute(params![node.id, address.as_str(), affiliation.name()]))
        .map_err(failure)?;
    let count: u64 = transaction
        .prepare_cached("SELECT count(*) FROM pubsub_affiliations WHERE node = ?1")
        .and_then(|mut statement| statement.query_row([node.id], |row| amount(row, 0)))
        .map_err(failure)?;
    if count > limits.affiliations {
        return Err(Error::LimitReached {
            what: "affiliations of a node",
            most: limits.affiliations,
        });
    }
    Ok(())
}
