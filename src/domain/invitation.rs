//! Invitations (XEP-0401): a token that lets somebody make an account, become the contact of an account, or both.

use std::fmt;
use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::address::{AccountAddress, Host, Localpart};
use super::command::{Field, FieldKind, Form, Outcome};
use super::random::{Random, alphanumeric};
use super::{Error, Result};

/// Letters and digits of a token: 190 bits, which nobody guesses.
const TOKEN: usize = 32;

/// How often one invitation may be used at most.
pub const MOST_USES: u32 = 10_000;

/// Who may invite newcomers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inviters {
    Nobody,
    Administrators,
    /// Every account, as well.
    Users,
}

/// What an invitation says and is never told again: only its hash is kept. Never printed but on purpose.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub fn random(random: &dyn Random) -> Self {
        Self(alphanumeric(random, TOKEN))
    }

    /// One that somebody shows.
    pub fn shown(text: &str) -> Self {
        Self(text.to_owned())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(…)")
    }
}

/// What somebody is invited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// To make an account, of this name if there is one.
    Account { host: Host, username: Option<Localpart> },
    /// To be the inviter's contact, and to make an account before where there is none.
    Contact,
}

/// An invitation to be made.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    pub purpose: Purpose,
    /// Who sees whoever comes, and is seen.
    pub inviter: Option<AccountAddress>,
    /// How many may come.
    pub uses: u32,
    /// `None`: as long as is usual here.
    pub lifetime: Option<Duration>,
}

impl NewInvitation {
    /// Checks what belongs together.
    pub fn checked(self) -> Result<Self> {
        if !(1..=MOST_USES).contains(&self.uses) {
            let reason = format!("give a number from 1 to {MOST_USES}");
            return Err(Error::invalid("uses", self.uses.to_string(), reason));
        }
        match (&self.purpose, &self.inviter) {
            (
                Purpose::Account {
                    username: Some(name), ..
                },
                _,
            ) if self.uses > 1 => {
                let reason = "an invitation with a username is for one person";
                Err(Error::invalid("username", name.as_str(), reason))
            }
            (Purpose::Account { host, .. }, Some(inviter)) if host != inviter.host() => {
                let reason = format!("an inviter has an account on {host}");
                Err(Error::invalid("inviter", inviter.to_string(), reason))
            }
            (Purpose::Contact, None) => Err(Error::invalid("inviter", "", "say whose contact it is to be")),
            _ => Ok(self),
        }
    }

    /// Where accounts are made by it.
    pub fn host(&self) -> Option<&Host> {
        match (&self.purpose, &self.inviter) {
            (Purpose::Account { host, .. }, _) => Some(host),
            (Purpose::Contact, inviter) => inviter.as_ref().map(AccountAddress::host),
        }
    }

    /// What clients understand (RFC 5122, XEP-0379 §3.2, XEP-0401 §5, XEP-0445 §2).
    pub fn uri(&self, token: &Token) -> String {
        let token = token.expose();
        match (&self.purpose, &self.inviter) {
            (Purpose::Contact, Some(inviter)) => format!("{}?roster;preauth={token};ibr=y", address(inviter)),
            (
                Purpose::Account {
                    host,
                    username: Some(name),
                },
                _,
            ) => {
                let account = AccountAddress::new(name.clone(), host.clone());
                format!("{}?register;preauth={token}", address(&account))
            }
            (Purpose::Account { host, .. }, _) => format!("xmpp:{}?register;preauth={token}", escaped(host.as_str())),
            (Purpose::Contact, None) => String::new(),
        }
    }
}

fn address(account: &AccountAddress) -> String {
    let [localpart, host] = [account.localpart().as_str(), account.host().as_str()].map(escaped);
    format!("xmpp:{localpart}@{host}")
}

/// RFC 3986 §2.1
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _writing_to_a_string_never_fails = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// How many an inviter may make.
#[derive(Debug, Clone, Copy)]
pub struct InvitationLimits {
    /// That can be used at a time.
    pub at_a_time: u64,
    /// In 24 hours, with those that are used up.
    pub in_a_day: u64,
}

/// An invitation that can still be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// How administrators speak of it.
    pub number: i64,
    pub host: Host,
    pub username: Option<Localpart>,
    pub inviter: Option<AccountAddress>,
    /// How many may still come.
    pub uses: u32,
    pub created: Timestamp,
    pub expires: Timestamp,
}

/// An invitation that has just been made: the only moment at which its token is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    pub number: i64,
    pub link: Link,
    pub expires: Timestamp,
}

impl Invited {
    /// As commands tell it (XEP-0401 §5.1).
    pub fn outcome(&self) -> Outcome {
        let text = |name, label, value: &str| Field::new(name, FieldKind::Text, label).with_values([value]);
        let mut fields = vec![text("uri", "Invitation URI", &self.link.uri)];
        if let Some(url) = &self.link.landing_url {
            fields.push(text("landing-url", "Page of the invitation", url));
        }
        fields.push(text("expire", "Valid until", &self.expires.to_string()));
        Outcome::done("Whoever has the link can use it.").with_result(Form {
            about: "urn:xmpp:invite#invitation",
            title: "",
            instructions: "",
            fields,
        })
    }
}

/// How an invitation is passed on. Never printed but on purpose: the token is in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    pub uri: String,
    /// A page for who has no client yet.
    pub landing_url: Option<String>,
}

impl Link {
    /// `page` is what the address is put behind (XEP-0379 §3.3).
    pub fn new(uri: String, page: Option<&str>) -> Self {
        let address = uri.strip_prefix("xmpp:").unwrap_or(&uri);
        Self {
            landing_url: page.map(|page| format!("{page}{address}")),
            uri,
        }
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Link(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str) -> AccountAddress {
        AccountAddress::prepare(name, &Host::from_stored("example.org")).unwrap()
    }

    fn to_account(username: Option<&str>) -> NewInvitation {
        NewInvitation {
            purpose: Purpose::Account {
                host: Host::from_stored("example.org"),
                username: username.map(|name| Localpart::prepare(name).unwrap()),
            },
            inviter: None,
            uses: 1,
            lifetime: None,
        }
    }

    #[test]
    fn a_link_says_what_it_is_for() {
        let token = Token::shown("T");
        let contact = NewInvitation {
            purpose: Purpose::Contact,
            inviter: Some(account("jane")),
            ..to_account(None)
        };
        for (invitation, uri) in [
            (contact, "xmpp:jane@example.org?roster;preauth=T;ibr=y"),
            (to_account(None), "xmpp:example.org?register;preauth=T"),
            (
                to_account(Some("jürgen")),
                "xmpp:j%C3%BCrgen@example.org?register;preauth=T",
            ),
        ] {
            assert_eq!(invitation.uri(&token), uri);
        }
    }

    #[test]
    fn a_page_gets_the_address_without_its_scheme() {
        let link = Link::new(
            "xmpp:example.org?register;preauth=T".to_owned(),
            Some("https://join.example/#"),
        );
        let url = "https://join.example/#example.org?register;preauth=T";
        assert_eq!(link.landing_url.as_deref(), Some(url));
        assert!(!format!("{link:?}").contains("preauth"));
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let many = |invitation: NewInvitation| NewInvitation { uses: 2, ..invitation };
        assert!(to_account(Some("jane")).checked().is_ok());
        assert!(many(to_account(None)).checked().is_ok());
        assert!(many(to_account(Some("jane"))).checked().is_err());
        let none = NewInvitation {
            uses: 0,
            ..to_account(None)
        };
        assert!(none.checked().is_err());
        let nobodys = NewInvitation {
            purpose: Purpose::Contact,
            ..to_account(None)
        };
        assert!(nobodys.checked().is_err());
        let elsewhere = AccountAddress::prepare("jane", &Host::from_stored("example.net")).unwrap();
        let strangers = NewInvitation {
            inviter: Some(elsewhere),
            ..to_account(None)
        };
        assert!(strangers.checked().is_err());
    }
}
