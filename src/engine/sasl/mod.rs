//! The server's side of SASL (RFC 4422 as profiled by RFC 6120 §6): bytes of the client in, bytes for it out. Knows neither
//! sockets nor XML; `Sasl` is what all attempts share, an `Exchange` is one of them.

mod anonymous;
mod binding;
mod exchange;
mod failure;
mod key;
mod login;
mod mechanism;
mod offer;
mod plain;
mod scram;
mod text;
mod throttle;
mod tokens;
mod unknown;

use std::sync::Arc;
use std::time::Duration;

pub use binding::{BindingType, ChannelBindings};
pub use exchange::Exchange;
pub use failure::Failure;
pub use mechanism::Mechanism;
pub use offer::{Conditions, Offer};
pub use text::{decode_initial_response, decode_response, encode};
pub use tokens::{NewToken, PresentedToken};

use data_encoding::BASE32_NOPAD;

use super::accounts::{Accounts, CachedAccount};
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::clock::Clock;
use crate::domain::login_token::TokenSettings;
use crate::domain::random::Random;
use crate::storage::Store;
use key::InstallationKey;
use throttle::Throttle;
use tokens::Tokens;
use unknown::UnknownAccounts;

/// Bytes of the longest message of a client that is looked at.
pub const MAX_MESSAGE: usize = 8192;

/// Bytes of what stands for a client: nobody tries them all.
const MARK: usize = 10;

/// What all attempts to log in share. A clone is another handle to the same.
#[derive(Clone)]
pub struct Sasl {
    store: Store,
    accounts: Accounts,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    throttle: Arc<Throttle>,
    unknown: Arc<UnknownAccounts>,
    key: Arc<InstallationKey>,
    /// `None`: no tokens are given.
    tokens: Option<Arc<Tokens>>,
}

impl Sasl {
    /// Finds the key behind the salts of accounts that do not exist, or makes and stores it.
    pub async fn open(store: &Store, accounts: Accounts, random: Arc<dyn Random>) -> Result<Self> {
        let key = Arc::new(InstallationKey::open(store, &*random).await?);
        let unknown = UnknownAccounts::new(Arc::clone(&key), accounts.scram_iterations());
        Ok(Self {
            store: store.clone(),
            clock: accounts.clock(),
            accounts,
            random,
            throttle: Arc::new(Throttle::new()),
            unknown: Arc::new(unknown),
            key,
            tokens: None,
        })
    }

    /// Gives tokens to clients that ask for them.
    #[must_use]
    pub fn with_tokens(self, settings: Option<TokenSettings>) -> Self {
        Self {
            tokens: settings.map(|settings| Arc::new(Tokens { settings })),
            ..self
        }
    }

    pub fn gives_tokens(&self) -> bool {
        self.tokens.is_some()
    }

    /// Letters and digits that stand for one client of an account, and do not tell how it names itself.
    pub fn mark(&self, account: &AccountAddress, client: &str) -> String {
        let digest = self.key.derive(&format!("client\0{account}\0{client}"));
        BASE32_NOPAD.encode(&digest[..MARK]).to_lowercase()
    }
}

/// What to tell the client, and how long to wait before: whether it guessed right must not be seen sooner.
#[must_use]
pub struct Answer {
    pub outcome: Result<Step, Failure>,
    pub delay: Duration,
}

/// How an attempt goes on.
pub enum Step {
    /// The client has to answer this; it may be empty.
    Challenge(Vec<u8>),
    /// The client is who it says. `data` goes along with the success (RFC 6120 §6.4.6).
    Success {
        identity: Identity,
        data: Option<Vec<u8>>,
        /// It logged in with a token and is due for another one.
        token_is_old: bool,
    },
}

impl Step {
    fn anonymous() -> Self {
        Self::Success {
            identity: Identity::Anonymous,
            data: None,
            token_is_old: false,
        }
    }
}

/// Who has logged in.
#[derive(Clone)]
pub enum Identity {
    /// The account as it was when its password was found right. It may have been locked, renamed or removed since: a
    /// session looks again once it hears of such changes.
    Account(Arc<CachedAccount>),
    Anonymous,
}

impl Identity {
    pub fn address(&self) -> Option<&AccountAddress> {
        match self {
            Self::Account(entry) => Some(&entry.account.address),
            Self::Anonymous => None,
        }
    }
}

impl From<Result<Step, Failure>> for Answer {
    fn from(outcome: Result<Step, Failure>) -> Self {
        Self {
            outcome,
            delay: Duration::ZERO,
        }
    }
}
