//! `[accounts]`.

use super::support::measured::Measured;
use super::support::service::{Service, Settings};
use super::support::wire::Request;
use super::{API, at_once, status, wait_until};

const ADMIN: &str = "Basic YWRtaW46YWRtaW4=";
const JANE: &str = "Basic amFuZTpzZWNyZXQ=";
const JOHN: &str = "Basic am9objpzZWNyZXQ=";

fn ask(service: &Service, authorization: &str) -> u16 {
    let request = Request::get(&format!("{API}/groups")).header("Authorization", authorization);
    service.send(&request).expect("an answer").status
}

fn basic_mode() -> Settings {
    Settings::demo().with("openfire.auth", "basic").with(
        "openfire.administrators",
        "admin@example.org,jane@example.org,john@example.org",
    )
}

/// Makes so many accounts at once.
fn create_accounts(service: &Service, count: usize) -> Vec<u16> {
    at_once(count, |number| {
        let body = format!(r#"{{"username":"u{number}","password":"secret"}}"#);
        status(service, "POST", "/users", &body)
    })
}

#[test]
fn passwords_beyond_the_hashing_queue_are_refused() {
    // so many rounds that no password is done before the last request has come
    let settings = Settings::demo().with("accounts.scram_iterations", "400000");
    let measured = Measured::start(settings.with("accounts.hashing_queue", "2"));
    let statuses = create_accounts(&measured.service, 16);
    let refused = statuses.iter().filter(|status| **status == 503).count();
    assert!(refused > 0 && refused < 16, "{statuses:?}");
    assert!(
        statuses.iter().all(|status| matches!(status, 201 | 503)),
        "{statuses:?}"
    );
    let counted = measured.scrape().sum("firekeeper_hashing_refused_total", &[]);
    assert_eq!(format!("{counted}"), format!("{refused}"));
}

#[test]
fn passwords_within_the_hashing_queue_wait() {
    let service = Service::demo(Settings::demo());
    assert_eq!(create_accounts(&service, 16), [201; 16]);
}

#[test]
fn as_many_credentials_are_remembered_as_set() {
    let hits = |settings: Settings| {
        let measured = Measured::start(settings);
        for authorization in [ADMIN, JANE, JOHN].repeat(5) {
            assert_eq!(ask(&measured.service, authorization), 200);
        }
        let labels = [("cache", "credentials")];
        measured.scrape().sum("firekeeper_cache_hits_total", &labels)
    };
    assert!((hits(basic_mode()) - 12.0).abs() < f64::EPSILON);
    assert!(hits(basic_mode().with("accounts.credential_memory_size", "1")) <= 5.0);
    assert!(hits(basic_mode().with("accounts.credential_memory", "0s")) < f64::EPSILON);
}

#[test]
fn an_address_may_try_again_after_the_window_of_wrong_passwords() {
    let settings = basic_mode().with("accounts.wrong_passwords", "2");
    let service = Service::demo(settings.with("accounts.wrong_passwords_window", "3s"));
    wait_until("the right password is refused", || {
        ask(&service, "Basic YWRtaW46eA==") == 401
            && ask(&service, "Basic YWRtaW46eQ==") == 401
            && ask(&service, ADMIN) == 401
    });
    wait_until("the window has passed", || ask(&service, ADMIN) == 200);
}

#[test]
fn an_address_is_refused_within_a_long_window_of_wrong_passwords() {
    let settings = basic_mode().with("accounts.wrong_passwords", "2");
    let service = Service::demo(settings.with("accounts.wrong_passwords_window", "1h"));
    for wrong in ["Basic YWRtaW46eA==", "Basic YWRtaW46eQ=="] {
        assert_eq!(ask(&service, wrong), 401);
    }
    for _ in 0..5 {
        assert_eq!(ask(&service, ADMIN), 401);
    }
}
