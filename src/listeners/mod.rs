//! The sockets of the service: bound at the start, so that a port in use stops it, or passed by the supervisor, and served
//! until the end.

mod acme;
mod doorway;
mod http;
mod xmpp;

use std::net::SocketAddr;

use anyhow::Context;
use tokio::net::TcpListener;

use crate::supervisor::Sockets;

pub use acme::{Bound as AcmeBound, Listeners as AcmeListeners};
pub use doorway::Doorway;
pub use http::{Bound as HttpBound, Listeners as HttpListeners};
pub use xmpp::{Bound as XmppBound, Listeners as XmppListeners};

/// The sockets that were passed in the place of `setting`, else one on its address.
async fn listen(setting: &str, address: SocketAddr, sockets: &mut Sockets) -> anyhow::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for passed in sockets.take(setting) {
        listeners.push(TcpListener::from_std(passed)?);
    }
    if listeners.is_empty() {
        let listener = TcpListener::bind(address).await.with_context(|| {
            format!("{setting} = \"{address}\" cannot be listened on; stop what uses it, or set another address")
        })?;
        listeners.push(listener);
    }
    Ok(listeners)
}

/// Says in the log where a socket is that begins to be served.
fn announce(setting: &str, listener: &TcpListener) {
    if let Ok(address) = listener.local_addr() {
        tracing::info!(setting, %address, "listening");
    }
}
