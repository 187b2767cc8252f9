//! Bytes that no client of good will sends.

use firekeeper::engine::sasl::{Conditions, Failure, MAX_MESSAGE, Offer, decode_initial_response, decode_response};
use proptest::prelude::*;
use tokio::runtime::Runtime;

use super::client::Client;
use super::server::{Attempt, Outcome, Server, bindings};

const MECHANISMS: [&str; 6] = [
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1",
    "PLAIN",
    "ANONYMOUS",
];

#[tokio::test]
async fn a_message_beyond_the_limit_is_malformed_in_every_mechanism() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let long = format!("\0user\0{}", "x".repeat(MAX_MESSAGE));
    for mechanism in &MECHANISMS[..5] {
        let outcome = server.answer(mechanism, long.as_bytes()).await;
        assert_eq!(outcome, Outcome::Failure(Failure::MalformedRequest), "{mechanism}");
    }
}

#[tokio::test]
async fn an_extension_that_is_mandatory_fails_and_an_optional_one_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let malformed = Outcome::Failure(Failure::MalformedRequest);
    for first in ["n,,m=x,n=user,r=abc", "n,,n=user,r=abc,m=x"] {
        assert_eq!(
            server.answer("SCRAM-SHA-256", first.as_bytes()).await,
            malformed,
            "{first}"
        );
    }
    let client = Client::new("SCRAM-SHA-256");
    for (extension, outcome) in [("m=x", malformed), ("x=y", Outcome::Failure(Failure::NotAuthorized))] {
        let mut attempt = server.begin("SCRAM-SHA-256");
        let Outcome::Challenge(challenge) = attempt.send(client.first().as_bytes()).await else {
            panic!("no challenge");
        };
        let last = client
            .last(&challenge)
            .0
            .replacen(",p=", &format!(",{extension},p="), 1);
        assert_eq!(attempt.send(last.as_bytes()).await, outcome, "{extension}");
    }
}

/// A server for as long as the properties are tried.
struct Running {
    runtime: Runtime,
    server: Server,
    _folder: tempfile::TempDir,
}

fn running() -> Running {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(Server::start(folder.path()));
    Running {
        runtime,
        server,
        _folder: folder,
    }
}

fn is_failure(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failure(_))
}

#[test]
fn no_bytes_let_anybody_in() {
    let running = running();
    let bindings = bindings();
    let offer = Offer::new(&Conditions {
        tls: Some(&bindings),
        anonymous: true,
        ..Conditions::default()
    });
    let pieces = prop_oneof![
        any::<Vec<u8>>(),
        "[npy],?(a=[a-z@=]{0,9})?,[a-z]=[a-zA-Z0-9=]{0,9},r=[!-~]{0,9}(,[a-z]=.{0,3})?".prop_map(String::into_bytes),
        "[^\u{0}]{0,9}\u{0}[^\u{0}]{0,9}\u{0}[^\u{0}]{0,9}".prop_map(String::into_bytes),
        "c=[a-zA-Z0-9+/=]{0,20},r=[!-~]{0,40},p=[a-zA-Z0-9+/=]{0,44}".prop_map(String::into_bytes),
    ];
    let messages = (
        0..MECHANISMS.len(),
        prop::collection::vec(prop::option::weighted(0.9, pieces), 1..4),
    );
    let mut runner = proptest::test_runner::TestRunner::default();
    runner
        .run(&messages, |(mechanism, messages)| {
            let mechanism = MECHANISMS[mechanism];
            running.runtime.block_on(async {
                let mut attempt = Attempt::begin(&running.server, &offer, mechanism).expect("an offered mechanism");
                for message in messages {
                    let outcome = attempt.step(message.as_deref()).await;
                    let somebody = matches!(outcome, Outcome::Success(Some(_), _));
                    assert!(!somebody, "{mechanism}: {outcome:?}");
                }
            });
            Ok(())
        })
        .unwrap();
}

#[test]
fn any_change_to_a_right_answer_makes_it_wrong() {
    let running = running();
    let change = (0..MECHANISMS.len() - 2, any::<prop::sample::Index>(), any::<u8>(), 0..3);
    let mut runner = proptest::test_runner::TestRunner::default();
    runner
        .run(&change, |(mechanism, place, byte, kind)| {
            let mechanism = MECHANISMS[mechanism];
            let plus = mechanism.ends_with("-PLUS");
            let client = Client {
                header: if plus { "p=tls-exporter,," } else { "n,," },
                bound: if plus { &[7; 32] } else { b"" },
                ..Client::new(mechanism)
            };
            running.runtime.block_on(async {
                // the unchanged one is right, which also keeps the throttle away
                assert!(!is_failure(&client.log_in(&running.server).await));
                let mut attempt = running.server.begin(mechanism);
                let Outcome::Challenge(challenge) = attempt.send(client.first().as_bytes()).await else {
                    panic!("no challenge");
                };
                let right = client.last(&challenge).0.into_bytes();
                let mut changed = right.clone();
                let at = place.index(changed.len());
                match kind {
                    0 => changed[at] = byte,
                    1 => changed.insert(at, byte),
                    _ => drop(changed.remove(at)),
                }
                let outcome = attempt.send(&changed).await;
                let shown = String::from_utf8_lossy(&changed);
                assert!(changed == right || is_failure(&outcome), "{shown}: {outcome:?}");
            });
            Ok(())
        })
        .unwrap();
}

proptest! {
    #[test]
    fn texts_are_read_as_base64_or_refused(text in "\\PC{0,40}|[A-Za-z0-9+/=]{0,40}") {
        let read = decode_response(&text);
        if let Ok(message) = &read && !message.is_empty() {
            prop_assert_eq!(firekeeper::engine::sasl::encode(message), text.as_str());
        }
        let initial = decode_initial_response(&text);
        prop_assert_eq!(initial, if text.is_empty() { Ok(None) } else { read.map(Some) });
    }
}
