//! Logins that are bound to their TLS connection, and attempts to talk a client out of it (RFC 5802 §6, XEP-0474).

use firekeeper::engine::sasl::{ChannelBindings, Conditions, Failure, Offer};

use super::client::Client;
use super::server::{Attempt, Outcome, Server, bindings};

const EXPORTER: &str = "p=tls-exporter,,";
const END_POINT: &str = "p=tls-server-end-point,,";

/// A client that binds with this header to these bytes.
fn bound<'a>(mechanism: &'a str, header: &'a str, bytes: &'a [u8]) -> Client<'a> {
    Client {
        header,
        bound: bytes,
        ..Client::new(mechanism)
    }
}

#[tokio::test]
async fn both_bindings_log_in_by_both_hashes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    for mechanism in ["SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"] {
        for (header, bytes) in [(EXPORTER, &[7; 32][..]), (END_POINT, &[9; 48][..])] {
            let outcome = bound(mechanism, header, bytes).log_in(&server).await;
            assert!(
                matches!(outcome, Outcome::Success(..)),
                "{mechanism} {header} {outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_login_that_is_bound_to_another_channel_fails() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    for (header, bytes) in [
        (EXPORTER, &[8; 32][..]),
        (EXPORTER, &[9; 48]),
        (EXPORTER, &[7; 31]),
        (EXPORTER, b""),
        (END_POINT, &[7; 32]),
        (END_POINT, b""),
    ] {
        let outcome = bound("SCRAM-SHA-256-PLUS", header, bytes).log_in(&server).await;
        assert_eq!(outcome, Outcome::Failure(Failure::NotAuthorized), "{header} {bytes:?}");
    }
}

#[tokio::test]
async fn a_type_that_is_not_offered_fails() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let without_exporter = ChannelBindings {
        tls_exporter: None,
        ..bindings()
    };
    let offer = Offer::new(&Conditions {
        tls: Some(&without_exporter),
        ..Conditions::default()
    });
    for header in [EXPORTER, "p=tls-unique,,", "p=TLS-SERVER-END-POINT,,", "p=x,,"] {
        let mut attempt = Attempt::begin(&server, &offer, "SCRAM-SHA-256-PLUS").unwrap();
        let first = bound("SCRAM-SHA-256-PLUS", header, b"").first();
        let outcome = attempt.send(first.as_bytes()).await;
        assert_eq!(outcome, Outcome::Failure(Failure::NotAuthorized), "{header}");
    }
    let attempt = Attempt::begin(&server, &offer, "SCRAM-SHA-256-PLUS").unwrap();
    let outcome = bound("SCRAM-SHA-256-PLUS", END_POINT, &[9; 48]).go_on(attempt).await;
    assert!(matches!(outcome, Outcome::Success(..)));
}

#[tokio::test]
async fn the_flag_must_agree_with_the_mechanism() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    for (mechanism, header) in [
        ("SCRAM-SHA-256-PLUS", "n,,"),
        ("SCRAM-SHA-256-PLUS", "y,,"),
        ("SCRAM-SHA-256", EXPORTER),
    ] {
        let outcome = bound(mechanism, header, &[7; 32]).log_in(&server).await;
        assert_eq!(
            outcome,
            Outcome::Failure(Failure::MalformedRequest),
            "{mechanism} {header}"
        );
    }
}

#[tokio::test]
async fn a_client_that_was_not_shown_the_binding_mechanisms_is_not_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let downgraded = bound("SCRAM-SHA-256", "y,,", b"");
    let outcome = downgraded.log_in(&server).await;
    assert_eq!(outcome, Outcome::Failure(Failure::NotAuthorized));
    // where they are not offered, the same client is right
    let elsewhere = Offer::new(&Conditions {
        tls: Some(&ChannelBindings::default()),
        ..Conditions::default()
    });
    let attempt = Attempt::begin(&server, &elsewhere, "SCRAM-SHA-256").unwrap();
    assert!(matches!(downgraded.go_on(attempt).await, Outcome::Success(..)));
}

#[tokio::test]
async fn who_changes_the_flag_on_the_way_is_found_out() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let client = bound("SCRAM-SHA-256", "y,,", b"");
    let mut attempt = server.begin("SCRAM-SHA-256");
    let changed = client.first().replacen("y,,", "n,,", 1);
    let Outcome::Challenge(challenge) = attempt.send(changed.as_bytes()).await else {
        panic!("no challenge");
    };
    let (last, _) = client.last(&challenge);
    assert_eq!(
        attempt.send(last.as_bytes()).await,
        Outcome::Failure(Failure::NotAuthorized)
    );
}

#[tokio::test]
async fn a_challenge_carries_the_digest_of_the_offer_last() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    for (mechanism, length) in [("SCRAM-SHA-1", 28), ("SCRAM-SHA-256", 44)] {
        let Outcome::Challenge(challenge) = server
            .answer(mechanism, Client::new(mechanism).first().as_bytes())
            .await
        else {
            panic!("no challenge");
        };
        let attributes: Vec<_> = challenge.split(',').collect();
        let names: Vec<_> = attributes.iter().map(|attribute| &attribute[..2]).collect();
        assert_eq!(names, ["r=", "s=", "i=", "h="]);
        assert_eq!(attributes[3].len(), 2 + length, "{challenge}");
    }
}
