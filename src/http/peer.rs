//! The other end of a connection.

use std::net::SocketAddr;

/// Who is connected, as the socket knows it; forwarded addresses are the business of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// An IPv4 client of an IPv6 socket has its IPv4 address here.
    pub address: SocketAddr,
    /// The connection uses TLS.
    pub secure: bool,
}

impl Peer {
    pub(super) fn new(address: SocketAddr, secure: bool) -> Self {
        Self {
            address: SocketAddr::new(address.ip().to_canonical(), address.port()),
            secure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ipv4_client_of_an_ipv6_socket_is_known_by_its_ipv4_address() {
        let peer = Peer::new("[::ffff:192.0.2.1]:7".parse().unwrap(), false);
        assert_eq!(peer.address, "192.0.2.1:7".parse().unwrap());
    }
}
