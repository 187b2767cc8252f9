//! The listeners for XMPP clients.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{announce, listen};
use crate::certificates::Certificates;
use crate::config::Xmpp;
use crate::engine::Engine;
use crate::engine::listener::{self, Certified, Places};
use crate::supervisor::Sockets;

/// The sockets, bound and not yet served.
pub struct Bound {
    plain: Vec<TcpListener>,
    tls: Vec<TcpListener>,
}

/// The listeners at work.
pub struct Listeners {
    engine: Engine,
    closing: CancellationToken,
    tasks: TaskTracker,
    addresses: Vec<(SocketAddr, bool)>,
}

impl Bound {
    pub fn bind(xmpp: &Xmpp, sockets: &mut Sockets) -> anyhow::Result<Self> {
        let (mut plain, mut tls) = (Vec::new(), Vec::new());
        if let Some(address) = xmpp.listen {
            plain = listen("xmpp.listen", address, sockets)?;
        }
        if let Some(address) = xmpp.tls_listen {
            tls = listen("xmpp.tls_listen", address, sockets)?;
        }
        Ok(Self { plain, tls })
    }

    pub fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.tls.is_empty()
    }

    /// Begins to serve.
    pub fn serve(self, engine: &Engine, certificates: &Certificates) -> Listeners {
        let closing = CancellationToken::new();
        let tasks = TaskTracker::new();
        let shown: Arc<dyn listener::Certificates> = Arc::new(Shown(certificates.clone()));
        let places = Arc::new(Places::default());
        let mut addresses = Vec::new();
        let plain = self.plain.into_iter().map(|socket| (socket, false));
        let tls = self.tls.into_iter().map(|socket| (socket, true));
        for (socket, direct_tls) in plain.chain(tls) {
            announce(if direct_tls { "xmpp.tls_listen" } else { "xmpp.listen" }, &socket);
            addresses.extend(socket.local_addr().map(|address| (address, direct_tls)));
            let (shown, places, closing) = (Arc::clone(&shown), Arc::clone(&places), closing.clone());
            tasks.spawn(listener::serve(
                engine.clone(),
                socket,
                direct_tls,
                shown,
                places,
                closing,
            ));
        }
        tasks.close();
        Listeners {
            engine: engine.clone(),
            closing,
            tasks,
            addresses,
        }
    }
}

impl Listeners {
    /// Where it is listened, and whether with TLS from the first byte.
    pub fn addresses(&self) -> impl Iterator<Item = (SocketAddr, bool)> {
        self.addresses.iter().copied()
    }

    /// Closes the listeners, says goodbye to every client and waits until all have been told.
    pub async fn close(self) {
        self.closing.cancel();
        self.engine.shut_down();
        self.tasks.wait().await;
    }
}

/// The certificates as the engine asks for them.
struct Shown(Certificates);

impl listener::Certificates for Shown {
    fn find(&self, _name: Option<&str>) -> Certified {
        let (config, digest) = self.0.xmpp();
        Certified { config, digest }
    }
}
