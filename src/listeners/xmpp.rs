//! The listeners for XMPP clients.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::listen;
use crate::certificates::Certificates;
use crate::config::Xmpp;
use crate::engine::Engine;
use crate::engine::listener::{self, Certified, Places};

/// The sockets, bound and not yet served.
pub struct Bound {
    plain: Option<TcpListener>,
    tls: Option<TcpListener>,
}

/// The listeners at work.
pub struct Listeners {
    engine: Engine,
    closing: CancellationToken,
    tasks: TaskTracker,
    addresses: Vec<(SocketAddr, bool)>,
}

impl Bound {
    pub async fn bind(xmpp: &Xmpp) -> anyhow::Result<Self> {
        let mut bound = Self { plain: None, tls: None };
        if let Some(address) = xmpp.listen {
            bound.plain = Some(listen("xmpp.listen", address).await?);
        }
        if let Some(address) = xmpp.tls_listen {
            bound.tls = Some(listen("xmpp.tls_listen", address).await?);
        }
        Ok(bound)
    }

    pub fn is_empty(&self) -> bool {
        self.plain.is_none() && self.tls.is_none()
    }

    /// Begins to serve.
    pub fn serve(self, engine: &Engine, certificates: &Certificates) -> Listeners {
        let closing = CancellationToken::new();
        let tasks = TaskTracker::new();
        let shown: Arc<dyn listener::Certificates> = Arc::new(Shown(certificates.clone()));
        let places = Arc::new(Places::default());
        let mut addresses = Vec::new();
        for (socket, direct_tls) in [(self.plain, false), (self.tls, true)] {
            let Some(socket) = socket else { continue };
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
