//! Who may call an API that has a shared secret, a list of administrators and a list of client
//! addresses, and in which of two ways (Openfire REST API plugin 1.12, §3 and §9).

use std::collections::BTreeSet;
use std::net::IpAddr;

use subtle::{Choice, ConstantTimeEq};

use super::address::{AccountAddress, Address, Host, Localpart};
use super::network::IpRange;
use super::secret::Secret;
use super::setting::{ADMINISTRATORS, ALLOWED_ADDRESSES, AUTH_MODE, ENABLED, SECRET};

/// What a caller must present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthMode {
    /// Name and password of an administrator.
    Basic,
    /// The shared secret.
    Secret,
}

impl AuthMode {
    /// Every text but exactly `basic` acts as `secret`.
    fn from_text(text: &str) -> Self {
        if text == "basic" { Self::Basic } else { Self::Secret }
    }
}

/// Which client addresses may call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AllowedAddresses {
    #[default]
    All,
    /// Possibly none, when no item of a list could be read.
    Only(Vec<IpRange>),
}

impl AllowedAddresses {
    pub fn from_ranges(ranges: Vec<IpRange>) -> Self {
        if ranges.is_empty() {
            Self::All
        } else {
            Self::Only(ranges)
        }
    }

    /// Reads a list with commas. A list of commas and blanks only allows all; an item that cannot
    /// be read matches nothing and is handed to `unreadable`.
    fn from_text(text: &str, mut unreadable: impl FnMut(&str)) -> Self {
        let items = items(text).collect::<Vec<_>>();
        if items.is_empty() {
            return Self::All;
        }
        let read = |item: &str| item.parse().map_err(|_: String| unreadable(item)).ok();
        Self::Only(items.into_iter().filter_map(read).collect())
    }

    /// An unknown address is allowed only where all are.
    pub fn contains(&self, address: Option<IpAddr>) -> bool {
        match (self, address) {
            (Self::All, _) => true,
            (Self::Only(ranges), Some(address)) => ranges.iter().any(|range| range.contains(address)),
            (Self::Only(_), None) => false,
        }
    }
}

/// The settings that decide who may call.
#[derive(Debug, Clone)]
pub struct Access {
    pub enabled: bool,
    pub mode: AuthMode,
    /// An empty one matches nothing.
    pub secret: Secret,
    /// Accepted too; an empty one matches nothing.
    pub previous_secret: Secret,
    /// Who may call with name and password.
    pub administrators: BTreeSet<Address>,
    pub allowed: AllowedAddresses,
}

impl Access {
    /// What the properties say; `text` finds the text of one. What is not set is: not enabled,
    /// name and password, no secret, every address, `admin` of `host` as the only administrator.
    /// Items of lists that cannot be read match nothing and are handed to `unreadable` with the
    /// name of their property.
    pub fn from_texts<'texts>(
        host: &Host,
        text: impl Fn(&str) -> Option<&'texts str>,
        previous_secret: &Secret,
        mut unreadable: impl FnMut(&'static str, &str),
    ) -> Self {
        let administrators = text(ADMINISTRATORS).unwrap_or_default();
        let addresses = text(ALLOWED_ADDRESSES).unwrap_or_default();
        Self {
            enabled: text(ENABLED).is_some_and(|text| text.eq_ignore_ascii_case("true")),
            mode: text(AUTH_MODE).map_or(AuthMode::Basic, AuthMode::from_text),
            secret: text(SECRET).map(Secret::new).unwrap_or_default(),
            previous_secret: previous_secret.clone(),
            administrators: administrators_from_text(administrators, host, |item| unreadable(ADMINISTRATORS, item)),
            allowed: AllowedAddresses::from_text(addresses, |item| unreadable(ALLOWED_ADDRESSES, item)),
        }
    }

    /// Whether `given` is the shared secret or the one before it, in time that does not depend on
    /// where they differ.
    pub fn is_secret(&self, given: &[u8]) -> bool {
        let matches =
            |secret: &Secret| Choice::from(u8::from(!secret.is_empty())) & secret.expose().as_bytes().ct_eq(given);
        (matches(&self.secret) | matches(&self.previous_secret)).into()
    }

    pub fn is_administrator(&self, account: &AccountAddress) -> bool {
        self.administrators.contains(&account.to_address())
    }
}

/// Administrators from a list with commas; an empty list is `admin` of `host`.
fn administrators_from_text(text: &str, host: &Host, mut unreadable: impl FnMut(&str)) -> BTreeSet<Address> {
    if items(text).next().is_none() {
        return BTreeSet::from([Address::new(&Localpart::from_stored("admin"), host)]);
    }
    let read = |item| Address::parse(item).map_err(|_| unreadable(item)).ok();
    items(text).filter_map(read).collect()
}

/// A list of administrators without `leaving`; `None` when it does not name it.
pub fn without_administrator(list: &str, leaving: &Address) -> Option<String> {
    let stays = |item: &&str| !Address::parse(item).is_ok_and(|address| address == *leaving);
    let staying: Vec<&str> = items(list).filter(stays).collect();
    (staying.len() < items(list).count()).then(|| staying.join(","))
}

/// The items of a list with commas, without blanks around them and without empty ones.
fn items(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(secret: &str, previous: &str) -> Access {
        Access {
            enabled: true,
            mode: AuthMode::Secret,
            secret: Secret::new(secret),
            previous_secret: Secret::new(previous),
            administrators: BTreeSet::new(),
            allowed: AllowedAddresses::All,
        }
    }

    #[test]
    fn the_secret_and_the_one_before_it_match_and_an_empty_one_never_does() {
        assert!(access("potato", "").is_secret(b"potato"));
        assert!(access("potato", "carrot").is_secret(b"carrot"));
        for wrong in ["", "potat", "potato ", "Potato"] {
            assert!(!access("potato", "").is_secret(wrong.as_bytes()), "{wrong:?}");
        }
        assert!(!access("", "").is_secret(b""));
    }

    #[test]
    fn an_address_is_allowed_by_the_list_it_is_in() {
        let allowed =
            |list: &str, address: &str| AllowedAddresses::from_text(list, |_| ()).contains(address.parse().ok());
        assert!(allowed("", "10.0.0.1"));
        assert!(allowed(" , ", "10.0.0.1"));
        assert!(allowed("10.0.0.9, 10.0.0.1", "10.0.0.1"));
        assert!(allowed("10.0.0.0/24", "10.0.0.1"));
        assert!(!allowed("10.0.0.9", "10.0.0.1"));
        assert!(!allowed("localhost", "127.0.0.1"));
        assert!(!allowed("10.0.0.9 10.0.0.1", "10.0.0.1"));
        assert!(!allowed("10.0.0.1", "unknown"));
    }

    #[test]
    fn an_item_that_cannot_be_read_is_told() {
        let mut told = Vec::new();
        AllowedAddresses::from_text("10.0.0.1,10.1.*", |item| told.push(item.to_owned()));
        assert_eq!(told, ["10.1.*"]);
    }

    fn from_texts(texts: &[(&str, &'static str)]) -> Access {
        let text = |key: &str| texts.iter().find(|(name, _)| *name == key).map(|(_, text)| *text);
        let host = Host::from_stored("example.org");
        Access::from_texts(&host, text, &Secret::default(), |_, _| ())
    }

    #[test]
    fn what_is_not_set_shuts_the_api() {
        let access = from_texts(&[]);
        assert!(!access.enabled);
        assert_eq!(access.mode, AuthMode::Basic);
        assert!(access.secret.is_empty());
        assert_eq!(access.allowed, AllowedAddresses::All);
    }

    #[test]
    fn enabled_is_true_in_any_letter_case_and_nothing_else() {
        for (text, enabled) in [
            ("true", true),
            ("TRUE", true),
            ("yes", false),
            ("1", false),
            ("", false),
            (" true", false),
        ] {
            assert_eq!(from_texts(&[(ENABLED, text)]).enabled, enabled, "{text:?}");
        }
    }

    #[test]
    fn without_a_list_admin_is_the_administrator_and_a_list_replaces_it() {
        let is_administrator = |list: &'static str, name: &str| {
            let account = AccountAddress::prepare(name, &Host::from_stored("example.org")).unwrap();
            from_texts(&[(ADMINISTRATORS, list)]).is_administrator(&account)
        };
        assert!(is_administrator("", "admin"));
        assert!(is_administrator(" , ", "ADMIN"));
        assert!(is_administrator("x@y, Jane@Example.Org ", "jane"));
        assert!(!is_administrator("jane@example.org", "admin"));
        assert!(!is_administrator("a@b@c", "admin"));
    }

    #[test]
    fn only_the_exact_word_basic_is_basic() {
        assert_eq!(AuthMode::from_text("basic"), AuthMode::Basic);
        for text in ["Basic", "", "secret", "custom", "nonsense"] {
            assert_eq!(AuthMode::from_text(text), AuthMode::Secret, "{text:?}");
        }
    }
}
