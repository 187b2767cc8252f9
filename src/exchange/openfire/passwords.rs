//! What OFUSER knows of a password: SCRAM-SHA-1 keys (4.0 and later), and in older databases the password itself,
//! encrypted with Blowfish under the property `passwordKey`, or in clear text.
//!
//! The encryption is Blowfish in CBC mode with the SHA-1 of the key, over the text in UTF-16, written as hexadecimal
//! digits behind the initial vector.

use base64::{Engine, engine::general_purpose::STANDARD};
use blowfish::{
    Blowfish,
    cipher::{Block, BlockCipherDecrypt, KeyInit},
};
use data_encoding::HEXLOWER_PERMISSIVE;
use sha1::{Digest, Sha1};

use super::record::Record;
use crate::domain::{
    account::{self, ScramKeys},
    secret::Secret,
};

/// Bytes of a block, and of an SHA-1 key.
const BLOCK: usize = 8;
const KEY: usize = 20;

/// What can be taken over of a password.
#[derive(Debug)]
pub enum Password {
    Keys(ScramKeys),
    Clear(account::Password),
    /// Nothing; why.
    None(&'static str),
}

/// Reads passwords, encrypted ones with the key of the database.
pub struct Passwords {
    cipher: Option<Blowfish>,
}

impl Passwords {
    /// `key` is the property `passwordKey`.
    pub fn new(key: Option<&Secret>) -> Self {
        let cipher = key.and_then(|key| Blowfish::new_from_slice(&Sha1::digest(key.expose())).ok());
        Self { cipher }
    }

    /// The password of an OFUSER record.
    pub fn of(&self, record: &Record) -> Password {
        if record.filled("storedkey").is_some() && record.filled("serverkey").is_some() {
            return keys(record).map_or(Password::None("its keys are no keys of SCRAM-SHA-1"), Password::Keys);
        }
        if let Some(encrypted) = record.filled("encryptedpassword") {
            let Some(cipher) = &self.cipher else {
                return Password::None(
                    "its password is encrypted, and the key is not in the file (property passwordKey)",
                );
            };
            let clear = decrypt(cipher, encrypted).and_then(|text| account::Password::new(text).ok());
            return clear.map_or(Password::None("its password cannot be decrypted"), Password::Clear);
        }
        match record.filled("plainpassword").map(account::Password::new) {
            Some(Ok(clear)) => Password::Clear(clear),
            _ => Password::None("it has no password"),
        }
    }
}

fn keys(record: &Record) -> Option<ScramKeys> {
    let bytes = |column: &str| STANDARD.decode(record.required(column).trim()).ok();
    let keys = ScramKeys {
        salt: bytes("salt").filter(|salt| !salt.is_empty())?,
        iterations: u32::try_from(record.number("iterations")?)
            .ok()
            .filter(|count| *count > 0)?,
        stored_key: bytes("storedkey").filter(|key| key.len() == KEY)?,
        server_key: bytes("serverkey").filter(|key| key.len() == KEY)?,
    };
    Some(keys)
}

fn decrypt(cipher: &Blowfish, text: &str) -> Option<String> {
    let bytes = HEXLOWER_PERMISSIVE.decode(text.trim().as_bytes()).ok()?;
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let (first, blocks) = blocks.split_first()?;
    if !rest.is_empty() {
        return None;
    }
    let mut previous = first;
    let mut clear = Vec::with_capacity(bytes.len());
    for block in blocks {
        let mut opened = Block::<Blowfish>::from(*block);
        cipher.decrypt_block(&mut opened);
        clear.extend(opened.iter().zip(previous).map(|(byte, mask)| byte ^ mask));
        previous = block;
    }
    let padding = usize::from(*clear.last()?);
    clear.truncate(clear.len() - padding.min(BLOCK).min(clear.len()));
    let (units, odd) = clear.as_chunks::<2>();
    if padding > BLOCK || !odd.is_empty() {
        return None;
    }
    String::from_utf16(&units.iter().map(|unit| u16::from_be_bytes(*unit)).collect::<Vec<_>>()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(columns: &[(&str, &str)]) -> Record {
        columns
            .iter()
            .map(|(column, value)| ((*column).to_owned(), (*value).to_owned()))
            .collect()
    }

    /// Encrypts as Openfire does, with an initial vector of sevens.
    fn encrypt(key: &str, text: &str) -> String {
        use blowfish::cipher::BlockCipherEncrypt;
        let cipher: Blowfish = Blowfish::new_from_slice(&Sha1::digest(key)).unwrap();
        let mut clear: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let padding = BLOCK - clear.len() % BLOCK;
        clear.resize(clear.len() + padding, u8::try_from(padding).unwrap());
        let mut previous = [7; BLOCK];
        let mut sealed = previous.to_vec();
        for block in clear.as_chunks::<BLOCK>().0 {
            let mut mixed: Vec<u8> = block.iter().zip(previous).map(|(byte, mask)| byte ^ mask).collect();
            let mut sealing = Block::<Blowfish>::try_from(&mixed[..]).unwrap();
            cipher.encrypt_block(&mut sealing);
            mixed.copy_from_slice(&sealing);
            sealed.extend_from_slice(&mixed);
            previous.copy_from_slice(&mixed);
        }
        data_encoding::HEXLOWER.encode(&sealed)
    }

    #[test]
    fn keys_are_taken_over_before_all_else() {
        let key = STANDARD.encode([1; KEY]);
        let columns = [
            ("storedkey", key.as_str()),
            ("serverkey", &key),
            ("salt", "c2FsdA=="),
            ("iterations", "4096"),
            ("plainpassword", "other"),
        ];
        let Password::Keys(keys) = Passwords::new(None).of(&record(&columns)) else {
            panic!("no keys");
        };
        assert_eq!((keys.iterations, keys.salt.as_slice()), (4096, &b"salt"[..]));
        for (column, value) in [("salt", "?"), ("iterations", "0"), ("storedkey", "c2hvcnQ=")] {
            let mut broken = columns;
            *broken.iter_mut().find(|(name, _)| *name == column).unwrap() = (column, value);
            assert!(
                matches!(Passwords::new(None).of(&record(&broken)), Password::None(_)),
                "{column}"
            );
        }
    }

    #[test]
    fn an_encrypted_password_is_read_with_the_key_of_the_database() {
        let key = Secret::new("a key");
        for text in ["", "p", "secret", "pässwörd of 日本 😀", "exactly8"] {
            let encrypted = encrypt("a key", text);
            let columns = record(&[("encryptedpassword", &encrypted)]);
            match Passwords::new(Some(&key)).of(&columns) {
                Password::Clear(clear) => assert_eq!(clear.expose(), text),
                other => assert!(
                    text.is_empty() && matches!(other, Password::None(_)),
                    "{text:?}: {other:?}"
                ),
            }
            assert!(matches!(Passwords::new(None).of(&columns), Password::None(_)));
        }
        for broken in ["zz", "00", "0011223344556677", "00112233445566778"] {
            let columns = record(&[("encryptedpassword", broken)]);
            assert!(
                matches!(Passwords::new(Some(&key)).of(&columns), Password::None(_)),
                "{broken}"
            );
        }
    }

    /// The second of the published test vectors.
    #[test]
    fn a_block_is_opened_as_the_inventor_says() {
        let cipher: Blowfish = Blowfish::new_from_slice(b"Who is John Galt?").unwrap();
        let mut block = Block::<Blowfish>::from([0xcc, 0x91, 0x73, 0x2b, 0x80, 0x22, 0xf6, 0x84]);
        cipher.decrypt_block(&mut block);
        assert_eq!(block.as_slice(), [0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10]);
    }

    #[test]
    fn a_clear_password_is_the_last_choice() {
        let found = Passwords::new(None).of(&record(&[("plainpassword", "secret")]));
        assert!(matches!(found, Password::Clear(clear) if clear.expose() == "secret"));
        assert!(matches!(Passwords::new(None).of(&record(&[])), Password::None(_)));
    }
}
