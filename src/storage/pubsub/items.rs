//! What was published: the latest of an id stands at the end.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::nodes;
use crate::domain::Result;
use crate::domain::address::Address;
use crate::domain::pubsub::{Expiry, Item, Node, PubsubLimits};
use crate::storage::Transaction;
use crate::storage::rows::{amount, failure, time};

/// Stores items, each in the place of the one with its id, removes the oldest ones beyond `most`, and gives the ids of
/// those that had to go.
pub fn put(
    transaction: &mut Transaction<'_>,
    node: &Node,
    items: &[Item],
    most: u32,
    limits: &PubsubLimits,
) -> Result<Vec<String>> {
    for item in items {
        insert(transaction, node, item)?;
    }
    let removed = shrink(transaction, node, most)?;
    nodes::check_bytes(transaction, &node.creator, limits)?;
    Ok(removed)
}

fn insert(transaction: &mut Transaction<'_>, node: &Node, item: &Item) -> Result<()> {
    remove(transaction, node, &item.id)?;
    let bytes = item.id.len() + item.payload.as_ref().map_or(0, String::len);
    transaction
        .prepare_cached(
            "INSERT INTO pubsub_items (node, id, publisher, at, payload, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                node.id,
                item.id,
                item.publisher.as_str(),
                item.at.as_millisecond(),
                item.payload,
                i64::try_from(bytes).unwrap_or(i64::MAX),
            ])
        })
        .map_err(failure)?;
    Ok(())
}

/// Removes the oldest items beyond `most`, and gives their ids.
pub fn shrink(transaction: &mut Transaction<'_>, node: &Node, most: u32) -> Result<Vec<String>> {
    transaction
        .prepare_cached(
            "DELETE FROM pubsub_items WHERE seq IN ( \
             SELECT seq FROM pubsub_items WHERE node = ?1 ORDER BY seq DESC LIMIT -1 OFFSET ?2) RETURNING id",
        )
        .and_then(|mut statement| {
            let removed = statement.query_map(params![node.id, most], |row| row.get(0))?;
            removed.collect()
        })
        .map_err(failure)
}

/// Removes what has expired by now, and gives the ids.
pub fn expire(transaction: &mut Transaction<'_>, node: &Node, now: Timestamp) -> Result<Vec<String>> {
    let Some(since) = alive_since(node, now) else {
        return Ok(Vec::new());
    };
    transaction
        .prepare_cached("DELETE FROM pubsub_items WHERE node = ?1 AND at < ?2 RETURNING id")
        .and_then(|mut statement| {
            let removed = statement.query_map(params![node.id, since], |row| row.get(0))?;
            removed.collect()
        })
        .map_err(failure)
}

/// Whether there was such an item.
pub fn remove(transaction: &mut Transaction<'_>, node: &Node, id: &str) -> Result<bool> {
    let removed = transaction
        .prepare_cached("DELETE FROM pubsub_items WHERE node = ?1 AND id = ?2")
        .and_then(|mut statement| statement.execute(params![node.id, id]))
        .map_err(failure)?;
    Ok(removed > 0)
}

pub fn purge(transaction: &mut Transaction<'_>, node: &Node) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM pubsub_items WHERE node = ?1")
        .and_then(|mut statement| statement.execute([node.id]))
        .map_err(failure)?;
    Ok(())
}

pub fn find(connection: &Connection, node: &Node, id: &str, now: Timestamp) -> Result<Option<Item>> {
    let since = alive_since(node, now).unwrap_or(i64::MIN);
    connection
        .prepare_cached("SELECT id, publisher, at, payload FROM pubsub_items WHERE node = ?1 AND id = ?2 AND at >= ?3")
        .and_then(|mut statement| {
            statement
                .query_row(params![node.id, id, since], item_from_row)
                .optional()
        })
        .map_err(failure)
}

/// The ids of all items, in the order of their publication.
pub fn list_ids(connection: &Connection, node: &Node, now: Timestamp) -> Result<Vec<String>> {
    let since = alive_since(node, now).unwrap_or(i64::MIN);
    connection
        .prepare_cached("SELECT id FROM pubsub_items WHERE node = ?1 AND at >= ?2 ORDER BY seq")
        .and_then(|mut statement| {
            let ids = statement.query_map(params![node.id, since], |row| row.get(0))?;
            ids.collect()
        })
        .map_err(failure)
}

/// The last `most` items, in the order of their publication.
pub fn list_last(connection: &Connection, node: &Node, most: usize, now: Timestamp) -> Result<Vec<Item>> {
    let since = alive_since(node, now).unwrap_or(i64::MIN);
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let mut items: Vec<Item> = connection
        .prepare_cached(
            "SELECT id, publisher, at, payload FROM pubsub_items WHERE node = ?1 AND at >= ?2 \
             ORDER BY seq DESC LIMIT ?3",
        )
        .and_then(|mut statement| {
            let items = statement.query_map(params![node.id, since, most], item_from_row)?;
            items.collect()
        })
        .map_err(failure)?;
    items.reverse();
    Ok(items)
}

pub fn find_last(connection: &Connection, node: &Node, now: Timestamp) -> Result<Option<Item>> {
    Ok(list_last(connection, node, 1, now)?.pop())
}

/// Whether somebody else has published an item that is there.
pub fn has_of_others(connection: &Connection, node: &Node, publisher: &Address) -> Result<bool> {
    connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM pubsub_items WHERE node = ?1 AND publisher <> ?2)")
        .and_then(|mut statement| statement.query_row(params![node.id, publisher.as_str()], |row| row.get(0)))
        .map_err(failure)
}

pub fn count(connection: &Connection, node: &Node) -> Result<u64> {
    connection
        .prepare_cached("SELECT count(*) FROM pubsub_items WHERE node = ?1")
        .and_then(|mut statement| statement.query_row([node.id], |row| amount(row, 0)))
        .map_err(failure)
}

/// Milliseconds since 1970 since when items are alive; `None`: since ever.
fn alive_since(node: &Node, now: Timestamp) -> Option<i64> {
    match node.config.expiry {
        Expiry::Never => None,
        Expiry::Seconds(seconds) => Some(now.as_millisecond() - i64::from(seconds) * 1_000),
    }
}

fn item_from_row(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        id: row.get(0)?,
        publisher: Address::from_stored(row.get::<_, String>(1)?),
        at: time(row.get(2)?),
        payload: row.get(3)?,
    })
}
