//! Addresses and networks of clients.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;

/// One address or one network, and the text it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IpRange {
    text: String,
    net: IpNet,
}

impl IpRange {
    /// True for an address inside; an IPv4 address in IPv6 form counts as the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.net.contains(&address.to_canonical())
    }
}

impl FromStr for IpRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let net = match text.parse::<IpAddr>() {
            Ok(address) => Ok(IpNet::from(address.to_canonical())),
            Err(_) => text.parse::<IpNet>(),
        };
        match net {
            Ok(net) => Ok(Self {
                text: text.to_owned(),
                net,
            }),
            Err(_) => Err(format!(
                "{text:?} is neither an address such as \"192.0.2.7\" nor a network such as \"10.0.0.0/24\""
            )),
        }
    }
}

impl fmt::Display for IpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The client behind `peer`, where that is a trusted proxy and said these addresses, the nearest last: the last one that
/// is no proxy of ours, or the first if all are. `None`: one of them is no address.
pub fn behind<'text>(
    peer: IpAddr,
    said: impl DoubleEndedIterator<Item = &'text str>,
    trusted: &[IpRange],
) -> Option<IpAddr> {
    let mut first = peer;
    for text in said.rev() {
        let address = text.trim().parse::<IpAddr>().ok()?.to_canonical();
        if !trusted.iter().any(|range| range.contains(address)) {
            return Some(address);
        }
        first = address;
    }
    Some(first)
}

/// Under which address what a client does is counted. One client has a whole network of IPv6 addresses (RFC 6177): its
/// first 64 bits. Clients without a known address count as one.
pub fn origin(peer: Option<IpAddr>) -> IpAddr {
    const NETWORK: u128 = !0 << 64;
    match peer.map(|peer| peer.to_canonical()) {
        Some(IpAddr::V6(peer)) => Ipv6Addr::from_bits(peer.to_bits() & NETWORK).into(),
        Some(peer) => peer,
        None => Ipv6Addr::UNSPECIFIED.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_one_address_or_a_network() {
        let contains =
            |range: &str, address: &str| range.parse::<IpRange>().unwrap().contains(address.parse().unwrap());
        assert!(contains("127.0.0.1", "127.0.0.1"));
        assert!(contains("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(!contains("127.0.0.1", "127.0.0.2"));
        assert!(contains("10.0.0.0/24", "10.0.0.255"));
        assert!(!contains("10.0.0.0/24", "10.0.1.0"));
        assert!(contains("2001:db8::/32", "2001:db8::1"));
        for text in ["", "localhost", "10.1.*", "10.2.0.1-10.2.0.9", "10.0.0.0/33"] {
            assert!(text.parse::<IpRange>().is_err(), "{text}");
        }
    }
}
