//! SCRAM keys (RFC 5802, RFC 7677): deriving them from a password, and checking a password or a client's proof
//! against them. The messages of the exchange belong to the XMPP engine.
//!
//! Own code because the `sasl` and `scram` crates keep the salted password, which is as good as
//! the password, instead of StoredKey and ServerKey.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::domain::account::{Credentials, Password, ScramKeys};
use crate::domain::random::Random;

/// Bytes of a salt that this service makes.
pub const SALT_BYTES: usize = 16;

/// The hash function of a mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    /// The keys for this hash among those of an account.
    pub fn keys_of(self, credentials: &Credentials) -> Option<&ScramKeys> {
        match self {
            Self::Sha1 => credentials.sha1.as_ref(),
            Self::Sha256 => credentials.sha256.as_ref(),
        }
    }

    /// Bytes of a digest, a key and a proof.
    pub fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(bytes).to_vec(),
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
        }
    }

    fn mac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        macro_rules! mac {
            ($hash:ty) => {
                // A MAC takes a key of any length: this cannot fail.
                Hmac::<$hash>::new_from_slice(key)
                    .map(|mac| mac.chain_update(message).finalize().into_bytes().to_vec())
                    .unwrap_or_default()
            };
        }
        match self {
            Self::Sha1 => mac!(Sha1),
            Self::Sha256 => mac!(Sha256),
        }
    }
}

/// Derives the keys of both mechanisms under fresh salts. Takes milliseconds: not for an async thread.
pub fn derive(password: &Password, iterations: u32, random: &dyn Random) -> Credentials {
    let mut salt = [0u8; SALT_BYTES];
    random.fill(&mut salt);
    let sha1 = keys(Hash::Sha1, password.expose(), &salt, iterations);
    random.fill(&mut salt);
    let sha256 = keys(Hash::Sha256, password.expose(), &salt, iterations);
    Credentials {
        sha1: Some(sha1),
        sha256: Some(sha256),
    }
}

/// Whether `password` is the one that `credentials` were made of. One derivation; the stronger
/// mechanism decides when both are there.
pub fn verify(password: &str, credentials: &Credentials) -> bool {
    let prepared = prepare(password);
    match (&credentials.sha256, &credentials.sha1) {
        (Some(expected), _) => is_of(Hash::Sha256, &prepared, expected),
        // Openfire makes keys of passwords as they are typed. Once it has shown its password, the account has both.
        (None, Some(expected)) => {
            is_of(Hash::Sha1, &prepared, expected) || prepared != password && is_of(Hash::Sha1, password, expected)
        }
        (None, None) => false,
    }
}

/// Whether the keys are those of a password that needs no preparation.
fn is_of(hash: Hash, prepared: &str, expected: &ScramKeys) -> bool {
    let derived = keys_of_prepared(hash, prepared, &expected.salt, expected.iterations);
    derived
        .stored_key
        .as_slice()
        .ct_eq(expected.stored_key.as_slice())
        .into()
}

/// Whether `proof` shows that its sender knows the password of `keys` (ClientProof of RFC 5802 §3).
pub fn proves(hash: Hash, keys: &ScramKeys, auth_message: &[u8], proof: &[u8]) -> bool {
    let signature = hash.mac(&keys.stored_key, auth_message);
    if proof.len() != signature.len() {
        return false;
    }
    let client_key: Zeroizing<Vec<u8>> =
        Zeroizing::new(proof.iter().zip(&signature).map(|(proof, mask)| proof ^ mask).collect());
    hash.digest(&client_key).ct_eq(keys.stored_key.as_slice()).into()
}

/// What shows to the client that the server knows its keys (ServerSignature of RFC 5802 §3).
pub fn server_signature(hash: Hash, keys: &ScramKeys, auth_message: &[u8]) -> Vec<u8> {
    hash.mac(&keys.server_key, auth_message)
}

/// Prepares a password as RFC 5802 asks (SASLprep); what SASLprep refuses is taken as it is, so
/// that no password that another server accepted stops working.
fn prepare(password: &str) -> std::borrow::Cow<'_, str> {
    stringprep::saslprep(password).unwrap_or(std::borrow::Cow::Borrowed(password))
}

/// The keys of a password under a salt. Takes milliseconds: not for an async thread.
pub fn keys(hash: Hash, password: &str, salt: &[u8], iterations: u32) -> ScramKeys {
    keys_of_prepared(hash, &prepare(password), salt, iterations)
}

fn keys_of_prepared(hash: Hash, prepared: &str, salt: &[u8], iterations: u32) -> ScramKeys {
    let mut salted = Zeroizing::new(vec![0; hash.length()]);
    match hash {
        Hash::Sha1 => pbkdf2::pbkdf2_hmac::<Sha1>(prepared.as_bytes(), salt, iterations, &mut salted),
        Hash::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(prepared.as_bytes(), salt, iterations, &mut salted),
    }
    ScramKeys {
        salt: salt.to_vec(),
        iterations,
        stored_key: hash.digest(&Zeroizing::new(hash.mac(&salted, b"Client Key"))),
        server_key: hash.mac(&salted, b"Server Key"),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// The exchange of RFC 5802 §5: the proof made of the password must verify with our StoredKey.
    #[test]
    fn keys_agree_with_the_example_of_rfc_5802() {
        let salt = STANDARD.decode("QSXCR+Q6sek8bf92").unwrap();
        let keys = keys(Hash::Sha1, "pencil", &salt, 4096);
        let message = "n=user,r=fyko+d2lbbFgONRv9qkxdawL,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,\
                       s=QSXCR+Q6sek8bf92,i=4096,c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j";
        let signature = server_signature(Hash::Sha1, &keys, message.as_bytes());
        assert_eq!(STANDARD.encode(signature), "rmF9pqV8S7suAoZWja4dJRkFsKQ=");
    }

    /// RFC 7677 §3.
    #[test]
    fn keys_agree_with_the_example_of_rfc_7677() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let keys = keys(Hash::Sha256, "pencil", &salt, 4096);
        let message = "n=user,r=rOprNGfwEbeRWgbNEkqO,\
                       r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\
                       c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        let signature = server_signature(Hash::Sha256, &keys, message.as_bytes());
        assert_eq!(
            STANDARD.encode(signature),
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
        );
    }

    #[test]
    fn only_the_right_password_verifies_by_either_mechanism() {
        let both = Credentials {
            sha1: Some(keys(Hash::Sha1, "right", b"salt", 10)),
            sha256: Some(keys(Hash::Sha256, "right", b"salt", 10)),
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

    #[test]
    fn a_password_that_another_server_did_not_prepare_verifies() {
        let typed = "pass\u{a0}word \u{2168}";
        let moved_in = Credentials {
            sha1: Some(keys_of_prepared(Hash::Sha1, typed, b"salt", 10)),
            sha256: None,
        };
        assert!(verify(typed, &moved_in));
        assert!(!verify("pass word IX", &moved_in));
        let of_ours = Credentials {
            sha1: Some(keys(Hash::Sha1, typed, b"salt", 10)),
            sha256: None,
        };
        assert!(verify(typed, &of_ours) && verify("pass word IX", &of_ours));
    }
}
