//! What accounts that do not exist seem to have: salts that stay the same over restarts, as those of a real account do, and
//! keys that nobody knows a password for. Without them a challenge would tell which accounts exist (RFC 5802 §9).

use std::sync::Arc;

use super::key::InstallationKey;
use crate::domain::account::ScramKeys;
use crate::domain::address::AccountAddress;
use crate::scram::{Hash, SALT_BYTES};

pub struct UnknownAccounts {
    key: Arc<InstallationKey>,
    iterations: u32,
}

impl UnknownAccounts {
    /// `iterations` are those of new accounts.
    pub fn new(key: Arc<InstallationKey>, iterations: u32) -> Self {
        Self { key, iterations }
    }

    /// The keys that `address` seems to have.
    pub fn keys(&self, hash: Hash, address: &AccountAddress) -> ScramKeys {
        let mut salt = self.derive(hash, "salt", address);
        salt.truncate(SALT_BYTES);
        let key = |label| {
            let mut key = self.derive(hash, label, address);
            key.truncate(hash.length());
            key
        };
        ScramKeys {
            salt,
            iterations: self.iterations,
            stored_key: key("stored key"),
            server_key: key("server key"),
        }
    }

    fn derive(&self, hash: Hash, label: &str, address: &AccountAddress) -> Vec<u8> {
        self.key.derive(&format!("{hash:?}\0{label}\0{address}"))
    }
}
