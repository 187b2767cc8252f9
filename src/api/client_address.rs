//! Who a request comes from, when it may have come through proxies.

use std::net::IpAddr;

use http::HeaderMap;

use crate::domain::network::{IpRange, behind};

/// Other names under which old proxies forward an address.
const OTHER_NAMES: [&str; 2] = ["x_forwarded_for", "x-forward-for"];

/// The client's address. Forwarded addresses are believed only from a trusted proxy: of the combined
/// `X-Forwarded-For` the rightmost one that is not itself trusted. `None`: a trusted proxy forwarded what is no address.
/// An IPv4 address in IPv6 form is given as the IPv4 address.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpRange]) -> Option<IpAddr> {
    let peer = peer.to_canonical();
    if !trusted.iter().any(|range| range.contains(peer)) {
        return Some(peer);
    }
    for name in std::iter::once("x-forwarded-for").chain(OTHER_NAMES) {
        if headers.contains_key(name) {
            let values = headers.get_all(name).iter();
            let said = values.flat_map(|value| value.to_str().unwrap_or_default().split(','));
            return behind(peer, said, trusted);
        }
    }
    Some(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, headers: &[(&'static str, &str)]) -> Option<String> {
        let trusted = ["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        client_address(peer.parse().unwrap(), &map, &trusted).map(|address| address.to_string())
    }

    #[test]
    fn a_stranger_cannot_forward_an_address() {
        let found = address("198.51.100.1", &[("x-forwarded-for", "10.0.0.1")]);
        assert_eq!(found.as_deref(), Some("198.51.100.1"));
        assert_eq!(address("::ffff:198.51.100.1", &[]).as_deref(), Some("198.51.100.1"));
        let mapped = address("::ffff:127.0.0.1", &[("x-forwarded-for", "::ffff:10.0.0.7")]);
        assert_eq!(mapped.as_deref(), Some("10.0.0.7"));
    }

    #[test]
    fn the_rightmost_address_that_is_no_proxy_counts() {
        for (value, expected) in [
            ("192.0.2.1", Some("192.0.2.1")),
            ("203.0.113.9, 192.0.2.1, 10.1.1.1", Some("192.0.2.1")),
            ("10.0.0.7", Some("10.0.0.7")),
            ("unknown", None),
            ("", None),
        ] {
            let found = address("127.0.0.1", &[("x-forwarded-for", value)]);
            assert_eq!(found.as_deref(), expected, "{value:?}");
        }
    }

    #[test]
    fn several_headers_are_one_list_and_old_names_come_after() {
        let several = [("x-forwarded-for", "192.0.2.1"), ("x-forwarded-for", "192.0.2.2")];
        assert_eq!(address("127.0.0.1", &several).as_deref(), Some("192.0.2.2"));
        let old = [("x-forward-for", "192.0.2.3")];
        assert_eq!(address("127.0.0.1", &old).as_deref(), Some("192.0.2.3"));
        assert_eq!(address("127.0.0.1", &[]).as_deref(), Some("127.0.0.1"));
    }
}
