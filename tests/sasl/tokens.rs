//! Logging in with tokens (XEP-0484, draft-schmaus-kitten-sasl-ht-08). The proofs are made here, from the draft.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use firekeeper::domain::account::AccountChanges;
use firekeeper::domain::address::Address;
use firekeeper::domain::login_token::{TokenSettings, TokenUse};
use firekeeper::domain::secret::Secret;
use firekeeper::engine::sasl::{
    ChannelBindings, Conditions, Exchange, Failure, Mechanism, Offer, PresentedToken, Step,
};
use firekeeper::storage::{account_moves, accounts};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::server::{Server, address, bindings, host};

const NONE: &str = "HT-SHA-256-NONE";
const EXPORTER: &str = "HT-SHA-256-EXPR";
const END_POINT: &str = "HT-SHA-256-ENDP";
const DAY: Duration = Duration::from_hours(24);

async fn start(folder: &Path) -> Server {
    with_key(Server::start(folder).await, "key")
}

fn with_key(server: Server, key: &str) -> Server {
    let settings = TokenSettings {
        key: Secret::new(key),
        lifetime: 3 * DAY,
        rotation: DAY,
        clients: 2,
    };
    Server {
        sasl: server.sasl.clone().with_tokens(Some(settings)),
        ..server
    }
}

fn offer(tls: &ChannelBindings) -> Offer {
    Offer::new(&Conditions {
        tls: Some(tls),
        tokens: true,
        ..Conditions::default()
    })
}

/// What a client of `user` gets after a login with its password.
async fn token_for(server: &Server, client: &str, mechanism: &str) -> Option<String> {
    let entry = server.accounts.find(&address("user")).await.unwrap().unwrap();
    let mechanism = Mechanism::from_name(mechanism).unwrap();
    let new = server.sasl.issue_token(&entry, &Arc::from(client), mechanism).await;
    new.map(|new| new.token.expose().to_owned())
}

fn mac(token: &str, parts: [&[u8]; 2]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(token.as_bytes()).unwrap();
    let mac = mac.chain_update(parts[0]).chain_update(parts[1]);
    mac.finalize().into_bytes().to_vec()
}

/// A login as a client makes it.
struct Login<'a> {
    name: &'a str,
    client: &'a str,
    mechanism: &'a str,
    token: &'a str,
    bound: &'a [u8],
    how: TokenUse,
}

impl<'a> Login<'a> {
    fn with(token: &'a str) -> Self {
        Self {
            name: "user",
            client: "phone",
            mechanism: NONE,
            token,
            bound: b"",
            how: TokenUse::default(),
        }
    }

    /// Whether the server says that the token is old.
    async fn at(&self, server: &Server) -> Result<bool, Failure> {
        let presented = PresentedToken {
            client: Arc::from(self.client),
            how: self.how,
        };
        let (offer, peer) = (offer(&bindings()), "192.0.2.1".parse().ok());
        let mut exchange = Exchange::start_with_token(&offer, self.mechanism, &host(), peer, presented)?;
        let proof = mac(self.token, [b"Initiator", self.bound]);
        let message = [self.name.as_bytes(), b"\0", &proof].concat();
        match exchange.step(&server.sasl, Some(&message)).await.outcome? {
            Step::Success {
                identity,
                data,
                token_is_old,
            } => {
                assert_eq!(identity.address(), Some(&address("user")));
                assert_eq!(data, Some(mac(self.token, [b"Responder", self.bound])));
                Ok(token_is_old)
            }
            Step::Challenge(challenge) => panic!("{challenge:?}"),
        }
    }
}

const REFUSED: Result<bool, Failure> = Err(Failure::NotAuthorized);

#[tokio::test]
async fn a_token_logs_in_the_client_that_got_it_by_the_mechanism_that_it_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    for (mechanism, bound) in [(NONE, &b""[..]), (EXPORTER, &[7; 32]), (END_POINT, &[9; 48])] {
        let token = token_for(&server, "phone", mechanism).await.unwrap();
        let right = || Login {
            mechanism,
            bound,
            ..Login::with(&token)
        };
        assert_eq!(right().at(&server).await, Ok(false), "{mechanism}");
        for (what, wrong) in [
            (
                "channel",
                Login {
                    bound: b"other",
                    ..right()
                },
            ),
            (
                "token",
                Login {
                    token: "guessed",
                    ..right()
                },
            ),
            (
                "client",
                Login {
                    client: "desk",
                    ..right()
                },
            ),
            (
                "account",
                Login {
                    name: "other",
                    ..right()
                },
            ),
        ] {
            assert_eq!(wrong.at(&server).await, REFUSED, "{mechanism}, another {what}");
            assert_eq!(right().at(&server).await, Ok(false), "{mechanism}");
        }
        for other in [NONE, EXPORTER, END_POINT]
            .into_iter()
            .filter(|other| *other != mechanism)
        {
            let wrong = Login {
                mechanism: other,
                ..right()
            };
            assert_eq!(wrong.at(&server).await, REFUSED, "{mechanism} by {other}");
            // Bound to what that mechanism binds to, it is refused for the mechanism alone.
            let bound = match other {
                EXPORTER => &[7; 32][..],
                END_POINT => &[9; 48],
                _ => b"",
            };
            let wrong = Login { bound, ..wrong };
            assert_eq!(wrong.at(&server).await, REFUSED, "{mechanism} by {other}, bound");
            assert_eq!(right().at(&server).await, Ok(false), "{mechanism}");
        }
    }
}

#[tokio::test]
async fn a_message_that_is_none_is_malformed_and_a_password_mechanism_takes_no_token() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let presented = || PresentedToken {
        client: Arc::from("phone"),
        how: TokenUse::default(),
    };
    for wrong in [&b""[..], b"user", b"user\0", b"\0proof", b"us\xffer\0proof"] {
        let mut exchange = Exchange::start_with_token(&offer(&bindings()), NONE, &host(), None, presented()).unwrap();
        let outcome = exchange.step(&server.sasl, Some(wrong)).await.outcome;
        assert_eq!(outcome.err(), Some(Failure::MalformedRequest), "{wrong:?}");
    }
    for name in ["PLAIN", "SCRAM-SHA-1", "HT-SHA-256-UNIQ", "ht-sha-256-none", ""] {
        let begun = Exchange::start_with_token(&offer(&bindings()), name, &host(), None, presented());
        assert_eq!(begun.err(), Some(Failure::InvalidMechanism), "{name}");
    }
    let begun = Exchange::start(&offer(&bindings()), NONE, &host(), None);
    assert_eq!(begun.err(), Some(Failure::InvalidMechanism));
}

#[tokio::test]
async fn a_token_gets_old_and_expires() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let token = token_for(&server, "phone", NONE).await.unwrap();
    server.clock.set("2026-01-01T23:59:59Z");
    assert_eq!(Login::with(&token).at(&server).await, Ok(false));
    server.clock.set("2026-01-02T00:00:00Z");
    assert_eq!(Login::with(&token).at(&server).await, Ok(true));
    server.clock.set("2026-01-03T23:59:59Z");
    assert_eq!(Login::with(&token).at(&server).await, Ok(true));
    server.clock.set("2026-01-04T00:00:00Z");
    assert_eq!(Login::with(&token).at(&server).await, Err(Failure::CredentialsExpired));
    assert_eq!(Login::with("guessed").at(&server).await, REFUSED);
}

#[tokio::test]
async fn the_token_before_is_good_until_the_new_one_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let old = token_for(&server, "phone", NONE).await.unwrap();
    assert_eq!(Login::with(&old).at(&server).await, Ok(false));
    let lost = token_for(&server, "phone", NONE).await.unwrap();
    let new = token_for(&server, "phone", NONE).await.unwrap();
    assert_eq!(Login::with(&lost).at(&server).await, REFUSED);
    assert_eq!(Login::with(&old).at(&server).await, Ok(false));
    assert_eq!(Login::with(&new).at(&server).await, Ok(false));
    assert_eq!(Login::with(&old).at(&server).await, REFUSED);
}

#[tokio::test]
async fn a_login_that_is_repeated_with_its_count_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let token = token_for(&server, "phone", NONE).await.unwrap();
    let counted = |count| Login {
        how: TokenUse {
            count: Some(count),
            invalidates: false,
        },
        ..Login::with(&token)
    };
    assert_eq!(counted(1).at(&server).await, Ok(false));
    assert_eq!(counted(1).at(&server).await, REFUSED);
    assert_eq!(counted(7).at(&server).await, Ok(false));
    assert_eq!(counted(6).at(&server).await, REFUSED);
}

#[tokio::test]
async fn a_client_gives_its_token_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let token = token_for(&server, "phone", NONE).await.unwrap();
    server.clock.set("2026-01-03T00:00:00Z");
    let last = Login {
        how: TokenUse {
            count: None,
            invalidates: true,
        },
        ..Login::with(&token)
    };
    assert_eq!(last.at(&server).await, Ok(false), "no new one is due");
    assert_eq!(Login::with(&token).at(&server).await, REFUSED);
}

#[tokio::test]
async fn a_token_goes_with_the_password_and_comes_to_nobody_who_showed_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let before = server.accounts.find(&address("user")).await.unwrap().unwrap();
    let token = token_for(&server, "phone", NONE).await.unwrap();
    let keys = server.keys().await;
    let job = server.store.write(move |transaction| {
        let changes = AccountChanges::default();
        accounts::change(
            transaction,
            &address("user"),
            &changes,
            Some(&keys),
            jiff::Timestamp::UNIX_EPOCH,
        )
    });
    job.await.unwrap();
    assert_eq!(Login::with(&token).at(&server).await, REFUSED);
    let mechanism = Mechanism::from_name(NONE).unwrap();
    let late = server.sasl.issue_token(&before, &Arc::from("phone"), mechanism).await;
    assert!(late.is_none());
    assert!(token_for(&server, "phone", NONE).await.is_some());
}

#[tokio::test]
async fn a_token_goes_with_a_lockout_and_does_not_come_back_with_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let token = token_for(&server, "phone", NONE).await.unwrap();
    server.lock("user", None, Some("2026-01-01T12:00:00Z")).await;
    assert_eq!(Login::with(&token).at(&server).await, REFUSED);
    assert_eq!(token_for(&server, "phone", NONE).await, None);
    server.clock.set("2026-01-01T12:00:00Z");
    assert_eq!(Login::with(&token).at(&server).await, REFUSED);
    assert!(token_for(&server, "phone", NONE).await.is_some());
}

#[tokio::test]
async fn a_token_goes_with_the_account_and_with_its_name() {
    for renamed in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let server = start(folder.path()).await;
        let token = token_for(&server, "phone", NONE).await.unwrap();
        let keys = server.keys().await;
        let job = server.store.write(move |transaction| {
            let (user, other) = (address("user"), address("other"));
            let heir = Address::from_stored("admin@example.org");
            let (none, now) = (AccountChanges::default(), jiff::Timestamp::UNIX_EPOCH);
            if renamed {
                account_moves::rename(transaction, &user, &other, &none, &heir, now)
            } else {
                account_moves::remove(transaction, &user, &heir)
            }
        });
        job.await.unwrap();
        assert_eq!(Login::with(&token).at(&server).await, REFUSED);
        // Nor for whoever gets the name next.
        server.insert("user", keys).await;
        assert_eq!(Login::with(&token).at(&server).await, REFUSED);
    }
}

#[tokio::test]
async fn so_many_clients_hold_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let mut tokens = Vec::new();
    for (hour, client) in ["phone", "desk", "browser"].into_iter().enumerate() {
        server.clock.set(&format!("2026-01-01T0{hour}:00:00Z"));
        tokens.push((client, token_for(&server, client, NONE).await.unwrap()));
    }
    for ((client, token), expected) in tokens.iter().zip([REFUSED, Ok(false), Ok(false)]) {
        let login = Login {
            client,
            ..Login::with(token)
        };
        assert_eq!(login.at(&server).await, expected, "{client}");
    }
}

#[tokio::test]
async fn the_database_without_the_key_beside_it_logs_nobody_in() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let token = token_for(&server, "phone", NONE).await.unwrap();
    assert_eq!(Login::with(&token).at(&server).await, Ok(false));
    let elsewhere = with_key(server, "another key");
    assert_eq!(Login::with(&token).at(&elsewhere).await, REFUSED);
    let again = with_key(elsewhere, "key");
    assert_eq!(Login::with(&token).at(&again).await, Ok(false));
}

#[tokio::test]
async fn wrong_tokens_are_throttled_like_wrong_passwords() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path()).await;
    let mut outcomes = Vec::new();
    for _ in 0..10 {
        outcomes.push(Login::with("guessed").at(&server).await);
    }
    assert_eq!(outcomes.first(), Some(&REFUSED));
    assert_eq!(outcomes.last(), Some(&Err(Failure::TemporaryAuthFailure)));
    // Whoever has a right one is not shut out by whoever tries from the same address.
    let token = token_for(&server, "phone", NONE).await.unwrap();
    assert_eq!(Login::with(&token).at(&server).await, Ok(false));
}
