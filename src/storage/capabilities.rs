//! What clients can do, by the hash that they send instead (XEP-0115): so that after a restart not every client is asked.
//! Whoever stores an answer has verified it against its hash.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::rows::failure;
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::presence::CapabilitiesHash;

/// The answer to disco#info that belongs to a hash.
pub fn find(connection: &Connection, hash: &CapabilitiesHash) -> Result<Option<String>> {
    connection
        .prepare_cached("SELECT features FROM capabilities WHERE algorithm = ?1 AND hash = ?2")
        .and_then(|mut statement| {
            statement
                .query_row([&hash.algorithm, &hash.hash], |row| row.get(0))
                .optional()
        })
        .map_err(failure)
}

/// Stores an answer, and forgets what was not used for longest when there are more than `most`.
pub fn put(
    transaction: &mut Transaction<'_>,
    hash: &CapabilitiesHash,
    features: &str,
    now: Timestamp,
    most: usize,
) -> Result<()> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO capabilities (algorithm, hash, features, used) VALUES (?1, ?2, ?3, ?4)")
        .and_then(|mut statement| statement.execute(params![hash.algorithm, hash.hash, features, now.as_millisecond()]))
        .map_err(failure)?;
    transaction
        .prepare_cached(SHRINK)
        .and_then(|mut statement| statement.execute([i64::try_from(most).unwrap_or(i64::MAX)]))
        .map_err(failure)?;
    Ok(())
}

/// Notes that answers were used; those that are forgotten stay so.
pub fn touch(transaction: &mut Transaction<'_>, hashes: &[CapabilitiesHash], now: Timestamp) -> Result<()> {
    for hash in hashes {
        transaction
            .prepare_cached("UPDATE capabilities SET used = ?3 WHERE algorithm = ?1 AND hash = ?2")
            .and_then(|mut statement| statement.execute(params![hash.algorithm, hash.hash, now.as_millisecond()]))
            .map_err(failure)?;
    }
    Ok(())
}

const SHRINK: &str = "DELETE FROM capabilities WHERE rowid IN ( \
     SELECT rowid FROM capabilities ORDER BY used DESC, rowid DESC LIMIT -1 OFFSET ?1)";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, moment};

    fn hash(text: &str) -> CapabilitiesHash {
        CapabilitiesHash {
            algorithm: "sha-1".to_owned(),
            hash: text.to_owned(),
        }
    }

    #[tokio::test]
    async fn what_was_not_used_for_longest_is_forgotten_first() {
        let test = TestStore::with_accounts(&[]).await;
        let learn = |text: &'static str, at| {
            test.write(move |transaction| put(transaction, &hash(text), &text.to_uppercase(), moment(at), 2))
        };
        learn("a", 1).await.unwrap();
        learn("b", 2).await.unwrap();
        test.write(|transaction| touch(transaction, &[hash("a"), hash("unknown")], moment(3)))
            .await
            .unwrap();
        learn("c", 4).await.unwrap();
        for (text, expected) in [("a", Some("A")), ("b", None), ("c", Some("C")), ("unknown", None)] {
            let found = test.read(move |connection| find(connection, &hash(text))).await;
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn another_algorithm_is_another_hash() {
        let test = TestStore::with_accounts(&[]).await;
        test.write(|transaction| put(transaction, &hash("a"), "A", moment(0), 2))
            .await
            .unwrap();
        let other = CapabilitiesHash {
            algorithm: "sha-256".to_owned(),
            ..hash("a")
        };
        assert_eq!(test.read(move |connection| find(connection, &other)).await, None);
    }
}
