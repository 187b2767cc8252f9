//! Block lists (XEP-0191). An address is a full or bare one, a host, or a host with a resource.

use std::sync::Arc;

use rusqlite::{Connection, Params, params};

use super::account_records;
use super::rows::{amount, failure, json};
use super::writer::Transaction;
use crate::domain::address::{AccountAddress, Address, FullAddress};
use crate::domain::event::Event;
use crate::domain::{Error, Result};

/// Whom the account blocks, by address.
pub fn list(connection: &Connection, address: &AccountAddress) -> Result<Vec<FullAddress>> {
    connection
        .prepare_cached(
            "SELECT address FROM blocked_addresses \
             WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2) ORDER BY address",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map([address.host().as_str(), address.localpart().as_str()], |row| {
                Ok(FullAddress::from_stored(row.get_ref(0)?.as_str()?))
            })?;
            rows.collect()
        })
        .map_err(failure)
}

/// Whether the account blocks somebody: in itself, or by its bare address, its host, or its host with its resource.
pub fn is_blocked(connection: &Connection, address: &AccountAddress, other: &FullAddress) -> Result<bool> {
    let host = other.bare.host();
    let full = other.to_string();
    let host_with_resource = other.resource.as_ref().map(|resource| format!("{host}/{resource}"));
    connection
        .prepare_cached(
            "SELECT 1 FROM blocked_addresses WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2) \
             AND address IN (?3, ?4, ?5, ?6)",
        )
        .and_then(|mut statement| {
            statement.exists(params![
                address.host().as_str(),
                address.localpart().as_str(),
                full,
                other.bare.as_str(),
                host,
                host_with_resource,
            ])
        })
        .map_err(failure)
}

/// Blocks addresses; `LimitReached` when the list would have more than `most`, and then none is blocked.
pub fn block(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    blocked: &[FullAddress],
    most: u64,
) -> Result<()> {
    let account = account_records::id_of(transaction, address)?;
    let added = change(
        transaction,
        "INSERT OR IGNORE INTO blocked_addresses (account, address) SELECT ?1, value FROM json_each(?2) RETURNING address",
        params![account, texts(blocked)],
    )?;
    let listed = transaction
        .prepare_cached("SELECT count(*) FROM blocked_addresses WHERE account = ?1")
        .and_then(|mut statement| statement.query_row([account], |row| amount(row, 0)))
        .map_err(failure)?;
    if listed > most {
        return Err(Error::LimitReached {
            what: "blocked addresses",
            most,
        });
    }
    transaction.emit(Event::AddressesBlocked {
        owner: address.clone(),
        addresses: added,
    });
    Ok(())
}

/// Ends the blocking of addresses; those that are not blocked are no error.
pub fn unblock(transaction: &mut Transaction<'_>, address: &AccountAddress, unblocked: &[FullAddress]) -> Result<()> {
    let account = account_records::id_of(transaction, address)?;
    let addresses = change(
        transaction,
        "DELETE FROM blocked_addresses WHERE account = ?1 AND address IN (SELECT value FROM json_each(?2)) \
         RETURNING address",
        params![account, texts(unblocked)],
    )?;
    transaction.emit(Event::AddressesUnblocked {
        owner: address.clone(),
        addresses,
        all: false,
    });
    Ok(())
}

/// Ends every blocking of the account.
pub fn unblock_all(transaction: &mut Transaction<'_>, address: &AccountAddress) -> Result<()> {
    let account = account_records::id_of(transaction, address)?;
    let addresses = change(
        transaction,
        "DELETE FROM blocked_addresses WHERE account = ?1 RETURNING address",
        [account],
    )?;
    transaction.emit(Event::AddressesUnblocked {
        owner: address.clone(),
        addresses,
        all: true,
    });
    Ok(())
}

/// Lets those who block an account go on blocking it under its new name.
pub(super) fn rename(transaction: &Transaction<'_>, from: &Address, to: &Address) -> Result<()> {
    transaction
        .prepare_cached(RENAME)
        .and_then(|mut statement| statement.execute([from.as_str(), to.as_str()]))
        .map_err(failure)?;
    Ok(())
}

/// All full addresses of `a@b` lie between `a@b/` and `a@b0`, the next character.
const RENAME: &str = "UPDATE OR REPLACE blocked_addresses SET address = ?2 || substr(address, length(?1) + 1) \
     WHERE address = ?1 OR address > ?1 || '/' AND address < ?1 || '0'";

/// Runs a statement that gives the addresses that it changed.
fn change(transaction: &Transaction<'_>, sql: &str, values: impl Params) -> Result<Arc<[FullAddress]>> {
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| {
            let rows = statement.query_map(values, |row| Ok(FullAddress::from_stored(row.get_ref(0)?.as_str()?)))?;
            rows.collect()
        })
        .map_err(failure)
}

/// Addresses as `json_each` takes them.
fn texts(addresses: &[FullAddress]) -> String {
    let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    json(texts.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::storage::Listener;
    use crate::storage::testing::{TestStore, account, assert_no_scan_and_no_sort};

    fn full(texts: &[&str]) -> Vec<FullAddress> {
        texts.iter().map(|text| FullAddress::parse(text).unwrap()).collect()
    }

    async fn block_for_jane(test: &TestStore, addresses: &'static [&'static str]) -> Result<()> {
        test.write(move |transaction| block(transaction, &account("jane"), &full(addresses), 3))
            .await
    }

    async fn listed(test: &TestStore) -> Vec<String> {
        let list = test.read(|connection| list(connection, &account("jane"))).await;
        list.iter().map(ToString::to_string).collect()
    }

    #[tokio::test]
    async fn each_kind_of_address_blocks_what_it_names() {
        let test = TestStore::with_accounts(&["jane", "john"]).await;
        let others = [
            "a@x.org/r",
            "a@x.org/s",
            "a@x.org",
            "b@x.org/r",
            "b@x.org",
            "x.org/r",
            "x.org",
            "y.org",
        ];
        for (blocked, expected) in [
            ("a@x.org/r", vec!["a@x.org/r"]),
            ("a@x.org", vec!["a@x.org/r", "a@x.org/s", "a@x.org"]),
            ("x.org/r", vec!["a@x.org/r", "b@x.org/r", "x.org/r"]),
            ("x.org", others[..7].to_vec()),
        ] {
            test.write(move |transaction| {
                unblock_all(transaction, &account("jane"))?;
                block(transaction, &account("jane"), &full(&[blocked]), 3)
            })
            .await
            .unwrap();
            for other in others {
                let found = test
                    .read(move |connection| is_blocked(connection, &account("jane"), &full(&[other])[0]))
                    .await;
                assert_eq!(found, expected.contains(&other), "{blocked} {other}");
            }
        }
        let found = test
            .read(|connection| is_blocked(connection, &account("john"), &full(&["x.org"])[0]))
            .await;
        assert!(!found);
    }

    #[tokio::test]
    async fn a_full_list_refuses_all_that_is_new_and_none_of_what_it_has() {
        let test = TestStore::with_accounts(&["jane"]).await;
        block_for_jane(&test, &["a@x.org", "b@x.org"]).await.unwrap();
        let refused = block_for_jane(&test, &["c@x.org", "d@x.org"]).await;
        assert!(matches!(refused, Err(Error::LimitReached { most: 3, .. })));
        assert_eq!(listed(&test).await, ["a@x.org", "b@x.org"]);
        block_for_jane(&test, &["a@x.org", "b@x.org", "c@x.org/r"])
            .await
            .unwrap();
        assert_eq!(listed(&test).await, ["a@x.org", "b@x.org", "c@x.org/r"]);
    }

    #[tokio::test]
    async fn what_changes_is_told() {
        let test = TestStore::with_accounts(&["jane"]).await;
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ears = Arc::clone(&heard);
        let listener: Listener = Box::new(move |event| ears.lock().unwrap().push(event.clone()));
        test.store().listen(listener);
        block_for_jane(&test, &["a@x.org"]).await.unwrap();
        block_for_jane(&test, &["a@x.org", "b@x.org"]).await.unwrap();
        test.write(|transaction| {
            unblock(transaction, &account("jane"), &full(&["a@x.org", "c@x.org"]))?;
            unblock_all(transaction, &account("jane"))
        })
        .await
        .unwrap();
        let blocked = |addresses: &[&str]| Event::AddressesBlocked {
            owner: account("jane"),
            addresses: full(addresses).into(),
        };
        let unblocked = |addresses: &[&str], all| Event::AddressesUnblocked {
            owner: account("jane"),
            addresses: full(addresses).into(),
            all,
        };
        let expected = [
            blocked(&["a@x.org"]),
            blocked(&["b@x.org"]),
            unblocked(&["a@x.org"], false),
            unblocked(&["b@x.org"], true),
        ];
        assert_eq!(*heard.lock().unwrap(), expected);
        assert!(listed(&test).await.is_empty());
    }

    #[tokio::test]
    async fn who_is_blocked_stays_so_under_another_name() {
        let test = TestStore::with_accounts(&["jane"]).await;
        block_for_jane(&test, &["a@x.org", "a@x.org/r", "a@x.orgs"])
            .await
            .unwrap();
        test.write(|transaction| {
            rename(
                transaction,
                &Address::from_stored("a@x.org"),
                &Address::from_stored("z@x.org"),
            )
        })
        .await
        .unwrap();
        assert_eq!(listed(&test).await, ["a@x.orgs", "z@x.org", "z@x.org/r"]);
    }

    #[tokio::test]
    async fn a_renamed_account_is_looked_for_through_an_index() {
        let test = TestStore::with_accounts(&[]).await;
        test.read(|connection| {
            assert_no_scan_and_no_sort(connection, RENAME, ["a", "b"]);
            Ok(())
        })
        .await;
    }
}
