//! The ids of archived messages as clients see them: the message's number, enciphered with a key that the database was
//! made with. So an id tells neither time nor traffic and cannot be guessed, means nothing in another archive, and needs
//! neither a column nor an index, which a random one would fill in random places.

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::Connection;
use sha2::Sha256;

use super::super::rows::failure;
use crate::domain::{Error, Kind, Result};

const KEY: &str = "archive.key";

/// Four rounds of a Feistel network with a good function are a strong permutation (Luby and Rackoff 1988).
const ROUNDS: [u8; 4] = [0, 1, 2, 3];

pub struct PublicIds(Hmac<Sha256>);

impl PublicIds {
    pub fn load(connection: &Connection) -> Result<Self> {
        let key: String = connection
            .prepare_cached("SELECT value FROM settings WHERE key = ?1")
            .and_then(|mut statement| statement.query_row([KEY], |row| row.get(0)))
            .map_err(failure)?;
        Self::with_key(key.as_bytes())
    }

    fn with_key(key: &[u8]) -> Result<Self> {
        Hmac::new_from_slice(key).map(Self).map_err(Error::internal)
    }

    pub fn encode(&self, archive: i64, seq: i64) -> String {
        let (mut left, mut right) = halves(seq.cast_unsigned());
        for round in ROUNDS {
            (left, right) = (right, left ^ self.mix(round, archive, right));
        }
        format!("{left:08x}{right:08x}")
    }

    /// The number behind an id of the archive; `NotFound` for what is no id. Any other id has some number.
    pub fn decode(&self, archive: i64, id: &str) -> Result<i64> {
        let is_id = id.len() == 16 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let number = u64::from_str_radix(id, 16).ok().filter(|_| is_id);
        let (mut left, mut right) = halves(number.ok_or_else(|| missing(id))?);
        for round in ROUNDS.into_iter().rev() {
            (left, right) = (right ^ self.mix(round, archive, left), left);
        }
        Ok((u64::from(left) << 32 | u64::from(right)).cast_signed())
    }

    fn mix(&self, round: u8, archive: i64, half: u32) -> u32 {
        let mut mac = self.0.clone();
        mac.update(&[round]);
        mac.update(&archive.to_be_bytes());
        mac.update(&half.to_be_bytes());
        let [a, b, c, d, ..] = mac.finalize().into_bytes().0;
        u32::from_be_bytes([a, b, c, d])
    }
}

/// `NotFound` for a message of an archive.
pub fn missing(id: &str) -> Error {
    Error::not_found(Kind::Message, id)
}

#[expect(clippy::cast_possible_truncation, reason = "the two halves of the number")]
fn halves(number: u64) -> (u32, u32) {
    ((number >> 32) as u32, number as u32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_id_leads_back_to_its_number(archive: i64, seq: i64) {
            let ids = PublicIds::with_key(b"key").unwrap();
            let id = ids.encode(archive, seq);
            prop_assert_eq!(ids.decode(archive, &id).unwrap(), seq);
            prop_assert_ne!(ids.decode(archive.wrapping_add(1), &id).unwrap(), seq);
        }

        #[test]
        fn every_id_has_one_spelling(text in "[0-9a-fA-F+]{15,17}") {
            let ids = PublicIds::with_key(b"key").unwrap();
            if let Ok(seq) = ids.decode(1, &text) {
                prop_assert_eq!(ids.encode(1, seq), text);
            }
        }
    }

    #[test]
    fn ids_of_neighbours_have_nothing_in_common_and_depend_on_the_key() {
        let (ids, others) = (
            PublicIds::with_key(b"key").unwrap(),
            PublicIds::with_key(b"other").unwrap(),
        );
        let all = [
            ids.encode(1, 7),
            ids.encode(1, 8),
            ids.encode(2, 7),
            others.encode(1, 7),
        ];
        let distinct: std::collections::BTreeSet<&str> = all.iter().map(|id| &id[..6]).collect();
        assert_eq!(distinct.len(), all.len(), "{all:?}");
    }

    #[test]
    fn what_is_no_id_is_not_found() {
        let ids = PublicIds::with_key(b"key").unwrap();
        for text in [
            "",
            "0",
            "000000000000000g",
            "+00000000000000f",
            "00000000000000000",
            "ää000000000000",
        ] {
            assert!(matches!(ids.decode(1, text), Err(Error::NotFound { .. })), "{text:?}");
        }
    }
}
