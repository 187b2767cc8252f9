//! What becomes of accounts: lockouts, changes in the middle of a login, keys that are missing, too much at once.

use firekeeper::domain::account::Credentials;
use firekeeper::engine::sasl::Failure;
use firekeeper::scram::{Hash, keys};
use firekeeper::storage::accounts;

use super::client::Client;
use super::server::{Outcome, PASSWORD, Server, address};

const DISABLED: Outcome = Outcome::Failure(Failure::AccountDisabled);
const REFUSED: Outcome = Outcome::Failure(Failure::NotAuthorized);

#[tokio::test]
async fn a_locked_account_is_told_so_only_to_who_knows_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    server.lock("user", None, None).await;
    assert_eq!(server.answer("PLAIN", b"\0user\0pencil").await, DISABLED);
    assert_eq!(server.answer("PLAIN", b"\0user\0crayon").await, REFUSED);
    for mechanism in ["SCRAM-SHA-1", "SCRAM-SHA-256"] {
        assert_eq!(Client::new(mechanism).log_in(&server).await, DISABLED);
        let wrong = Client {
            password: "crayon",
            ..Client::new(mechanism)
        };
        assert_eq!(wrong.log_in(&server).await, REFUSED);
    }
}

#[tokio::test]
async fn a_lockout_counts_from_its_first_moment_until_before_its_last() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let (from, until) = ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z");
    server.lock("user", Some(from), Some(until)).await;
    for (now, locked) in [
        ("2026-01-31T23:59:59.999Z", false),
        (from, true),
        ("2026-02-28T23:59:59.999Z", true),
        (until, false),
    ] {
        server.clock.set(now);
        let outcome = Client::new("SCRAM-SHA-256").log_in(&server).await;
        assert_eq!(outcome == DISABLED, locked, "{now}: {outcome:?}");
        let outcome = server.answer("PLAIN", b"\0user\0pencil").await;
        assert_eq!(outcome == DISABLED, locked, "{now}: {outcome:?}");
    }
}

#[tokio::test]
async fn what_happens_to_an_account_after_its_challenge_counts() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let client = Client::new("SCRAM-SHA-256");
    let (mut before_lock, mut before_change) = (server.begin("SCRAM-SHA-256"), server.begin("SCRAM-SHA-256"));
    let Outcome::Challenge(first) = before_lock.send(client.first().as_bytes()).await else {
        panic!("no challenge");
    };
    let Outcome::Challenge(second) = before_change.send(client.first().as_bytes()).await else {
        panic!("no challenge");
    };
    server.lock("user", None, None).await;
    assert_eq!(before_lock.send(client.last(&first).0.as_bytes()).await, DISABLED);
    let new = server.keys().await;
    let job = server.store.write(move |transaction| {
        let changes = firekeeper::domain::account::AccountChanges::default();
        let now = jiff::Timestamp::UNIX_EPOCH;
        accounts::change(transaction, &address("user"), &changes, Some(&new), now)
    });
    job.await.unwrap();
    assert_eq!(before_change.send(client.last(&second).0.as_bytes()).await, REFUSED);
}

#[tokio::test]
async fn keys_that_are_missing_are_made_at_the_first_login_that_shows_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let old = keys(Hash::Sha1, PASSWORD, b"from elsewhere", 3);
    let moved = Credentials {
        sha1: Some(old.clone()),
        sha256: None,
    };
    server.insert("moved", moved).await;
    let by_sha256 = Client {
        name: "moved",
        ..Client::new("SCRAM-SHA-256")
    };
    assert_eq!(by_sha256.log_in(&server).await, REFUSED);
    assert_eq!(server.answer("PLAIN", b"\0moved\0crayon").await, REFUSED);
    assert_eq!(by_sha256.log_in(&server).await, REFUSED);
    assert!(matches!(
        server.answer("PLAIN", b"\0moved\0pencil").await,
        Outcome::Success(..)
    ));
    assert!(matches!(by_sha256.log_in(&server).await, Outcome::Success(..)));
    // the keys that were there stay
    let found = server.accounts.find(&address("moved")).await.unwrap().unwrap();
    let sha1 = found.credentials.sha1.as_ref().unwrap();
    assert_eq!(
        (&sha1.salt, sha1.iterations, &sha1.stored_key),
        (&old.salt, 3, &old.stored_key)
    );
    assert_eq!(found.account.modified, found.account.created);
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_gets_no_keys_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let only_sha1 = |password: &str| Credentials {
        sha1: Some(keys(Hash::Sha1, password, b"salt", 3)),
        sha256: None,
    };
    server.insert("moved", only_sha1(PASSWORD)).await;
    let (before, made) = (only_sha1(PASSWORD), server.keys().await);
    let job = server.store.write(move |transaction| {
        let changes = firekeeper::domain::account::AccountChanges::default();
        let now = jiff::Timestamp::UNIX_EPOCH;
        let address = address("moved");
        accounts::change(transaction, &address, &changes, Some(&only_sha1("crayon")), now)?;
        accounts::add_missing_keys(transaction, &address, &before, &made)
    });
    job.await.unwrap();
    let found = server.accounts.find(&address("moved")).await.unwrap().unwrap();
    assert!(found.credentials.sha256.is_none());
}

#[tokio::test]
async fn a_password_that_nobody_has_time_to_check_is_no_wrong_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let right = Client::new("SCRAM-SHA-256");
    server.store.close().await;
    drop(server);
    let busy = Server::open(folder.path(), 0).await;
    let later = Outcome::Failure(Failure::TemporaryAuthFailure);
    for _ in 0..20 {
        assert_eq!(busy.answer("PLAIN", b"\0user\0pencil").await, later);
        assert_eq!(busy.answer("PLAIN", b"\0nobody\0pencil").await, later);
    }
    // a proof needs no hashing, and nothing was held against the account
    assert!(matches!(right.log_in(&busy).await, Outcome::Success(..)));
}

#[tokio::test]
async fn guessing_ends_in_a_pause_but_not_where_the_account_has_logged_in_before() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    server.insert("other", server.keys().await).await;
    let later = Outcome::Failure(Failure::TemporaryAuthFailure);
    let mut outcomes = Vec::new();
    for _ in 0..30 {
        outcomes.push(server.answer("PLAIN", b"\0user\0crayon").await);
    }
    assert_eq!(outcomes.first(), Some(&REFUSED));
    assert_eq!(outcomes.last(), Some(&later));
    assert_eq!(server.answer("PLAIN", b"\0user\0pencil").await, later);
    assert_eq!(Client::new("SCRAM-SHA-256").log_in(&server).await, later);

    assert!(matches!(
        server.answer("PLAIN", b"\0other\0pencil").await,
        Outcome::Success(..)
    ));
    for _ in 0..30 {
        assert_eq!(server.answer("PLAIN", b"\0other\0crayon").await, REFUSED);
    }
    assert!(matches!(
        server.answer("PLAIN", b"\0other\0pencil").await,
        Outcome::Success(..)
    ));
}

#[tokio::test]
async fn unknown_accounts_are_throttled_like_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    for message in [&b"\0user\0crayon"[..], b"\0nobody\0crayon"] {
        let mut refused = 0;
        while server.answer("PLAIN", message).await == REFUSED {
            refused += 1;
        }
        // seven at once, and another for a moment that passes meanwhile
        assert!((7..12).contains(&refused), "{refused}");
    }
}
