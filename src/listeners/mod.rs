//! The sockets of the service: bound at the start, so that a port in use stops it (but for the proxy for files), or passed
//! by the supervisor, and served until the end.

mod acme;
mod doorway;
mod http;
mod xmpp;

use std::io;
use std::net::SocketAddr;

use anyhow::Context;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::supervisor::Sockets;

pub use acme::Bound as AcmeBound;
pub use doorway::Doorway;
pub use http::Bound as HttpBound;
pub use xmpp::{Bound as XmppBound, HostCertificates, XmppListeners};

/// Connections that may wait to be accepted: after a restart all clients come back at once. The system may allow fewer.
const BACKLOG: u32 = 4096;

/// Listeners at work, and where they listen.
#[derive(Default)]
pub struct Listeners {
    closing: CancellationToken,
    tasks: TaskTracker,
    addresses: Vec<(SocketAddr, bool)>,
}

impl Listeners {
    /// Where it is listened, and whether with TLS from the first byte.
    pub fn addresses(&self) -> impl Iterator<Item = (SocketAddr, bool)> {
        self.addresses.iter().copied()
    }

    /// Says in the log, and keeps in mind, where a socket is that begins to be served.
    fn announce(&mut self, setting: &str, listener: &TcpListener, tls: bool) {
        let address = announce(setting, listener);
        self.addresses.extend(address.map(|address| (address, tls)));
    }

    /// Closes the listeners and lets what is in progress finish, within its limits.
    pub async fn close(self) {
        self.closing.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// The sockets that were passed in the place of `setting`, else one on its address.
fn listen(setting: &str, address: SocketAddr, sockets: &mut Sockets) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for passed in sockets.take(setting) {
        listeners.push(TcpListener::from_std(passed)?);
    }
    if listeners.is_empty() {
        let listener = bind(address).with_context(|| {
            format!("{setting} = \"{address}\" cannot be listened on; stop what uses it, or set another address")
        })?;
        listeners.push(listener);
    }
    Ok(listeners)
}

/// The same where the setting may be off.
fn listen_at(setting: &str, address: Option<SocketAddr>, sockets: &mut Sockets) -> anyhow::Result<Vec<TcpListener>> {
    address.map_or(Ok(Vec::new()), |address| listen(setting, address, sockets))
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    // A port is free again as soon as the former service has ended.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Says in the log where a socket is that begins to be served.
fn announce(setting: &str, listener: &TcpListener) -> Option<SocketAddr> {
    let address = listener.local_addr().ok()?;
    tracing::info!(setting, %address, "listening");
    Some(address)
}
