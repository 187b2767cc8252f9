//! Accounts: who can log in, with which keys, and what is known about them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::address::AccountAddress;
use super::error::{Error, Result};

/// Free properties of an account, by key.
pub type Properties = BTreeMap<String, String>;

/// The most characters of a localpart, a display name or an e-mail address, and of a property's
/// key and value (the column sizes of Openfire's default database).
pub const MAX_LOCALPART: usize = 64;
pub const MAX_NAME: usize = 100;
pub const MAX_EMAIL: usize = 100;
pub const MAX_PROPERTY_KEY: usize = 100;
pub const MAX_PROPERTY_VALUE: usize = 4000;

/// A password in clear text. It is erased when dropped and never printed.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Any text but the empty one and those with U+0000: to the hashes a password is the same with and without it at
    /// its end (RFC 2104 §2 fills keys up with zeros), and RFC 4616 forbids it.
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = Zeroizing::new(text.into());
        if text.is_empty() {
            return Err(Error::invalid("password", "", "it must not be empty"));
        }
        if text.contains('\0') {
            return Err(Error::invalid("password", "", "it must not hold the character U+0000"));
        }
        Ok(Self(text))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(…)")
    }
}

/// What is stored of a password for one SCRAM mechanism (RFC 5802 §3). Never printed.
#[derive(Clone)]
pub struct ScramKeys {
    pub salt: Vec<u8>,
    pub iterations: u32,
    pub stored_key: Vec<u8>,
    pub server_key: Vec<u8>,
}

impl fmt::Debug for ScramKeys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ScramKeys({} iterations)", self.iterations)
    }
}

/// The keys of an account. An account that moved in from elsewhere may have only one kind.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    pub sha1: Option<ScramKeys>,
    pub sha256: Option<ScramKeys>,
}

impl Credentials {
    /// Whether there are keys for every mechanism.
    pub fn are_complete(&self) -> bool {
        self.sha1.is_some() && self.sha256.is_some()
    }

    /// Whether an account with these keys is the one of which somebody has shown `shown`, and has the same password;
    /// missing keys may have come to it since. No two accounts have the same keys: their salts differ.
    pub fn include(&self, shown: &Self) -> bool {
        let has = |own: &Option<ScramKeys>, shown: &Option<ScramKeys>| {
            let own = own.as_ref().map(|keys| &keys.stored_key);
            shown.as_ref().is_none_or(|shown| own == Some(&shown.stored_key))
        };
        has(&self.sha1, &shown.sha1) && has(&self.sha256, &shown.sha256)
    }
}

/// An account as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub address: AccountAddress,
    pub name: Option<String>,
    pub email: Option<String>,
    pub properties: Properties,
    pub created: Timestamp,
    pub modified: Timestamp,
    /// May administer this server; only its operator can say so, no API.
    pub administrator: bool,
}

/// An account to be made. Blank names and addresses count as unset.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub address: AccountAddress,
    pub password: Password,
    pub name: Option<String>,
    pub email: Option<String>,
    pub properties: Properties,
    pub administrator: bool,
}

impl NewAccount {
    /// Checks every length and drops blank texts.
    pub fn checked(mut self) -> Result<Self> {
        check_localpart(self.address.localpart().as_str())?;
        self.name = checked_text("name", self.name, MAX_NAME)?;
        self.email = checked_text("email", self.email, MAX_EMAIL)?;
        check_properties(&self.properties)?;
        Ok(self)
    }
}

/// Changes to an account; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct AccountChanges {
    pub password: Option<Password>,
    /// `Some(None)` clears it.
    pub name: Option<Option<String>>,
    pub email: Option<Option<String>>,
    /// Replaces all properties.
    pub properties: Option<Properties>,
}

impl AccountChanges {
    /// Checks every length and turns blank texts into "clear it".
    pub fn checked(mut self) -> Result<Self> {
        if let Some(name) = self.name {
            self.name = Some(checked_text("name", name, MAX_NAME)?);
        }
        if let Some(email) = self.email {
            self.email = Some(checked_text("email", email, MAX_EMAIL)?);
        }
        if let Some(properties) = &self.properties {
            check_properties(properties)?;
        }
        Ok(self)
    }
}

/// Which accounts a list holds. Texts are compared exactly, letter case included.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum AccountFilter {
    #[default]
    All,
    /// The localpart contains this text.
    Containing(String),
    /// There is a property with this key and, when given, this value.
    Property { key: String, value: Option<String> },
    /// It cannot log in at that time.
    Locked(Timestamp),
    /// The operator made it an administrator.
    Administrators,
}

/// What becomes of the sessions of an account that is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenSessions {
    End,
    /// They go on, but no new one begins.
    Keep,
}

/// A lockout: the account cannot log in between `from` and `until`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lockout {
    /// `None`: since ever.
    pub from: Option<Timestamp>,
    /// `None`: for ever.
    pub until: Option<Timestamp>,
    pub reason: Option<String>,
}

impl Lockout {
    /// Whether it counts at `now`; `until` itself is no longer locked.
    pub fn is_active(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }
}

/// A localpart of at most [`MAX_LOCALPART`] characters.
pub fn check_localpart(text: &str) -> Result<()> {
    check_length("username", text, MAX_LOCALPART)
}

/// `TooLong` with the field's name when `text` has more than `most` characters.
pub fn check_length(field: &'static str, text: &str, most: usize) -> Result<()> {
    let length = text.chars().count();
    if length > most {
        return Err(Error::TooLong { field, length, most });
    }
    Ok(())
}

fn checked_text(field: &'static str, text: Option<String>, most: usize) -> Result<Option<String>> {
    // blank means ASCII blanks and controls; other white space is a text like any other
    let is_blank = |text: &String| text.chars().all(|character| character <= ' ');
    let Some(text) = text.filter(|text| !is_blank(text)) else {
        return Ok(None);
    };
    check_length(field, &text, most)?;
    Ok(Some(text))
}

fn check_properties(properties: &Properties) -> Result<()> {
    for (key, value) in properties {
        check_length("property key", key, MAX_PROPERTY_KEY)?;
        check_length("property value", value, MAX_PROPERTY_VALUE)?;
    }
    Ok(())
}
