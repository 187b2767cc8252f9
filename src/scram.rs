//! SCRAM keys (RFC 5802, RFC 7677): deriving them from a password and checking a password
//! against them. The exchange itself belongs to the XMPP engine.
//!
//! Own code because the `sasl` and `scram` crates keep the salted password, which is as good as
//! the password, instead of StoredKey and ServerKey.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::domain::account::{Credentials, Password, ScramKeys};
use crate::domain::random::Random;

/// Bytes of a salt that this service makes.
pub const SALT_BYTES: usize = 16;

/// Derives the keys of both mechanisms under fresh salts. Takes milliseconds: not for an async thread.
pub fn derive(password: &Password, iterations: u32, random: &dyn Random) -> Credentials {
    let mut salt = [0u8; SALT_BYTES];
    random.fill(&mut salt);
    let sha1 = sha1_keys(password.expose(), &salt, iterations);
    random.fill(&mut salt);
    let sha256 = sha256_keys(password.expose(), &salt, iterations);
    Credentials {
        sha1: Some(sha1),
        sha256: Some(sha256),
    }
}

/// Whether `password` is the one that `credentials` were made of. One derivation; the stronger
/// mechanism decides when both are there.
pub fn verify(password: &str, credentials: &Credentials) -> bool {
    let (expected, derived) = match (&credentials.sha256, &credentials.sha1) {
        (Some(keys), _) => (keys, sha256_keys(password, &keys.salt, keys.iterations)),
        (None, Some(keys)) => (keys, sha1_keys(password, &keys.salt, keys.iterations)),
        (None, None) => return false,
    };
    derived
        .stored_key
        .as_slice()
        .ct_eq(expected.stored_key.as_slice())
        .into()
}

/// Prepares a password as RFC 5802 asks (SASLprep); what SASLprep refuses is taken as it is, so
/// that no password that another server accepted stops working.
fn prepare(password: &str) -> std::borrow::Cow<'_, str> {
    stringprep::saslprep(password).unwrap_or(std::borrow::Cow::Borrowed(password))
}

macro_rules! keys {
    ($name:ident, $hash:ty, $bytes:literal) => {
        fn $name(password: &str, salt: &[u8], iterations: u32) -> ScramKeys {
            let mut salted = [0u8; $bytes];
            let prepared = prepare(password);
            pbkdf2::pbkdf2_hmac::<$hash>(prepared.as_bytes(), salt, iterations, &mut salted);
            let key = |label: &[u8]| {
                // A MAC takes a key of any length: this cannot fail.
                let Ok(mac) = Hmac::<$hash>::new_from_slice(&salted) else {
                    return Vec::new();
                };
                mac.chain_update(label).finalize().into_bytes().to_vec()
            };
            ScramKeys {
                salt: salt.to_vec(),
                iterations,
                stored_key: <$hash>::digest(key(b"Client Key")).to_vec(),
                server_key: key(b"Server Key"),
            }
        }
    };
}

keys!(sha1_keys, Sha1, 20);
keys!(sha256_keys, Sha256, 32);

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// The exchange of RFC 5802 §5: the proof made of the password must verify with our StoredKey.
    #[test]
    fn keys_agree_with_the_example_of_rfc_5802() {
        let salt = STANDARD.decode("QSXCR+Q6sek8bf92").unwrap();
        let keys = sha1_keys("pencil", &salt, 4096);
        let message = "n=user,r=fyko+d2lbbFgONRv9qkxdawL,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,\
                       s=QSXCR+Q6sek8bf92,i=4096,c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j";
        let signature = Hmac::<Sha1>::new_from_slice(&keys.server_key)
            .unwrap()
            .chain_update(message)
            .finalize()
            .into_bytes();
        assert_eq!(STANDARD.encode(signature), "rmF9pqV8S7suAoZWja4dJRkFsKQ=");
    }

    /// RFC 7677 §3.
    #[test]
    fn keys_agree_with_the_example_of_rfc_7677() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let keys = sha256_keys("pencil", &salt, 4096);
        let message = "n=user,r=rOprNGfwEbeRWgbNEkqO,\
                       r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
                       c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let signature = Hmac::<Sha256>::new_from_slice(&keys.server_key)
            .unwrap()
            .chain_update(message)
            .finalize()
            .into_bytes();
        assert_eq!(
            STANDARD.encode(signature),
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
        );
    }

    #[test]
    fn only_the_right_password_verifies_by_either_mechanism() {
        let both = Credentials {
            sha1: Some(sha1_keys("right", b"salt", 10)),
            sha256: Some(sha256_keys("right", b"salt", 10)),
        };
        let old = Credentials {
            sha256: None,
            ..both.clone()
        };
        for credentials in [both, old] {
            assert!(verify("right", &credentials));
            assert!(!verify("wrong", &credentials));
        }
        assert!(!verify("", &Credentials::default()));
    }
}
