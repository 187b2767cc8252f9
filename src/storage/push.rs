//! Who is told of messages that accounts do not get at once.

use rusqlite::{Connection, params};

use super::accounts;
use super::rows::{amount, failure};
use super::writer::Transaction;
use crate::domain::address::{AccountAddress, Address, FullAddress};
use crate::domain::push::PushRegistration;
use crate::domain::{Error, Result};

/// Stores a registration in the place of one for the same node. `LimitReached` when the account would have more than
/// `most`.
pub fn put(
    transaction: &Transaction<'_>,
    owner: &AccountAddress,
    registration: &PushRegistration,
    most: u64,
) -> Result<()> {
    let account = accounts::id_of(transaction, owner)?;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO push_registrations (account, service, node, options) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                account,
                registration.service.to_string(),
                registration.node,
                registration.options
            ])
        })
        .map_err(failure)?;
    let kept = transaction
        .prepare_cached("SELECT count(*) FROM push_registrations WHERE account = ?1")
        .and_then(|mut statement| statement.query_row([account], |row| amount(row, 0)))
        .map_err(failure)?;
    if kept > most {
        let what = "push registrations";
        return Err(Error::LimitReached { what, most });
    }
    Ok(())
}

/// Removes what is registered at a service, at one node or all; says how many there were.
pub fn remove(
    transaction: &Transaction<'_>,
    owner: &AccountAddress,
    service: &FullAddress,
    node: Option<&str>,
) -> Result<usize> {
    let account = accounts::id_of(transaction, owner)?;
    transaction
        .prepare_cached(
            "DELETE FROM push_registrations WHERE account = ?1 AND service = ?2 AND (?3 IS NULL OR node = ?3)",
        )
        .and_then(|mut statement| statement.execute(params![account, service.to_string(), node]))
        .map_err(failure)
}

/// Removes what others have registered at the clients of an account: whoever gets its name after it is not told of their
/// messages.
pub(super) fn remove_clients(transaction: &Transaction<'_>, bare: &Address) -> Result<()> {
    // The character behind the slash is a zero.
    let (first, end) = (format!("{bare}/"), format!("{bare}0"));
    transaction
        .prepare_cached("DELETE FROM push_registrations WHERE service >= ?1 AND service < ?2")
        .and_then(|mut statement| statement.execute([first, end]))
        .map_err(failure)?;
    Ok(())
}

/// All of an account.
pub fn list(connection: &Connection, owner: &AccountAddress) -> Result<Vec<PushRegistration>> {
    connection
        .prepare_cached(
            "SELECT service, node, options FROM push_registrations \
             WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2) ORDER BY service, node",
        )
        .and_then(|mut statement| {
            let rows = statement.query_map([owner.host().as_str(), owner.localpart().as_str()], |row| {
                Ok(PushRegistration {
                    service: FullAddress::from_stored(row.get_ref(0)?.as_str()?),
                    node: row.get(1)?,
                    options: row.get(2)?,
                })
            })?;
            rows.collect()
        })
        .map_err(failure)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::account::AccountChanges;
    use crate::storage::account_moves;
    use crate::storage::testing::{TestStore, account, moment};

    fn registration(node: &str) -> PushRegistration {
        PushRegistration {
            service: FullAddress::from_stored("push.example.org"),
            node: node.to_owned(),
            options: Some("<x/>".to_owned()),
        }
    }

    async fn put_nodes(nodes: &'static [&'static str], most: u64) -> (TestStore, Result<()>) {
        let test = TestStore::with_accounts(&["jane"]).await;
        let mut outcome = Ok(());
        for node in nodes {
            outcome = test
                .write(move |transaction| put(transaction, &account("jane"), &registration(node), most))
                .await;
        }
        (test, outcome)
    }

    async fn nodes(test: &TestStore) -> Vec<String> {
        let kept = test.read(|connection| list(connection, &account("jane"))).await;
        kept.into_iter().map(|kept| kept.node).collect()
    }

    #[tokio::test]
    async fn a_node_is_registered_once_and_no_more_nodes_than_allowed() {
        let (test, outcome) = put_nodes(&["a", "b", "a"], 2).await;
        outcome.unwrap();
        assert_eq!(nodes(&test).await, ["a", "b"]);
        let (test, outcome) = put_nodes(&["a", "b", "c"], 2).await;
        assert!(matches!(outcome, Err(Error::LimitReached { .. })), "{outcome:?}");
        assert_eq!(nodes(&test).await, ["a", "b"]);
    }

    #[tokio::test]
    async fn whoever_takes_the_name_of_an_app_server_is_told_nothing() {
        let at = |service: &str| PushRegistration {
            service: FullAddress::from_stored(service),
            ..registration("a")
        };
        for is_removed in [true, false] {
            let test = TestStore::with_accounts(&["jane", "john", "johnny"]).await;
            test.write(move |transaction| {
                for service in ["john@example.org/push", "johnny@example.org/push", "pubsub.example.org"] {
                    put(transaction, &account("jane"), &at(service), 9)?;
                }
                let (john, heir) = (account("john"), account("johnny").to_address());
                if is_removed {
                    return account_moves::remove(transaction, &john, &heir);
                }
                let changes = AccountChanges::default();
                account_moves::rename(transaction, &john, &account("jack"), &changes, &heir, moment(0))
            })
            .await
            .unwrap();
            let kept = test.read(|connection| list(connection, &account("jane"))).await;
            let kept: Vec<_> = kept.into_iter().map(|kept| kept.service.to_string()).collect();
            assert_eq!(kept, ["johnny@example.org/push", "pubsub.example.org"]);
        }
    }

    #[tokio::test]
    async fn one_node_of_a_service_goes_or_all_of_them() {
        for (node, left) in [(Some("a"), &["b"][..]), (None, &[])] {
            let (test, _) = put_nodes(&["a", "b"], 9).await;
            test.write(move |transaction| {
                remove(
                    transaction,
                    &account("jane"),
                    &FullAddress::from_stored("push.example.org"),
                    node,
                )
            })
            .await
            .unwrap();
            assert_eq!(nodes(&test).await, left);
        }
    }
}
