//! What both clients of a stream connect to: a name that only they, and whoever activates it, can work out (XEP-0065 §5.3.2).

use data_encoding::HEXLOWER_PERMISSIVE;
use sha1::{Digest, Sha1};

use crate::domain::address::FullAddress;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Destination([u8; 20]);

impl Destination {
    pub fn of(sid: &str, initiator: &FullAddress, target: &FullAddress) -> Self {
        Self(Sha1::digest(format!("{sid}{initiator}{target}")).into())
    }

    /// From 40 hexadecimal digits.
    pub fn parse(name: &[u8]) -> Option<Self> {
        let hash = HEXLOWER_PERMISSIVE.decode(name).ok()?;
        hash.try_into().ok().map(Self)
    }
}
