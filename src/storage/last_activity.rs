//! When accounts were last here (XEP-0012). It is noted when their last session goes, many accounts in one job.

use rusqlite::{Connection, OptionalExtension, params};

use super::rows::{failure, time};
use super::writer::Transaction;
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::presence::LastActivity;

pub fn find(connection: &Connection, address: &AccountAddress) -> Result<Option<LastActivity>> {
    connection
        .prepare_cached(
            "SELECT at, status FROM last_activity \
             WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2)",
        )
        .and_then(|mut statement| {
            statement
                .query_row([address.host().as_str(), address.localpart().as_str()], |row| {
                    Ok(LastActivity {
                        at: time(row.get(0)?),
                        status: row.get(1)?,
                    })
                })
                .optional()
        })
        .map_err(failure)
}

/// Notes when accounts went; those that do not exist any more are left out.
pub fn put(transaction: &mut Transaction<'_>, departures: &[(AccountAddress, LastActivity)]) -> Result<()> {
    for (address, last) in departures {
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO last_activity (account, at, status) \
                 SELECT id, ?3, ?4 FROM accounts WHERE host = ?1 AND localpart = ?2",
            )
            .and_then(|mut statement| {
                statement.execute(params![
                    address.host().as_str(),
                    address.localpart().as_str(),
                    last.at.as_millisecond(),
                    last.status,
                ])
            })
            .map_err(failure)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::testing::{TestStore, account, moment};

    #[tokio::test]
    async fn the_last_departure_of_each_account_is_known() {
        let test = TestStore::with_accounts(&["jane", "john"]).await;
        let went = |at, status: Option<&str>| LastActivity {
            at: moment(at),
            status: status.map(str::to_owned),
        };
        for departures in [
            vec![
                ("jane", went(1, Some("bye"))),
                ("john", went(2, None)),
                ("nobody", went(3, None)),
            ],
            vec![("jane", went(4, None))],
        ] {
            test.write(move |transaction| {
                let departures: Vec<_> = departures
                    .iter()
                    .map(|(name, last)| (account(name), last.clone()))
                    .collect();
                put(transaction, &departures)
            })
            .await
            .unwrap();
        }
        for (name, expected) in [
            ("jane", Some(went(4, None))),
            ("john", Some(went(2, None))),
            ("nobody", None),
        ] {
            assert_eq!(
                test.read(move |connection| find(connection, &account(name))).await,
                expected
            );
        }
    }
}
