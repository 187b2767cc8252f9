//! The key of an installation behind what must look random, stay the same over restarts, and tell nobody what it was made
//! of.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::domain::random::Random;
use crate::domain::secret::Secret;
use crate::domain::{Error, Result};
use crate::storage::{Store, installation};

pub struct InstallationKey(Zeroizing<Vec<u8>>);

impl InstallationKey {
    /// Finds the key in the database, or makes and stores it.
    pub async fn open(store: &Store, random: &dyn Random) -> Result<Self> {
        let mut fresh = Zeroizing::new([0; 32]);
        random.fill(fresh.as_mut());
        let fresh = Secret::new(STANDARD.encode(&fresh));
        let stored = store
            .write(move |transaction| installation::find_or_insert_sasl_key(transaction, &fresh))
            .await?;
        let key = STANDARD.decode(stored.expose()).map_err(Error::internal)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// 32 bytes that belong to `text`.
    pub fn derive(&self, text: &str) -> Vec<u8> {
        // A MAC takes a key of any length: this cannot fail.
        let Ok(mac) = Hmac::<Sha256>::new_from_slice(&self.0) else {
            return vec![0; 32];
        };
        mac.chain_update(text).finalize().into_bytes().to_vec()
    }
}
