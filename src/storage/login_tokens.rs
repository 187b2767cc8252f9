//! Tokens with which clients log in again (XEP-0484). Each client has two places: for the token that it uses, and for one
//! that it was given since and may not have received. They go with the password that they were given for.

use rusqlite::{Connection, OptionalExtension, params};

use super::account_records;
use super::rows::{amount, failure, time};
use super::writer::Transaction;
use crate::domain::account::Credentials;
use crate::domain::address::AccountAddress;
use crate::domain::login_token::{LoginToken, TokenUse};
use crate::domain::{Error, Result};

/// The tokens of a client, the one that it was given last first.
pub fn list(connection: &Connection, address: &AccountAddress, client: &str) -> Result<Vec<LoginToken>> {
    connection
        .prepare_cached(
            "SELECT seed, mechanism, issued, expires, count FROM login_tokens \
             WHERE account = (SELECT id FROM accounts WHERE host = ?1 AND localpart = ?2) AND client = ?3 ORDER BY used",
        )
        .and_then(|mut statement| {
            let found = statement.query_map(
                [address.host().as_str(), address.localpart().as_str(), client],
                |row| {
                    Ok(LoginToken {
                        seed: row.get(0)?,
                        mechanism: row.get(1)?,
                        issued: time(row.get(2)?),
                        expires: time(row.get(3)?),
                        count: amount(row, 4)?,
                    })
                },
            )?;
            found.collect()
        })
        .map_err(failure)
}

/// Stores a token that a client is given, in the place of one that it has not used. `clients` of the account have tokens at
/// most: the one that was given its token first loses it. False: the account does not have the keys that the client has
/// shown any more, or is locked, and nothing is stored.
pub fn insert(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    client: &str,
    token: &LoginToken,
    shown: &Credentials,
    clients: u32,
) -> Result<bool> {
    let Some((account, record)) = account_records::find_record(transaction, address)? else {
        return Ok(false);
    };
    let is_locked = record
        .lockout
        .is_some_and(|lockout| lockout.until.is_none_or(|until| token.issued < until));
    if is_locked || !record.credentials.include(shown) {
        return Ok(false);
    }
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO login_tokens (account, client, used, seed, mechanism, issued, expires) \
             VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                account,
                client,
                token.seed,
                token.mechanism,
                token.issued.as_millisecond(),
                token.expires.as_millisecond(),
            ])
        })
        .map_err(failure)?;
    transaction
        .prepare_cached(
            "DELETE FROM login_tokens WHERE account = ?1 AND client IN (SELECT client FROM login_tokens \
             WHERE account = ?1 AND client <> ?2 GROUP BY client ORDER BY max(issued) DESC LIMIT -1 OFFSET ?3)",
        )
        .and_then(|mut statement| statement.execute(params![account, client, clients.saturating_sub(1)]))
        .map_err(failure)?;
    Ok(true)
}

/// Notes that a client has used a token: the one before it is gone then, and all of them if that is asked for. False: the
/// token is gone, or its count was reached before, and nothing has changed.
pub fn note_use(
    transaction: &mut Transaction<'_>,
    address: &AccountAddress,
    client: &str,
    seed: &[u8],
    how: TokenUse,
) -> Result<bool> {
    let account = match account_records::id_of(transaction, address) {
        Err(Error::NotFound { .. }) => return Ok(false),
        found => found?,
    };
    let found = transaction
        .prepare_cached("SELECT used, count FROM login_tokens WHERE account = ?1 AND client = ?2 AND seed = ?3")
        .and_then(|mut statement| {
            statement
                .query_row(params![account, client, seed], |row| {
                    Ok((row.get::<_, bool>(0)?, amount(row, 1)?))
                })
                .optional()
        })
        .map_err(failure)?;
    let Some((is_used, reached)) = found else {
        return Ok(false);
    };
    if how.count.is_some_and(|count| count <= reached) {
        return Ok(false);
    }
    if how.invalidates || !is_used {
        // What a client has used is the older one of two.
        transaction
            .prepare_cached("DELETE FROM login_tokens WHERE account = ?1 AND client = ?2 AND (used = 1 OR ?3)")
            .and_then(|mut statement| statement.execute(params![account, client, how.invalidates]))
            .map_err(failure)?;
    }
    let count = how.count.unwrap_or(reached);
    transaction
        .prepare_cached(
            "UPDATE login_tokens SET used = 1, count = ?4 WHERE account = ?1 AND client = ?2 AND seed = ?3 \
             AND (used, count) IS NOT (1, ?4)",
        )
        .and_then(|mut statement| {
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            statement.execute(params![account, client, seed, count])
        })
        .map_err(failure)?;
    Ok(true)
}

/// Removes all tokens of an account, which is known by its row.
pub(super) fn remove_all(transaction: &Transaction<'_>, account: i64) -> Result<()> {
    transaction
        .prepare_cached("DELETE FROM login_tokens WHERE account = ?1")
        .and_then(|mut statement| statement.execute([account]))
        .map_err(failure)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::accounts;
    use super::*;
    use crate::domain::account::{AccountChanges, Lockout, OpenSessions, ScramKeys};
    use crate::storage::testing::{TestStore, account, moment};

    fn token(seed: &str) -> LoginToken {
        LoginToken {
            seed: seed.as_bytes().to_vec(),
            mechanism: "HT-SHA-256-NONE".to_owned(),
            issued: moment(0),
            expires: moment(1_000),
            count: 0,
        }
    }

    fn give(transaction: &mut Transaction<'_>, client: &str, seed: &str) -> bool {
        let stored = insert(
            transaction,
            &account("jane"),
            client,
            &token(seed),
            &Credentials::default(),
            2,
        );
        stored.unwrap()
    }

    fn take(transaction: &mut Transaction<'_>, seed: &str, count: Option<u64>) -> bool {
        let how = TokenUse {
            count,
            invalidates: false,
        };
        note_use(transaction, &account("jane"), "phone", seed.as_bytes(), how).unwrap()
    }

    fn seeds(connection: &Connection, client: &str) -> Vec<String> {
        let found = list(connection, &account("jane"), client).unwrap();
        let text = |token: LoginToken| String::from_utf8(token.seed).unwrap();
        found.into_iter().map(text).collect()
    }

    #[tokio::test]
    async fn a_token_is_good_until_the_one_after_it_is_used() {
        let test = TestStore::with_accounts(&["jane"]).await;
        let steps = test.write(|transaction| {
            assert!(give(transaction, "phone", "one"));
            assert!(take(transaction, "one", None));
            assert!(give(transaction, "phone", "two"));
            assert_eq!(seeds(transaction, "phone"), ["two", "one"]);
            assert!(take(transaction, "one", None));
            assert!(give(transaction, "phone", "three"));
            assert!(!take(transaction, "two", None), "it was never used");
            assert!(take(transaction, "three", None));
            assert!(!take(transaction, "one", None));
            assert_eq!(seeds(transaction, "phone"), ["three"]);
            Ok(())
        });
        steps.await.unwrap();
    }

    #[tokio::test]
    async fn a_count_is_good_once_and_only_upwards() {
        let test = TestStore::with_accounts(&["jane"]).await;
        let steps = test.write(|transaction| {
            give(transaction, "phone", "one");
            for (count, good) in [
                (Some(5), true),
                (Some(5), false),
                (Some(4), false),
                (None, true),
                (Some(6), true),
            ] {
                assert_eq!(take(transaction, "one", count), good, "{count:?}");
            }
            Ok(())
        });
        steps.await.unwrap();
    }

    #[tokio::test]
    async fn a_client_that_logs_out_has_no_token_any_more_and_others_keep_theirs() {
        let test = TestStore::with_accounts(&["jane"]).await;
        let steps = test.write(|transaction| {
            give(transaction, "phone", "one");
            take(transaction, "one", None);
            give(transaction, "phone", "two");
            give(transaction, "desk", "three");
            let how = TokenUse {
                invalidates: true,
                ..TokenUse::default()
            };
            assert!(note_use(transaction, &account("jane"), "phone", b"one", how)?);
            assert!(seeds(transaction, "phone").is_empty());
            assert_eq!(seeds(transaction, "desk"), ["three"]);
            Ok(())
        });
        steps.await.unwrap();
    }

    #[tokio::test]
    async fn so_many_clients_of_an_account_have_tokens() {
        let test = TestStore::with_accounts(&["jane"]).await;
        let steps = test.write(|transaction| {
            for (client, at) in [("a", 1), ("b", 3), ("c", 2), ("d", 4)] {
                let given = LoginToken {
                    issued: moment(at),
                    ..token(client)
                };
                insert(
                    transaction,
                    &account("jane"),
                    client,
                    &given,
                    &Credentials::default(),
                    2,
                )?;
            }
            let left: Vec<_> = ["a", "b", "c", "d"]
                .map(|client| seeds(transaction, client).len())
                .into();
            assert_eq!(left, [0, 1, 0, 1]);
            Ok(())
        });
        steps.await.unwrap();
    }

    #[tokio::test]
    async fn tokens_go_with_the_password_and_with_a_lockout_and_none_comes_behind_them() {
        let test = TestStore::with_accounts(&["jane"]).await;
        let steps = test.write(|transaction| {
            let jane = account("jane");
            let keys = |stored_key: u8| Credentials {
                sha1: None,
                sha256: Some(ScramKeys {
                    salt: vec![1],
                    iterations: 1,
                    stored_key: vec![stored_key],
                    server_key: vec![2],
                }),
            };
            give(transaction, "phone", "one");
            let none = AccountChanges::default();
            accounts::change(transaction, &jane, &none, None, moment(0))?;
            assert_eq!(seeds(transaction, "phone"), ["one"]);
            accounts::change(transaction, &jane, &none, Some(&keys(1)), moment(0))?;
            assert!(seeds(transaction, "phone").is_empty());
            // Who has logged in with the password from before is a moment too late.
            assert!(!insert(transaction, &jane, "phone", &token("two"), &keys(2), 2)?);
            assert!(insert(transaction, &jane, "phone", &token("two"), &keys(1), 2)?);

            accounts::lock(transaction, &jane, &Lockout::default(), OpenSessions::Keep)?;
            assert!(seeds(transaction, "phone").is_empty());
            assert!(!insert(transaction, &jane, "phone", &token("three"), &keys(1), 2)?);
            accounts::unlock(transaction, &jane)?;
            assert!(insert(transaction, &jane, "phone", &token("three"), &keys(1), 2)?);
            Ok(())
        });
        steps.await.unwrap();
    }
}
