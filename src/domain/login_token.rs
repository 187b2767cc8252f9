//! Tokens with which a client logs in again without a password (XEP-0484).

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::secret::Secret;

/// What is stored of a token. The token itself follows from this and a key that is stored elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginToken {
    /// Random: no two are the same.
    pub seed: Vec<u8>,
    /// The mechanism that it is for.
    pub mechanism: String,
    pub issued: Timestamp,
    pub expires: Timestamp,
    /// The highest number that its client has counted a login with.
    pub count: u64,
}

/// How a client uses the token that it has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TokenUse {
    /// A number that grows with each use: a repeated login has an old one.
    pub count: Option<u64>,
    /// The token shall not be used again.
    pub invalidates: bool,
}

#[derive(Debug, Clone)]
pub struct TokenSettings {
    /// What tokens are made of, beside what is stored of them.
    pub key: Secret,
    /// How long a token that is not used is good.
    pub lifetime: Duration,
    /// After so long a client that uses its token gets a new one.
    pub rotation: Duration,
    /// Clients of one account that have tokens.
    pub clients: u32,
}
