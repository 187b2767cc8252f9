//! Tokens of clients that log in again (XEP-0484, draft-schmaus-kitten-sasl-ht-08): making them, and checking the one
//! message of such a login. Nothing here decides whether an account may log in.

use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use data_encoding::BASE64URL_NOPAD;

use super::failure::Failure;
use super::mechanism::Mechanism;
use crate::domain::address::AccountAddress;
use crate::domain::login_token::{LoginToken, TokenSettings, TokenUse};
use crate::domain::random::Random;
use crate::domain::secret::Secret;

/// Random bytes of a token's row.
const SEED: usize = 16;

/// A token as its client gets it.
pub struct NewToken {
    pub token: Secret,
    pub expires: Timestamp,
}

/// The message of a client: `authcid NUL HMAC(token, "Initiator" || channel binding)`.
pub struct TokenMessage<'a> {
    pub authcid: &'a str,
    pub proof: &'a [u8],
}

impl<'a> TokenMessage<'a> {
    pub fn parse(message: &'a [u8]) -> Result<Self, Failure> {
        let end = message.iter().position(|byte| *byte == 0);
        let (authcid, proof) = message.split_at(end.ok_or(Failure::MalformedRequest)?);
        match std::str::from_utf8(authcid) {
            Ok(authcid) if !authcid.is_empty() && proof.len() > 1 => Ok(Self {
                authcid,
                proof: &proof[1..],
            }),
            _ => Err(Failure::MalformedRequest),
        }
    }
}

/// What a client tells of the token that it logs in with, beside the proof that it has it.
#[derive(Debug, Clone)]
pub struct PresentedToken {
    /// How the client tells itself from others of the account.
    pub client: Arc<str>,
    pub how: TokenUse,
}

/// How this server makes tokens.
pub struct Tokens {
    pub settings: TokenSettings,
}

impl Tokens {
    /// What is stored of a new token.
    pub fn begin(&self, mechanism: Mechanism, now: Timestamp, random: &dyn Random) -> LoginToken {
        let mut seed = vec![0; SEED];
        random.fill(&mut seed);
        let lifetime = SignedDuration::try_from(self.settings.lifetime).unwrap_or(SignedDuration::MAX);
        LoginToken {
            seed,
            mechanism: mechanism.name().to_owned(),
            issued: now,
            expires: now.checked_add(lifetime).unwrap_or(Timestamp::MAX),
            count: 0,
        }
    }

    /// The token that belongs to what is stored of it. For another account, client or mechanism it is another.
    pub fn reveal(&self, account: &AccountAddress, client: &str, stored: &LoginToken) -> Secret {
        let key = self.settings.key.expose().as_bytes();
        let parts = [
            b"login token",
            account.localpart().as_str().as_bytes(),
            account.host().as_str().as_bytes(),
            stored.mechanism.as_bytes(),
            client.as_bytes(),
        ];
        let mut text = Zeroizing::new(Vec::new());
        for part in parts {
            text.extend_from_slice(&(part.len() as u64).to_be_bytes());
            text.extend_from_slice(part);
        }
        text.extend_from_slice(&stored.seed);
        Secret::new(BASE64URL_NOPAD.encode(&mac(key, &[&text])))
    }

    /// Whether a client that uses this token is due for another one.
    pub fn is_old(&self, stored: &LoginToken, now: Timestamp) -> bool {
        let rotation = SignedDuration::try_from(self.settings.rotation).unwrap_or(SignedDuration::MAX);
        now.duration_since(stored.issued) >= rotation
    }
}

/// Whether the client has shown that it knows the token, on the channel `bound`.
pub fn proves(token: &Secret, bound: &[u8], proof: &[u8]) -> bool {
    mac(token.expose().as_bytes(), &[b"Initiator", bound])
        .ct_eq(proof)
        .into()
}

/// What shows to the client that the server knows the token too.
pub fn answer(token: &Secret, bound: &[u8]) -> Vec<u8> {
    mac(token.expose().as_bytes(), &[b"Responder", bound]).to_vec()
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // A MAC takes a key of any length: this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_a_name_and_a_proof() {
        let read = TokenMessage::parse(b"jane\0proof\0more").unwrap();
        assert_eq!((read.authcid, read.proof), ("jane", &b"proof\0more"[..]));
        for wrong in [&b""[..], b"\0", b"jane", b"jane\0", b"\0proof", b"j\xffne\0proof"] {
            assert_eq!(
                TokenMessage::parse(wrong).err(),
                Some(Failure::MalformedRequest),
                "{wrong:?}"
            );
        }
    }
}
