//! Messages that wait for an account: for its next login, or for the acknowledgement of a session that is owed them.
//!
//! A message that is owed to a session carries the session's name as its holder, from before the sender is told that the
//! server has it until the session acknowledges it ([`remove`]) or is known to have been handed it. A session takes what
//! waits for its account with [`hold_waiting`], so no second session is given the same. When a session ends with messages
//! unacknowledged, each is routed anew: it gets another holder, or none and waits ([`hold`], [`release`]). Sessions end
//! with the process, so opening the database takes every holder away; after a crash all that was owed waits for a login.
//! Only waiting messages count towards the limits and as unread: what sessions are owed is bounded by their queues.

use rusqlite::{Connection, Row, params};

use super::accounts;
use super::rows::{self, amount, failure, numbers, time};
use super::writer::Transaction;
use crate::domain::address::AccountAddress;
use crate::domain::offline::{NewOfflineMessage, OfflineLimits, OfflineMessage};
use crate::domain::page::{Page, PageRequest};
use crate::domain::{Error, Result};

/// Stores a message and gives its id; `LimitReached` when no more may wait for the account.
pub fn insert(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    message: &NewOfflineMessage,
    limits: &OfflineLimits,
) -> Result<i64> {
    let account = accounts::id_of(transaction, address)?;
    if message.holder.is_none() {
        check_limits(transaction, account, message, limits)?;
    }
    insert_row(transaction, account, message)
}

/// Stores messages that come from elsewhere, in this order and without limits.
pub fn import(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    messages: &[NewOfflineMessage],
) -> Result<()> {
    let account = accounts::id_of(transaction, address)?;
    for message in messages {
        insert_row(transaction, account, message)?;
    }
    Ok(())
}

/// How many messages wait for the account; none for an unknown one.
pub fn count(connection: &Connection, address: &AccountAddress) -> Result<u64> {
    connection
        .prepare_cached(
            "SELECT count(*) FROM offline_messages \
             WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2) AND holder IS NULL",
        )
        .and_then(|mut statement| {
            statement.query_row(params![address.host().as_str(), address.localpart().as_str()], |row| {
                amount(row, 0)
            })
        })
        .map_err(failure)
}

/// The messages of one holder, or those that wait, in their order; a page goes on after the id of a message.
pub fn list(
    connection: &Connection,
    address: &AccountAddress,
    holder: Option<&str>,
    page: &PageRequest<i64>,
) -> Result<Page<OfflineMessage, i64>> {
    let mut statement = connection.prepare_cached(LIST).map_err(failure)?;
    let found = statement
        .query_map(
            params![
                address.host().as_str(),
                address.localpart().as_str(),
                holder,
                page.after.unwrap_or(0),
            ],
            message_from_row,
        )
        .map_err(failure)?;
    rows::page(found, page.limit, |message| message.stanza.len(), |last| last.id)
}

/// Gives everything that waits for the account to `holder`, and tells how many messages that is.
pub fn hold_waiting(transaction: &mut Transaction<'_>, address: &AccountAddress, holder: &str) -> Result<usize> {
    set_holder(transaction, address, None, Some(holder))
}

/// Lets what `holder` was owed wait for a login.
pub fn release(transaction: &mut Transaction<'_>, address: &AccountAddress, holder: &str) -> Result<usize> {
    set_holder(transaction, address, Some(holder), None)
}

/// Gives messages to a holder, or with `None` lets them wait. Those that are gone stay gone.
pub fn hold(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    ids: &[i64],
    holder: Option<&str>,
) -> Result<()> {
    let account = accounts::id_of(transaction, address)?;
    transaction
        .prepare_cached(
            "UPDATE offline_messages SET holder = ?3 WHERE id IN (SELECT value FROM json_each(?2)) AND account = ?1",
        )
        .and_then(|mut statement| statement.execute(params![account, numbers(ids), holder]))
        .map_err(failure)?;
    Ok(())
}

/// Removes messages of the account; those that are gone are no error.
pub fn remove(transaction: &mut Transaction<'_>, address: &AccountAddress, ids: &[i64]) -> Result<()> {
    transaction
        .prepare_cached(
            "DELETE FROM offline_messages WHERE id IN (SELECT value FROM json_each(?3)) \
             AND account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                address.host().as_str(),
                address.localpart().as_str(),
                numbers(ids),
            ])
        })
        .map_err(failure)?;
    Ok(())
}

/// Removes everything that waits for the account, and tells how many messages that was.
pub fn remove_waiting(transaction: &mut Transaction<'_>, address: &AccountAddress) -> Result<usize> {
    let account = accounts::id_of(transaction, address)?;
    transaction
        .prepare_cached("DELETE FROM offline_messages WHERE account = ?1 AND holder IS NULL")
        .and_then(|mut statement| statement.execute([account]))
        .map_err(failure)
}

/// Removes what waits for the account and can be read in its archive.
pub fn remove_archived(transaction: &mut Transaction<'_>, address: &AccountAddress) -> Result<()> {
    let account = accounts::id_of(transaction, address)?;
    transaction
        .prepare_cached("DELETE FROM offline_messages WHERE account = ?1 AND holder IS NULL AND archive_id IS NOT NULL")
        .and_then(|mut statement| statement.execute([account]))
        .map_err(failure)?;
    Ok(())
}

/// Takes every holder away: the sessions of an earlier process are gone.
pub(super) fn release_all(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute(RELEASE_ALL, [])?;
    Ok(())
}

pub(super) const RELEASE_ALL: &str = "UPDATE offline_messages SET holder = NULL WHERE holder IS NOT NULL";

const LIST: &str = "SELECT id, stanza, at, archive_id FROM offline_messages \
     WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2) AND holder IS ?3 AND id > ?4 \
     ORDER BY id";

const WAITING: &str =
    "SELECT count(*), ifnull(sum(bytes), 0) FROM offline_messages WHERE account = ?1 AND holder IS NULL";

fn check_limits(
    connection: &Connection,
    account: i64,
    message: &NewOfflineMessage,
    limits: &OfflineLimits,
) -> Result<()> {
    let (messages, bytes): (u64, u64) = connection
        .prepare_cached(WAITING)
        .and_then(|mut statement| statement.query_row([account], |row| Ok((amount(row, 0)?, amount(row, 1)?))))
        .map_err(failure)?;
    let (what, most) = if messages >= limits.messages {
        ("offline messages", limits.messages)
    } else if bytes + message.stanza.len() as u64 > limits.bytes {
        ("bytes of offline messages", limits.bytes)
    } else {
        return Ok(());
    };
    Err(Error::LimitReached { what, most })
}

fn insert_row(transaction: &Transaction<'_>, account: i64, message: &NewOfflineMessage) -> Result<i64> {
    transaction
        .prepare_cached(
            "INSERT INTO offline_messages (account, at, stanza, bytes, archive_id, holder) \
             VALUES (?1, ?2, ?3, octet_length(?3), ?4, ?5)",
        )
        .and_then(|mut statement| {
            statement.insert(params![
                account,
                message.at.as_millisecond(),
                &*message.stanza,
                message.archive_id,
                message.holder,
            ])
        })
        .map_err(failure)
}

fn set_holder(
    transaction: &Transaction<'_>,
    address: &AccountAddress,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<usize> {
    let account = accounts::id_of(transaction, address)?;
    transaction
        .prepare_cached("UPDATE offline_messages SET holder = ?3 WHERE account = ?1 AND holder IS ?2")
        .and_then(|mut statement| statement.execute(params![account, from, to]))
        .map_err(failure)
}

fn message_from_row(row: &Row<'_>) -> rusqlite::Result<OfflineMessage> {
    Ok(OfflineMessage {
        id: row.get(0)?,
        stanza: row.get(1)?,
        at: time(row.get(2)?),
        archive_id: row.get(3)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, account, assert_no_scan_and_no_sort, moment};

    const LIMITS: OfflineLimits = OfflineLimits {
        messages: 3,
        bytes: 100,
    };

    fn message(stanza: &str, holder: Option<&str>) -> NewOfflineMessage {
        NewOfflineMessage {
            stanza: stanza.into(),
            at: moment(0),
            archive_id: Some(format!("id of {stanza}")),
            holder: holder.map(str::to_owned),
        }
    }

    async fn store(test: &TestStore, stanza: &'static str, holder: Option<&'static str>) -> Result<i64> {
        test.write(move |transaction| insert(transaction, &account("jane"), &message(stanza, holder), &LIMITS))
            .await
    }

    async fn listed(test: &TestStore, holder: Option<&'static str>) -> Vec<String> {
        let page = test
            .read(move |connection| list(connection, &account("jane"), holder, &PageRequest::first()))
            .await;
        page.items.into_iter().map(|message| message.stanza).collect()
    }

    #[tokio::test]
    async fn messages_wait_in_their_order_with_their_time_and_archive_id() {
        let test = TestStore::with_accounts(&["jane", "john"]).await;
        for stanza in ["one", "two", "three"] {
            store(&test, stanza, None).await.unwrap();
        }
        assert_eq!(listed(&test, None).await, ["one", "two", "three"]);
        let page = test
            .read(|connection| list(connection, &account("jane"), None, &PageRequest::first()))
            .await;
        assert_eq!(page.items[0].at, moment(0));
        assert_eq!(page.items[0].archive_id.as_deref(), Some("id of one"));
        assert_eq!(test.read(|connection| count(connection, &account("jane"))).await, 3);
        assert_eq!(test.read(|connection| count(connection, &account("john"))).await, 0);
        assert_eq!(test.read(|connection| count(connection, &account("nobody"))).await, 0);
    }

    #[tokio::test]
    async fn a_full_store_refuses_by_number_and_by_bytes_what_is_to_wait_and_nothing_else() {
        let test = TestStore::with_accounts(&["jane"]).await;
        let large = "x".repeat(101);
        let refused = test
            .write(move |transaction| insert(transaction, &account("jane"), &message(&large, None), &LIMITS))
            .await;
        assert!(matches!(refused, Err(Error::LimitReached { most: 100, .. })));
        for stanza in ["one", "two", "three"] {
            store(&test, stanza, None).await.unwrap();
        }
        assert!(matches!(
            store(&test, "four", None).await,
            Err(Error::LimitReached { most: 3, .. })
        ));
        store(&test, "owed", Some("session")).await.unwrap();
        assert_eq!(listed(&test, None).await.len(), 3);
    }

    #[tokio::test]
    async fn a_list_comes_in_pages() {
        let test = TestStore::with_accounts(&["jane"]).await;
        for stanza in ["one", "two", "three"] {
            store(&test, stanza, None).await.unwrap();
        }
        let page = |after| {
            let page = PageRequest { after, limit: 2 };
            test.read(move |connection| list(connection, &account("jane"), None, &page))
        };
        let first = page(None).await;
        assert_eq!(first.items.len(), 2);
        let second = page(first.next).await;
        assert_eq!((second.items.len(), second.next), (1, None));
    }

    #[tokio::test]
    async fn what_waits_is_given_to_one_session_and_goes_when_that_acknowledges_it() {
        let test = TestStore::with_accounts(&["jane"]).await;
        let one = store(&test, "one", None).await.unwrap();
        store(&test, "two", None).await.unwrap();
        let hold =
            |holder: &'static str| test.write(move |transaction| hold_waiting(transaction, &account("jane"), holder));
        assert_eq!(hold("phone").await.unwrap(), 2);
        assert_eq!(hold("desk").await.unwrap(), 0);
        assert_eq!(test.read(|connection| count(connection, &account("jane"))).await, 0);
        test.write(move |transaction| remove(transaction, &account("jane"), &[one]))
            .await
            .unwrap();
        assert_eq!(listed(&test, Some("phone")).await, ["two"]);
    }

    #[tokio::test]
    async fn what_a_session_leaves_goes_to_another_or_waits() {
        let test = TestStore::with_accounts(&["jane"]).await;
        let one = store(&test, "one", Some("phone")).await.unwrap();
        store(&test, "two", Some("phone")).await.unwrap();
        test.write(move |transaction| {
            hold(transaction, &account("jane"), &[one], Some("desk"))?;
            release(transaction, &account("jane"), "phone")
        })
        .await
        .unwrap();
        assert_eq!(listed(&test, Some("desk")).await, ["one"]);
        assert_eq!(listed(&test, None).await, ["two"]);
    }

    #[tokio::test]
    async fn after_a_restart_everything_that_was_owed_waits_in_its_order() {
        let test = TestStore::with_accounts(&["jane"]).await;
        for (stanza, holder) in [("one", Some("phone")), ("two", None), ("three", Some("desk"))] {
            store(&test, stanza, holder).await.unwrap();
        }
        let test = test.restarted().await;
        assert_eq!(listed(&test, None).await, ["one", "two", "three"]);
    }

    #[tokio::test]
    async fn an_id_is_never_used_again_and_counts_for_its_account_only() {
        let test = TestStore::with_accounts(&["jane", "john"]).await;
        let first = store(&test, "one", None).await.unwrap();
        test.write(move |transaction| {
            remove(transaction, &account("john"), &[first])?;
            hold(transaction, &account("john"), &[first], Some("phone"))
        })
        .await
        .unwrap();
        assert_eq!(listed(&test, None).await, ["one"]);
        test.write(|transaction| remove_waiting(transaction, &account("jane")))
            .await
            .unwrap();
        assert!(store(&test, "two", None).await.unwrap() > first);
    }

    #[tokio::test]
    async fn an_import_keeps_the_order_and_knows_no_limit() {
        let test = TestStore::with_accounts(&["jane"]).await;
        test.write(|transaction| {
            let messages: Vec<_> = (0..10).map(|number| message(&number.to_string(), None)).collect();
            import(transaction, &account("jane"), &messages)
        })
        .await
        .unwrap();
        assert_eq!(listed(&test, None).await.concat(), "0123456789");
    }

    #[tokio::test]
    async fn nothing_is_stored_for_an_account_that_is_not_there() {
        let test = TestStore::with_accounts(&[]).await;
        assert!(matches!(store(&test, "one", None).await, Err(Error::NotFound { .. })));
    }

    #[tokio::test]
    async fn every_reading_goes_through_an_index() {
        let test = TestStore::with_accounts(&[]).await;
        test.read(|connection| {
            assert_no_scan_and_no_sort(connection, LIST, params!["h", "l", "s", 1]);
            assert_no_scan_and_no_sort(connection, WAITING, [1]);
            Ok(())
        })
        .await;
    }
}
