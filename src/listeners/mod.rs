//! The sockets of the service: bound at the start, so that a port in use stops it, and served until the end.

mod http;
mod xmpp;

use std::net::SocketAddr;

use anyhow::Context;
use tokio::net::TcpListener;

pub use http::{Bound as HttpBound, Listeners as HttpListeners};
pub use xmpp::{Bound as XmppBound, Listeners as XmppListeners};

async fn listen(setting: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("{setting} = \"{address}\" cannot be listened on; stop what uses it, or set another address")
    })?;
    tracing::info!(setting, address = %listener.local_addr()?, "listening");
    Ok(listener)
}
