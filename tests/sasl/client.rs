//! A client of SCRAM, written from RFC 5802 §3 and sharing no code with the server.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::server::{Attempt, Outcome, PASSWORD, Server, tls_offer};

pub const NONCE: &str = "fyko+d2lbbFgONRv9qkxdawL";

pub struct Client<'a> {
    pub mechanism: &'a str,
    pub name: &'a str,
    pub password: &'a str,
    /// Flag of channel binding, and identity to act as, with both commas.
    pub header: &'a str,
    pub bound: &'a [u8],
}

impl<'a> Client<'a> {
    /// One that knows everything, and does not bind to the channel.
    pub fn new(mechanism: &'a str) -> Self {
        Self {
            mechanism,
            name: "user",
            password: PASSWORD,
            header: "n,,",
            bound: b"",
        }
    }

    pub fn first(&self) -> String {
        format!("{}n={},r={NONCE}", self.header, self.name)
    }

    /// The answer to a challenge, and what the server must then say.
    pub fn last(&self, challenge: &str) -> (String, String) {
        let value = |name: &str| {
            challenge
                .split(',')
                .find_map(|part| part.strip_prefix(name))
                .expect(name)
        };
        let (nonce, iterations) = (value("r="), value("i=").parse().expect("a number"));
        let salt = STANDARD.decode(value("s=")).expect("base64");
        let salted = self.salted(&salt, iterations);
        let binding = STANDARD.encode([self.header.as_bytes(), self.bound].concat());
        let without_proof = format!("c={binding},r={nonce}");
        let message = format!("n={},r={NONCE},{challenge},{without_proof}", self.name);
        let client_key = self.mac(&salted, b"Client Key");
        let signature = self.mac(&self.digest(&client_key), message.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, mask)| key ^ mask).collect();
        let server = self.mac(&self.mac(&salted, b"Server Key"), message.as_bytes());
        let last = format!("{without_proof},p={}", STANDARD.encode(proof));
        (last, format!("v={}", STANDARD.encode(server)))
    }

    /// Logs in over TLS and checks that the server knows its keys too.
    pub async fn log_in(&self, server: &Server) -> Outcome {
        let attempt = Attempt::begin(server, &tls_offer(), self.mechanism).expect("an offered mechanism");
        self.go_on(attempt).await
    }

    pub async fn go_on(&self, mut attempt: Attempt<'_>) -> Outcome {
        let challenge = match attempt.send(self.first().as_bytes()).await {
            Outcome::Challenge(challenge) => challenge,
            other => return other,
        };
        let (last, expected) = self.last(&challenge);
        let outcome = attempt.send(last.as_bytes()).await;
        if let Outcome::Success(_, data) = &outcome {
            assert_eq!(data.as_ref(), Some(&expected), "the server's signature");
        }
        outcome
    }

    fn is_sha1(&self) -> bool {
        self.mechanism.starts_with("SCRAM-SHA-1")
    }

    fn salted(&self, salt: &[u8], iterations: u32) -> Vec<u8> {
        let mut salted = vec![0; if self.is_sha1() { 20 } else { 32 }];
        if self.is_sha1() {
            pbkdf2::pbkdf2_hmac::<Sha1>(self.password.as_bytes(), salt, iterations, &mut salted);
        } else {
            pbkdf2::pbkdf2_hmac::<Sha256>(self.password.as_bytes(), salt, iterations, &mut salted);
        }
        salted
    }

    fn mac(&self, key: &[u8], message: &[u8]) -> Vec<u8> {
        if self.is_sha1() {
            let mac = Hmac::<Sha1>::new_from_slice(key).expect("a key");
            mac.chain_update(message).finalize().into_bytes().to_vec()
        } else {
            let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
            mac.chain_update(message).finalize().into_bytes().to_vec()
        }
    }

    fn digest(&self, bytes: &[u8]) -> Vec<u8> {
        if self.is_sha1() {
            Sha1::digest(bytes).to_vec()
        } else {
            Sha256::digest(bytes).to_vec()
        }
    }
}
