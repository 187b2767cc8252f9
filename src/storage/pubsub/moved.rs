//! Where deleted nodes have their successors. Of each creator the last ones are kept, as many as there may be nodes.

use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::Result;
use crate::domain::pubsub::{Node, NodeAddress, PubsubLimits};
use crate::storage::Transaction;
use crate::storage::rows::failure;

/// The URI of the successor.
pub fn find(connection: &Connection, address: &NodeAddress) -> Result<Option<String>> {
    connection
        .prepare_cached("SELECT uri FROM pubsub_moved WHERE service = ?1 AND name = ?2")
        .and_then(|mut statement| {
            statement
                .query_row([address.service.as_str(), &address.name], |row| row.get(0))
                .optional()
        })
        .map_err(failure)
}

pub fn put(transaction: &mut Transaction<'_>, node: &Node, uri: &str, limits: &PubsubLimits) -> Result<()> {
    let (address, creator) = (&node.address, node.creator.as_str());
    let most = i64::try_from(limits.nodes).unwrap_or(i64::MAX);
    transaction
        .prepare_cached("INSERT OR REPLACE INTO pubsub_moved (service, name, creator, uri) VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut statement| statement.execute([address.service.as_str(), &address.name, creator, uri]))
        .map_err(failure)?;
    transaction
        .prepare_cached(
            "DELETE FROM pubsub_moved WHERE seq IN ( \
             SELECT seq FROM pubsub_moved WHERE creator = ?1 ORDER BY seq DESC LIMIT -1 OFFSET ?2)",
        )
        .and_then(|mut statement| statement.execute(params![creator, most]))
        .map_err(failure)?;
    Ok(())
}

/// There is a node of this name again.
pub(super) fn remove(transaction: &mut Transaction<'_>, address: &NodeAddress) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM pubsub_moved WHERE service = ?1 AND name = ?2")
        .and_then(|mut statement| statement.execute([address.service.as_str(), &address.name]))
        .map_err(failure)?;
    Ok(())
}
