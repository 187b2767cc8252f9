//! Guessing passwords, one connection for each attempt.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::client::Client;
use crate::support::service::{Service, Settings};

#[test]
fn after_a_few_wrong_passwords_the_answer_waits() {
    let service = Service::demo(Settings::demo());
    for _ in 0..3 {
        assert_eq!(log_in(&service, "jane", "wrong"), "not-authorized");
    }
    let since = Instant::now();
    for _ in 0..3 {
        assert_eq!(log_in(&service, "jane", "wrong"), "not-authorized");
    }
    // The first of these costs those behind it a second, the next one two; slower machines only take longer.
    assert!(since.elapsed() > Duration::from_millis(2900), "{:?}", since.elapsed());
}

#[test]
fn who_has_been_wrong_at_many_accounts_does_not_get_in_with_a_right_password() {
    let service = Service::demo(Settings::demo());
    let turned_away = (0..1000).find(|number| {
        let answer = log_in(&service, &format!("nobody{number}"), "wrong");
        assert!(
            ["not-authorized", "temporary-auth-failure"].contains(&answer.as_str()),
            "{answer}"
        );
        answer == "temporary-auth-failure"
    });
    assert!(turned_away.is_some_and(|attempts| attempts >= 100), "{turned_away:?}");
    assert_eq!(log_in(&service, "jane", "secret"), "temporary-auth-failure");
}

/// What the server says: `success`, or the condition of its failure.
fn log_in(service: &Service, user: &str, password: &str) -> String {
    let mut client = Client::open(service.xmpp_port);
    let proof = STANDARD.encode(format!("\0{user}\0{password}"));
    client.send(&format!(
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>"
    ));
    let answer = client.next().expect("an answer");
    let condition = answer.children().next();
    condition.map_or_else(|| answer.name().to_owned(), |condition| condition.name().to_owned())
}
