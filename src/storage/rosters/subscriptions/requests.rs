//! Requests that wait for an answer, one per sender.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::domain::Result;
use crate::domain::address::{AccountAddress, Address};
use crate::domain::page::{Page, PageRequest};
use crate::domain::subscription::{SubscriptionLimits, SubscriptionRequest};
use crate::storage::account_records;
use crate::storage::rows::{self, amount, failure, time};
use crate::storage::writer::Transaction;

/// The requests that an account has not answered, by sender.
pub fn list(
    connection: &Connection,
    address: &AccountAddress,
    page: &PageRequest,
) -> Result<Page<SubscriptionRequest>> {
    let mut statement = connection.prepare_cached(REQUESTS).map_err(failure)?;
    let found = statement
        .query_map(
            params![
                address.host().as_str(),
                address.localpart().as_str(),
                page.after.as_deref().unwrap_or_default(),
            ],
            |row| {
                Ok(SubscriptionRequest {
                    sender: Address::from_stored(row.get::<_, String>(0)?),
                    stanza: row.get(1)?,
                    at: time(row.get(2)?),
                })
            },
        )
        .map_err(failure)?;
    rows::page(
        found,
        page.limit,
        |request| request.stanza.len(),
        |last| last.sender.as_str().to_owned(),
    )
}

/// How many requests an account has not answered.
pub fn count_of(connection: &Connection, address: &AccountAddress) -> Result<u64> {
    count(connection, account_records::id_of(connection, address)?)
}

/// Keeps a request, in the place of an earlier one of its sender. `false`: it comes too soon after that, or too many wait.
pub fn keep(
    transaction: &Transaction<'_>,
    recipient: &AccountAddress,
    sender: &Address,
    text: &str,
    at: Timestamp,
    limits: &SubscriptionLimits,
) -> Result<bool> {
    let account = account_records::id_of(transaction, recipient)?;
    let sender = sender.as_str();
    let earlier: Option<i64> = transaction
        .prepare_cached("SELECT at FROM subscription_requests WHERE account = ?1 AND sender = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![account, sender], |row| row.get(0))
                .optional()
        })
        .map_err(failure)?;
    let is_wanted = match earlier {
        Some(earlier) => at.duration_since(time(earlier)) >= limits.repetition,
        None => count(transaction, account)? < limits.requests,
    };
    if !is_wanted {
        return Ok(false);
    }
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO subscription_requests (account, sender, at, stanza) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut statement| statement.execute(params![account, sender, at.as_millisecond(), text]))
        .map_err(failure)?;
    Ok(true)
}

pub fn exists(connection: &Connection, owner: &AccountAddress, sender: &Address) -> Result<bool> {
    connection
        .prepare_cached(
            "SELECT 1 FROM accounts CROSS JOIN subscription_requests ON account = id AND sender = ?3 \
             WHERE host = ?1 AND localpart = ?2",
        )
        .and_then(|mut statement| {
            statement.exists(params![
                owner.host().as_str(),
                owner.localpart().as_str(),
                sender.as_str()
            ])
        })
        .map_err(failure)
}

/// Removes a request that was answered.
pub fn remove(transaction: &Transaction<'_>, owner: &AccountAddress, sender: &Address) -> Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM subscription_requests WHERE sender = ?3 \
             AND account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                owner.host().as_str(),
                owner.localpart().as_str(),
                sender.as_str()
            ])
        })
        .map_err(failure)?;
    Ok(())
}

/// Removes the requests of somebody who is gone.
pub fn remove_sender(transaction: &Transaction<'_>, sender: &Address) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM subscription_requests WHERE sender = ?1")
        .and_then(|mut statement| statement.execute([sender.as_str()]))
        .map_err(failure)?;
    Ok(())
}

/// Lets the requests of `from` be those of `to`.
pub fn rename_sender(transaction: &Transaction<'_>, from: &Address, to: &Address) -> Result<()> {
    transaction
        .prepare_cached("UPDATE OR REPLACE subscription_requests SET sender = ?2 WHERE sender = ?1")
        .and_then(|mut statement| statement.execute([from.as_str(), to.as_str()]))
        .map_err(failure)?;
    Ok(())
}

const REQUESTS: &str = "SELECT sender, stanza, at FROM subscription_requests \
     WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2) AND sender > ?3 ORDER BY sender";

fn count(connection: &Connection, account: i64) -> Result<u64> {
    connection
        .prepare_cached("SELECT count(*) FROM subscription_requests WHERE account = ?1")
        .and_then(|mut statement| statement.query_row([account], |row| amount(row, 0)))
        .map_err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, assert_no_scan_and_no_sort};

    #[tokio::test]
    async fn requests_are_found_through_an_index() {
        let test = TestStore::with_accounts(&[]).await;
        test.read(|connection| {
            assert_no_scan_and_no_sort(connection, REQUESTS, ["h", "l", "s"]);
            Ok(())
        })
        .await;
    }
}
