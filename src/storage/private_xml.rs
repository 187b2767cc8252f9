//! XML that clients keep for themselves (XEP-0049).

use rusqlite::{Connection, OptionalExtension, params};

use super::accounts;
use super::rows::{amount, failure};
use super::writer::Transaction;
use crate::domain::address::AccountAddress;
use crate::domain::private_xml::{PrivateElement, PrivateLimits};
use crate::domain::{Error, Result};

/// The element of this namespace and name.
pub fn find(connection: &Connection, address: &AccountAddress, namespace: &str, name: &str) -> Result<Option<String>> {
    connection
        .prepare_cached(
            "SELECT xml FROM private_xml WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2) \
             AND namespace = ?3 AND name = ?4",
        )
        .and_then(|mut statement| {
            statement
                .query_row(
                    [address.host().as_str(), address.localpart().as_str(), namespace, name],
                    |row| row.get(0),
                )
                .optional()
        })
        .map_err(failure)
}

/// Stores elements, each in the place of the one there may be. `LimitReached` when the account would keep too much, and
/// then none is stored.
pub fn put(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    elements: &[PrivateElement],
    limits: &PrivateLimits,
) -> Result<()> {
    let account = accounts::id_of(transaction, address)?;
    for element in elements {
        let bytes = element.namespace.len() + element.name.len() + element.xml.len();
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO private_xml (account, namespace, name, xml, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
            )
            .and_then(|mut statement| {
                let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
                statement.execute(params![account, element.namespace, element.name, element.xml, bytes])
            })
            .map_err(failure)?;
    }
    check_limits(transaction, account, limits)
}

fn check_limits(connection: &Connection, account: i64, limits: &PrivateLimits) -> Result<()> {
    let (elements, bytes) = connection
        .prepare_cached("SELECT count(*), ifnull(sum(bytes), 0) FROM private_xml WHERE account = ?1")
        .and_then(|mut statement| statement.query_row([account], |row| Ok((amount(row, 0)?, amount(row, 1)?))))
        .map_err(failure)?;
    for (found, what, most) in [
        (elements, "private elements", limits.elements),
        (bytes, "bytes of private elements", limits.bytes),
    ] {
        if found > most {
            return Err(Error::LimitReached { what, most });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, account};

    const LIMITS: PrivateLimits = PrivateLimits { elements: 2, bytes: 20 };

    async fn keep(test: &TestStore, elements: &'static [(&'static str, &'static str)]) -> Result<()> {
        test.write(move |transaction| {
            let elements: Vec<_> = elements
                .iter()
                .map(|(namespace, xml)| PrivateElement {
                    namespace: (*namespace).to_owned(),
                    name: "n".to_owned(),
                    xml: (*xml).to_owned(),
                })
                .collect();
            put(transaction, &account("jane"), &elements, &LIMITS)
        })
        .await
    }

    async fn kept(test: &TestStore, namespace: &'static str) -> Option<String> {
        test.read(move |connection| find(connection, &account("jane"), namespace, "n"))
            .await
    }

    #[tokio::test]
    async fn an_element_replaces_the_one_of_its_name_and_no_other() {
        let test = TestStore::with_accounts(&["jane", "john"]).await;
        keep(&test, &[("a", "one"), ("b", "two")]).await.unwrap();
        keep(&test, &[("a", "three")]).await.unwrap();
        assert_eq!(kept(&test, "a").await.as_deref(), Some("three"));
        assert_eq!(kept(&test, "b").await.as_deref(), Some("two"));
        assert_eq!(kept(&test, "c").await, None);
        let johns = test
            .read(|connection| find(connection, &account("john"), "a", "n"))
            .await;
        assert_eq!(johns, None);
    }

    #[tokio::test]
    async fn too_much_is_refused_as_a_whole() {
        let test = TestStore::with_accounts(&["jane"]).await;
        keep(&test, &[("a", "one")]).await.unwrap();
        let many = keep(&test, &[("a", "1"), ("b", "2"), ("c", "3")]).await;
        assert!(matches!(many, Err(Error::LimitReached { most: 2, .. })));
        let large = keep(&test, &[("a", "2"), ("b", "sixteen bytes ...")]).await;
        assert!(matches!(large, Err(Error::LimitReached { most: 20, .. })));
        assert_eq!(kept(&test, "a").await.as_deref(), Some("one"));
        assert_eq!(kept(&test, "b").await, None);
    }
}
