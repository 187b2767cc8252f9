//! Accounts that do not exist look like accounts whose password is wrong.

use std::sync::Arc;
use std::sync::atomic::AtomicU8;

use firekeeper::domain::account::Credentials;
use firekeeper::engine::sasl::{Failure, Sasl};
use firekeeper::storage::account_moves;

use super::client::Client;
use super::server::{Counting, Outcome, Server, address};

/// Name and value of what a challenge says about an account: salt and rounds.
async fn seen(server: &Server, mechanism: &str, name: &str) -> (String, String) {
    let client = Client {
        name,
        ..Client::new(mechanism)
    };
    let Outcome::Challenge(challenge) = server.answer(mechanism, client.first().as_bytes()).await else {
        panic!("no challenge for {name}");
    };
    let mut attributes = challenge.split(',').skip(1).map(str::to_owned);
    (
        attributes.next().unwrap_or_default(),
        attributes.next().unwrap_or_default(),
    )
}

#[tokio::test]
async fn challenges_have_the_same_shape_and_answers_fail_alike() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    for mechanism in ["SCRAM-SHA-1", "SCRAM-SHA-256"] {
        let (salt, rounds) = seen(&server, mechanism, "user").await;
        let (unknown_salt, unknown_rounds) = seen(&server, mechanism, "nobody").await;
        assert_eq!((salt.len(), rounds), (unknown_salt.len(), unknown_rounds));
        for name in ["user", "nobody"] {
            let wrong = Client {
                name,
                password: "crayon",
                ..Client::new(mechanism)
            };
            assert_eq!(
                wrong.log_in(&server).await,
                Outcome::Failure(Failure::NotAuthorized),
                "{name}"
            );
        }
    }
}

#[tokio::test]
async fn an_unknown_account_has_one_salt_per_hash_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let before = seen(&server, "SCRAM-SHA-256", "nobody").await;
    assert_eq!(seen(&server, "SCRAM-SHA-256", "NoBody").await, before);
    assert_ne!(seen(&server, "SCRAM-SHA-256", "somebody").await, before);
    assert_ne!(seen(&server, "SCRAM-SHA-1", "nobody").await, before);
    server.store.close().await;
    drop(server);
    let server = Server::open(folder.path(), 256).await;
    assert_eq!(seen(&server, "SCRAM-SHA-256", "nobody").await, before);
}

#[tokio::test]
async fn two_installations_give_an_unknown_account_two_salts() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [mut one, other] = [
        Server::start(folders[0].path()).await,
        Server::start(folders[1].path()).await,
    ];
    assert_eq!(
        seen(&one, "SCRAM-SHA-1", "nobody").await,
        seen(&other, "SCRAM-SHA-1", "nobody").await
    );
    // the randomness of these two repeats, so the second is given a key of its own
    let job = one.store.write(|transaction| {
        let removed = transaction.execute("DELETE FROM settings WHERE key = 'sasl.key'", []);
        assert_eq!(removed.expect("a statement"), 1);
        Ok(())
    });
    job.await.unwrap();
    let random = Arc::new(Counting(AtomicU8::new(99)));
    one.sasl = Sasl::open(&one.store, one.accounts.clone(), random).await.unwrap();
    assert_ne!(
        seen(&one, "SCRAM-SHA-1", "nobody").await,
        seen(&other, "SCRAM-SHA-1", "nobody").await
    );
}

#[tokio::test]
async fn an_account_without_keys_for_a_mechanism_looks_unknown_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let unknown = seen(&server, "SCRAM-SHA-256", "moved").await;
    let keys = Credentials {
        sha256: None,
        ..server.keys().await
    };
    server.insert("moved", keys).await;
    assert_eq!(seen(&server, "SCRAM-SHA-256", "moved").await, unknown);
    let by = |mechanism| Client {
        name: "moved",
        ..Client::new(mechanism)
    };
    let refused = Outcome::Failure(Failure::NotAuthorized);
    assert_eq!(by("SCRAM-SHA-256").log_in(&server).await, refused);
    assert!(matches!(by("SCRAM-SHA-1").log_in(&server).await, Outcome::Success(..)));
}

#[tokio::test]
async fn an_account_that_is_made_or_removed_changes_its_salt() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let unknown = seen(&server, "SCRAM-SHA-256", "new").await;
    server.insert("new", server.keys().await).await;
    assert_ne!(seen(&server, "SCRAM-SHA-256", "new").await, unknown);
    let job = server.store.write(|transaction| {
        let heir = address("user").to_address();
        account_moves::remove(transaction, &address("new"), &heir)
    });
    job.await.unwrap();
    assert_eq!(seen(&server, "SCRAM-SHA-256", "new").await, unknown);
}
