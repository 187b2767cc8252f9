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
mod outcome;
mod plain;
mod scram;
mod text;
mod throttle;
mod tokens;
mod unknown;

use std::sync::Arc;

pub use binding::{BindingType, ChannelBindings};
pub use exchange::Exchange;
pub use failure::Failure;
pub use mechanism::Mechanism;
pub use offer::{Conditions, Offer};
pub use outcome::{Answer, Identity, Step};
pub use text::{MAX_MESSAGE, decode_initial_response, decode_response, encode};
pub use tokens::{NewToken, PresentedToken};

use data_encoding::BASE32_NOPAD;

use super::accounts::Accounts;
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
