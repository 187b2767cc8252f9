//! The messages of SCRAM (RFC 5802, RFC 7677), read and written; nothing here knows accounts.

mod attributes;
mod client_final;
mod client_first;

pub use client_final::ClientFinal;
pub use client_first::{ChannelBinding, ClientFirst};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::domain::account::ScramKeys;
use crate::domain::random::{Random, alphanumeric};
use crate::scram::{Hash, server_signature};

/// Characters of the server's part of a nonce: 178 bits.
const NONCE_LENGTH: usize = 30;

pub fn server_nonce(random: &dyn Random) -> String {
    alphanumeric(random, NONCE_LENGTH)
}

/// What the client has to answer, and what its answer is checked against.
pub struct Challenge {
    /// Both parts of it.
    nonce: String,
    /// The server-first-message.
    message: String,
    client_first_bare: String,
    /// The channel-binding attribute that the answer has to carry: base64 of the GS2 header and the bound data.
    expected_binding: String,
}

impl Challenge {
    /// `bound` is what the channel binding of `first` stands for, empty without one; `offered` the digest of what the
    /// client was offered (XEP-0474), if it is told.
    pub fn new(
        first: &ClientFirst<'_>,
        bound: &[u8],
        server_nonce: &str,
        keys: &ScramKeys,
        offered: Option<&[u8]>,
    ) -> Self {
        let nonce = format!("{}{server_nonce}", first.nonce);
        let salt = STANDARD.encode(&keys.salt);
        let mut message = format!("r={nonce},s={salt},i={}", keys.iterations);
        if let Some(offered) = offered {
            message.push_str(",h=");
            STANDARD.encode_string(offered, &mut message);
        }
        Self {
            message,
            nonce,
            client_first_bare: first.bare.to_owned(),
            expected_binding: STANDARD.encode([first.gs2_header.as_bytes(), bound].concat()),
        }
    }

    pub fn message(&self) -> &[u8] {
        self.message.as_bytes()
    }

    /// Whether the answer belongs to this challenge: it repeats the nonce, and what the client said first about channel
    /// binding together with the channel that we see.
    pub fn fits(&self, answer: &ClientFinal<'_>) -> bool {
        answer.nonce == self.nonce && answer.binding == self.expected_binding
    }

    /// What both sides sign.
    pub fn auth_message(&self, answer: &ClientFinal<'_>) -> Vec<u8> {
        let parts = [&*self.client_first_bare, &*self.message, answer.without_proof];
        parts.join(",").into_bytes()
    }
}

/// The server-final-message.
pub fn server_final(hash: Hash, keys: &ScramKeys, auth_message: &[u8]) -> Vec<u8> {
    let signature = STANDARD.encode(server_signature(hash, keys, auth_message));
    format!("v={signature}").into_bytes()
}

#[cfg(test)]
mod tests;
