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

use crate::supervisor::Sockets;

pub use acme::{Bound as AcmeBound, Listeners as AcmeListeners};
pub use doorway::Doorway;
pub use http::{Bound as HttpBound, Listeners as HttpListeners};
pub use xmpp::{Bound as XmppBound, HostCertificates, Listeners as XmppListeners};

/// Connections that may wait to be accepted: after a restart all clients come back at once. The system may allow fewer.
const BACKLOG: u32 = 4096;

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
fn announce(setting: &str, listener: &TcpListener) {
    if let Ok(address) = listener.local_addr() {
        tracing::info!(setting, %address, "listening");
    }
}
