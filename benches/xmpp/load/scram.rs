//! The client's side of SCRAM-SHA-1 (RFC 5802). All accounts have one password and one salt, so the password is derived
//! once for all: what is left is what a login costs the server.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};

use crate::Failure;

const PASSWORD: &[u8] = b"secret";

pub struct Exchange {
    first: String,
}

impl Exchange {
    pub fn new(name: &str) -> Self {
        Self {
            first: format!("n={name},r=client{name}"),
        }
    }

    /// The initial response.
    pub fn initial(&self) -> String {
        STANDARD.encode(format!("n,,{}", self.first))
    }

    /// What answers the challenge.
    pub fn answer(&self, challenge: &str) -> Result<String, Failure> {
        let challenge = String::from_utf8(STANDARD.decode(challenge)?)?;
        let part = |start: &str| challenge.split(',').find_map(|part| part.strip_prefix(start));
        let (Some(nonce), Some(salt), Some(iterations)) = (part("r="), part("s="), part("i=")) else {
            return Err(format!("no challenge: {challenge}").into());
        };
        let salted = salted_password(&STANDARD.decode(salt)?, iterations.parse()?);
        let client_key = mac(salted, b"Client Key");
        let last = format!("c=biws,r={nonce}");
        let signature = mac(
            &Sha1::digest(client_key),
            format!("{},{challenge},{last}", self.first).as_bytes(),
        );
        let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, byte)| key ^ byte).collect();
        Ok(STANDARD.encode(format!("{last},p={}", STANDARD.encode(proof))))
    }
}

fn salted_password(salt: &[u8], iterations: u32) -> &'static [u8; 20] {
    static SALTED: OnceLock<[u8; 20]> = OnceLock::new();
    SALTED.get_or_init(|| {
        let mut salted = [0; 20];
        pbkdf2::pbkdf2_hmac::<Sha1>(PASSWORD, salt, iterations, &mut salted);
        salted
    })
}

fn mac(key: &[u8], text: &[u8]) -> [u8; 20] {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text);
    mac.finalize().into_bytes().into()
}
