//! Ports for programs that must be told theirs before they listen.
//!
//! A port of the system's choice (`:0`), given back and then named to a program, may meanwhile go to any other socket of
//! the machine. Below the range that the system chooses from (`net.ipv4.ip_local_port_range`: 32768 and above), only those
//! who ask for a port by its number get it, and no port of this process is given out twice.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};

const FIRST: u32 = 10_000;
const COUNT: u32 = 22_000;

/// Where neighbouring processes begin lies so far apart.
const APART: u32 = 101;

/// A port of this machine on which nobody listens, over TCP or UDP.
pub fn free_port() -> u16 {
    static GIVEN: AtomicU32 = AtomicU32::new(0);
    let beginning = std::process::id().wrapping_mul(APART);
    (0..COUNT)
        .map(|_| beginning.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)))
        .filter_map(|number| u16::try_from(FIRST + number % COUNT).ok())
        .find(|port| is_free(*port))
        .expect("a free port")
}

/// The same as an address, `127.0.0.1:PORT`.
pub fn free_address() -> String {
    format!("127.0.0.1:{}", free_port())
}

fn is_free(port: u16) -> bool {
    let place = (Ipv4Addr::LOCALHOST, port);
    TcpListener::bind(place).is_ok() && UdpSocket::bind(place).is_ok()
}
