//! What accounts that do not exist seem to have: salts that stay the same over restarts, as those of a real account do, and
//! keys that nobody knows a password for. Without them a challenge would tell which accounts exist (RFC 5802 §9).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::domain::account::ScramKeys;
use crate::domain::address::AccountAddress;
use crate::domain::random::Random;
use crate::domain::secret::Secret;
use crate::domain::{Error, Result};
use crate::scram::{Hash, SALT_BYTES};
use crate::storage::{Store, installation};

pub struct UnknownAccounts {
    key: Zeroizing<Vec<u8>>,
    iterations: u32,
}

impl UnknownAccounts {
    /// Finds the key of this installation, or makes and stores it. `iterations` are those of new accounts.
    pub async fn open(store: &Store, iterations: u32, random: &dyn Random) -> Result<Self> {
        let mut fresh = Zeroizing::new([0; 32]);
        random.fill(fresh.as_mut());
        let fresh = Secret::new(STANDARD.encode(&fresh));
        let stored = store
            .write(move |transaction| installation::find_or_insert_sasl_key(transaction, &fresh))
            .await?;
        let key = STANDARD.decode(stored.expose()).map_err(Error::internal)?;
        Ok(Self {
            key: Zeroizing::new(key),
            iterations,
        })
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
        // A MAC takes a key of any length: this cannot fail.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.key) else {
            return vec![0; 32];
        };
        mac.chain_update(format!("{hash:?}\0{label}\0{address}"))
            .finalize()
            .into_bytes()
            .to_vec()
    }
}
