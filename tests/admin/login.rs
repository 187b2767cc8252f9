//! Who may log in as an administrator, and how often a wrong password may be tried.

use std::net::IpAddr;

use firekeeper::admin::Login;
use firekeeper::domain::account::{Lockout, NewAccount, OpenSessions, Password, Properties};
use firekeeper::domain::address::{AccountAddress, Host};
use jiff::SignedDuration;
use tempfile::TempDir;

use super::administered::{Administered, Configured, HOST};

const WRONG_PASSWORDS: u32 = 3;
const WINDOW: SignedDuration = SignedDuration::from_mins(1);

struct Door {
    administered: Administered,
    login: Login,
    _folder: TempDir,
}

impl Door {
    /// `admin` is named by the settings, `root` was made an administrator, `jane` is none; their passwords are `right`.
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let configured = Configured {
            texts: &[],
            writable: false,
        };
        let administered = Administered::open(folder.path(), configured).await;
        for (name, administrator) in [("admin", false), ("root", true), ("jane", false)] {
            let new = NewAccount {
                address: account(name),
                password: Password::new("right").unwrap(),
                name: None,
                email: None,
                properties: Properties::new(),
                administrator,
            };
            administered.session().create_account(new).await.unwrap();
        }
        Self {
            login: Login::new(administered.admin.clone(), WRONG_PASSWORDS, WINDOW),
            administered,
            _folder: folder,
        }
    }

    async fn lets_in(&self, name: &str, password: &str, from: &str) -> bool {
        let account = account(name);
        let is_named = self.administered.admin.settings().access().is_administrator(&account);
        let peer: Option<IpAddr> = from.parse().ok();
        self.login.verify(&account, is_named, password, peer).await.unwrap()
    }
}

fn account(name: &str) -> AccountAddress {
    AccountAddress::prepare(name, &Host::prepare(HOST).unwrap()).unwrap()
}

#[tokio::test]
async fn only_administrators_with_their_password_come_in() {
    let door = Door::open().await;
    for (name, password, expected) in [
        ("admin", "right", true),
        ("root", "right", true),
        ("jane", "right", false),
        ("nobody", "right", false),
        ("admin", "wrong", false),
        ("admin", "", false),
        ("root", "Right", false),
    ] {
        // Each from an address of its own, so that no limit is met.
        let from = format!("192.0.2.{}", name.len() * 10 + password.len());
        assert_eq!(door.lets_in(name, password, &from).await, expected, "{name} {password}");
    }
}

#[tokio::test]
async fn a_locked_administrator_is_refused_from_the_next_call_on() {
    let door = Door::open().await;
    assert!(door.lets_in("admin", "right", "192.0.2.1").await);
    let session = door.administered.session();
    session
        .lock_account(&account("admin"), Lockout::default(), OpenSessions::End)
        .await
        .unwrap();
    assert!(!door.lets_in("admin", "right", "192.0.2.1").await);
    session.unlock_account(&account("admin")).await.unwrap();
    assert!(door.lets_in("admin", "right", "192.0.2.1").await);
}

#[tokio::test]
async fn an_address_is_refused_after_its_wrong_passwords_until_the_window_has_passed() {
    let door = Door::open().await;
    for _ in 0..WRONG_PASSWORDS {
        assert!(!door.lets_in("admin", "wrong", "192.0.2.1").await);
    }
    assert!(!door.lets_in("admin", "right", "192.0.2.1").await);
    assert!(!door.lets_in("admin", "right", "::ffff:192.0.2.1").await);
    assert!(door.lets_in("admin", "right", "192.0.2.2").await);
    door.administered.clock.advance(WINDOW.as_millis().try_into().unwrap());
    assert!(door.lets_in("admin", "right", "192.0.2.1").await);
}

#[tokio::test]
async fn names_of_others_count_like_wrong_passwords() {
    for name in ["jane", "nobody"] {
        let door = Door::open().await;
        for _ in 0..WRONG_PASSWORDS {
            assert!(!door.lets_in(name, "right", "192.0.2.1").await);
        }
        assert!(!door.lets_in("admin", "right", "192.0.2.1").await, "{name}");
    }
}

#[tokio::test]
async fn a_network_of_ipv6_addresses_counts_as_one_client() {
    let door = Door::open().await;
    for last in 1..=WRONG_PASSWORDS {
        assert!(!door.lets_in("admin", "wrong", &format!("2001:db8:0:1::{last}")).await);
    }
    assert!(!door.lets_in("admin", "right", "2001:db8:0:1:ffff::9").await);
    assert!(door.lets_in("admin", "right", "2001:db8:0:2::1").await);
}

#[tokio::test]
async fn clients_whose_address_is_unknown_are_limited_too() {
    let door = Door::open().await;
    for _ in 0..WRONG_PASSWORDS {
        assert!(!door.lets_in("admin", "wrong", "unknown").await);
    }
    assert!(!door.lets_in("admin", "right", "unknown").await);
    assert!(door.lets_in("admin", "right", "192.0.2.1").await);
}
