//! Names, passwords and identities in every mechanism.

use firekeeper::engine::sasl::{Conditions, Failure, Offer};

use super::client::Client;
use super::server::{Attempt, Outcome, Server, bindings};

const USER: &str = "user@example.org";

fn success(address: &str) -> Outcome {
    Outcome::Success(Some(address.to_owned()), None)
}

#[tokio::test]
async fn the_right_password_logs_in_by_both_hashes_and_a_wrong_one_by_none() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    for mechanism in ["SCRAM-SHA-1", "SCRAM-SHA-256"] {
        let right = Client::new(mechanism);
        assert!(matches!(right.log_in(&server).await, Outcome::Success(Some(who), _) if who == USER));
        let wrong = Client {
            password: "crayon",
            ..Client::new(mechanism)
        };
        assert_eq!(wrong.log_in(&server).await, Outcome::Failure(Failure::NotAuthorized));
    }
}

#[tokio::test]
async fn plain_logs_in_with_the_right_password_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    for (message, outcome) in [
        (&b"\0user\0pencil"[..], success(USER)),
        (b"user@example.org\0user\0pencil", success(USER)),
        (b"User@EXAMPLE.org\0USER\0pencil", success(USER)),
        (b"\0user\0pencil ", Outcome::Failure(Failure::NotAuthorized)),
        (b"\0user\0Pencil", Outcome::Failure(Failure::NotAuthorized)),
        (b"\0nobody\0pencil", Outcome::Failure(Failure::NotAuthorized)),
        (b"\0user@example.org\0pencil", Outcome::Failure(Failure::NotAuthorized)),
        (b"\0us er\0pencil", Outcome::Failure(Failure::NotAuthorized)),
        (b"\0user\0", Outcome::Failure(Failure::MalformedRequest)),
        (b"user\0pencil", Outcome::Failure(Failure::MalformedRequest)),
    ] {
        let shown = String::from_utf8_lossy(message);
        assert_eq!(server.answer("PLAIN", message).await, outcome, "{shown:?}");
    }
}

#[tokio::test]
async fn nobody_acts_as_another() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    for other in [
        "other@example.org",
        "user@example.com",
        "user",
        "example.org",
        "user@example.org/phone",
        "user@example.org.",
        "@example.org",
        "user@@example.org",
    ] {
        let plain = format!("{other}\0user\0pencil");
        let refused = Outcome::Failure(Failure::InvalidAuthzid);
        assert_eq!(server.answer("PLAIN", plain.as_bytes()).await, refused, "{other}");
        let header = format!("n,a={other},");
        let scram = Client {
            header: &header,
            ..Client::new("SCRAM-SHA-256")
        };
        assert_eq!(scram.log_in(&server).await, refused, "{other}");
    }
    let own = Client {
        header: "n,a=USER@example.org,",
        ..Client::new("SCRAM-SHA-256")
    };
    assert!(matches!(own.log_in(&server).await, Outcome::Success(..)));
}

#[tokio::test]
async fn names_are_unescaped_and_prepared() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    server.insert("a,b=c", server.keys().await).await;
    server.insert("jürgen", server.keys().await).await;
    for (name, address) in [
        ("a=2Cb=3Dc", "a,b=c@example.org"),
        ("A=2CB=3DC", "a,b=c@example.org"),
        ("Ju\u{308}rgen", "jürgen@example.org"),
        ("jürgen\u{ad}", "jürgen@example.org"),
        ("ＵＳＥＲ", USER),
    ] {
        let client = Client {
            name,
            ..Client::new("SCRAM-SHA-256")
        };
        let outcome = client.log_in(&server).await;
        assert!(
            matches!(&outcome, Outcome::Success(Some(who), _) if who == address),
            "{name}: {outcome:?}"
        );
    }
    // letters of today's Unicode that would become those of the name
    for name in ["\u{1F184}ser", "us\u{1F174}r", "user\u{a0}", "us\u{7}er", "\u{627}1"] {
        let client = Client {
            name,
            ..Client::new("SCRAM-SHA-256")
        };
        assert_eq!(
            client.log_in(&server).await,
            Outcome::Failure(Failure::NotAuthorized),
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn passwords_are_prepared() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    // SASLprep drops soft hyphens and composes (RFC 4013 §3)
    assert_eq!(
        server.answer("PLAIN", "\0user\0pen\u{ad}cil".as_bytes()).await,
        success(USER)
    );
    assert_eq!(
        server.answer("PLAIN", "\0user\0ｐencil".as_bytes()).await,
        success(USER)
    );
}

#[tokio::test]
async fn without_an_initial_response_the_client_is_asked_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let mut plain = server.begin("PLAIN");
    assert_eq!(plain.step(None).await, Outcome::Challenge(String::new()));
    assert_eq!(plain.send(b"\0user\0pencil").await, success(USER));

    let mut scram = server.begin("SCRAM-SHA-256");
    assert_eq!(scram.step(None).await, Outcome::Challenge(String::new()));
    let outcome = Client::new("SCRAM-SHA-256").go_on(scram).await;
    assert!(matches!(outcome, Outcome::Success(..)));

    let mut twice = server.begin("PLAIN");
    assert_eq!(twice.step(None).await, Outcome::Challenge(String::new()));
    assert_eq!(twice.step(None).await, Outcome::Failure(Failure::MalformedRequest));
}

#[tokio::test]
async fn an_attempt_ends_with_its_first_failure_or_success() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let over = Outcome::Failure(Failure::MalformedRequest);
    for first in [&b"\0user\0crayon"[..], b"\0user\0pencil", b"rubbish"] {
        let mut attempt = server.begin("PLAIN");
        attempt.send(first).await;
        assert_eq!(attempt.send(b"\0user\0pencil").await, over);
    }
    let client = Client::new("SCRAM-SHA-1");
    let mut attempt = server.begin("SCRAM-SHA-1");
    let Outcome::Challenge(challenge) = attempt.send(client.first().as_bytes()).await else {
        panic!("no challenge");
    };
    let (last, _) = client.last(&challenge);
    assert!(matches!(attempt.send(last.as_bytes()).await, Outcome::Success(..)));
    assert_eq!(attempt.send(last.as_bytes()).await, over);
}

#[tokio::test]
async fn an_answer_counts_for_its_own_challenge_only() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let client = Client::new("SCRAM-SHA-256");
    let (mut heard, mut replayed) = (server.begin("SCRAM-SHA-256"), server.begin("SCRAM-SHA-256"));
    let Outcome::Challenge(challenge) = heard.send(client.first().as_bytes()).await else {
        panic!("no challenge");
    };
    let Outcome::Challenge(other) = replayed.send(client.first().as_bytes()).await else {
        panic!("no challenge");
    };
    assert_ne!(challenge, other);
    let (last, _) = client.last(&challenge);
    assert!(matches!(heard.send(last.as_bytes()).await, Outcome::Success(..)));
    assert_eq!(
        replayed.send(last.as_bytes()).await,
        Outcome::Failure(Failure::NotAuthorized)
    );
}

#[tokio::test]
async fn anonymous_is_possible_only_where_it_is_offered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path()).await;
    let bindings = bindings();
    let offer = |anonymous| {
        Offer::new(&Conditions {
            tls: Some(&bindings),
            anonymous,
            ..Conditions::default()
        })
    };
    let refused = Attempt::begin(&server, &offer(false), "ANONYMOUS");
    assert_eq!(refused.err(), Some(Failure::InvalidMechanism));
    for trace in [&b""[..], b"sirhc"] {
        let mut attempt = Attempt::begin(&server, &offer(true), "ANONYMOUS").unwrap();
        assert_eq!(attempt.send(trace).await, Outcome::Success(None, None));
    }
    let mut attempt = Attempt::begin(&server, &offer(true), "ANONYMOUS").unwrap();
    let long = [b'x'; 256];
    assert_eq!(attempt.send(&long).await, Outcome::Failure(Failure::MalformedRequest));
}
