//! XEP-0421: what tells that two nicknames are one account, in this room only. A keyed hash, so that it tells nothing of
//! the real address and needs no table.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::address::Address;
use crate::domain::random::{Random, alphanumeric};
use crate::domain::secret::Secret;
use crate::domain::{Error, Result};
use crate::storage::{Store, installation};

/// Enough for 256 bits.
const KEY_CHARACTERS: usize = 43;

/// Bytes of the hash that are shown.
const LENGTH: usize = 16;

pub struct OccupantIds(Hmac<Sha256>);

impl OccupantIds {
    /// Finds the key of this installation, or makes and stores it.
    pub async fn open(store: &Store, random: &dyn Random) -> Result<Self> {
        let fresh = Secret::new(alphanumeric(random, KEY_CHARACTERS));
        let stored = store
            .write(move |transaction| installation::find_or_insert_room_key(transaction, &fresh))
            .await?;
        Self::with_key(stored.expose().as_bytes())
    }

    fn with_key(key: &[u8]) -> Result<Self> {
        Hmac::new_from_slice(key).map(Self).map_err(Error::internal)
    }

    /// The id of an account in a room.
    pub fn of(&self, room: &Address, account: &Address) -> Box<str> {
        let mut mac = self.0.clone();
        mac.update(room.as_str().as_bytes());
        // No address holds it, so no two pairs read alike.
        mac.update(&[0]);
        mac.update(account.as_str().as_bytes());
        HEXLOWER.encode(&mac.finalize().into_bytes()[..LENGTH]).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_one_id_in_each_room() {
        let address = |text: &str| Address::parse(text).unwrap();
        let ids = OccupantIds::with_key(b"key").unwrap();
        let of = |room: &str, account: &str| ids.of(&address(room), &address(account));
        assert_eq!(of("r@c.d", "a@d"), of("R@c.d", "A@d"));
        assert_ne!(of("r@c.d", "a@d"), of("r@c.d", "b@d"));
        assert_ne!(of("r@c.d", "a@d"), of("q@c.d", "a@d"));
        let others = OccupantIds::with_key(b"other").unwrap();
        assert_ne!(of("r@c.d", "a@d"), others.of(&address("r@c.d"), &address("a@d")));
        assert!(of("r@c.d", &format!("{}@d", "a".repeat(1000))).len() <= 128);
    }
}
