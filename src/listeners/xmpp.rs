//! The listeners for XMPP clients.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{announce, listen};
use crate::certificates::Certificates;
use crate::config::Xmpp;
use crate::engine::Engine;
use crate::engine::bytestreams;
use crate::engine::listener::{self, Certified, Places};
use crate::metrics::{Collectors, readings};
use crate::supervisor::Sockets;

/// The sockets, bound and not yet served.
pub struct Bound {
    plain: Vec<TcpListener>,
    tls: Vec<TcpListener>,
    proxy: Vec<TcpListener>,
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
        let (mut plain, mut tls, mut proxy) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(address) = xmpp.listen {
            plain = listen("xmpp.listen", address, sockets)?;
        }
        if let Some(address) = xmpp.tls_listen {
            tls = listen("xmpp.tls_listen", address, sockets)?;
        }
        if let Some(address) = xmpp.proxy_listen {
            // Clients do without it: a port in use must not stop what they cannot do without.
            proxy = listen("xmpp.proxy_listen", address, sockets).unwrap_or_else(|cause| {
                tracing::warn!(cause = format!("{cause:#}"), "files are not passed between clients");
                Vec::new()
            });
        }
        Ok(Self { plain, tls, proxy })
    }

    pub fn is_empty(&self) -> bool {
        self.plain.is_empty() && self.tls.is_empty()
    }

    /// Begins to serve.
    pub fn serve(self, engine: &Engine, certificates: HostCertificates) -> Listeners {
        let closing = CancellationToken::new();
        let tasks = TaskTracker::new();
        let shown: Arc<dyn listener::Certificates> = Arc::new(certificates);
        let limits = &engine.settings().limits;
        let places = Arc::new(Places::new(limits.connections, limits.connections_per_address));
        for socket in &self.proxy {
            announce("xmpp.proxy_listen", socket);
        }
        bytestreams::serve(engine, self.proxy, &tasks, &closing);
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

/// The certificate of each host that has one of its own, and that of all others.
#[derive(Clone)]
pub struct HostCertificates {
    standard: Certificates,
    /// By the name of the host, as clients ask for it in TLS.
    of_hosts: BTreeMap<String, Certificates>,
}

/// What metrics call the certificate of all hosts that have none of their own.
const DEFAULT: &str = "default";

impl HostCertificates {
    /// Reads those of single hosts. Blocks on the file system.
    pub fn read(xmpp: &Xmpp, standard: &Certificates) -> anyhow::Result<Self> {
        let of_hosts = xmpp.certificates.iter().map(|host| {
            let name = idna::domain_to_ascii(&host.host)
                .map_err(|_| anyhow::anyhow!("xmpp.certificates: {:?} is no host", host.host))?;
            Ok((name, Certificates::read(&host.certificate, &host.key)?))
        });
        Ok(Self {
            standard: standard.clone(),
            of_hosts: of_hosts.collect::<anyhow::Result<_>>()?,
        })
    }

    /// When each certificate ends, by the host that it is configured for.
    pub fn collectors(&self) -> Collectors {
        let own = self.of_hosts.iter().map(|(host, own)| (host.clone(), own.clone()));
        let standard = (DEFAULT.to_owned(), self.standard.clone());
        vec![readings(
            "firekeeper_tls_certificate_expiry_timestamp_seconds",
            "When the certificate in use ends, in seconds since 1970: `default`, and those of `xmpp.certificates`.",
            "host",
            std::iter::once(standard).chain(own).map(|(host, certificates)| {
                let read = move || Some(certificates.validity()?.not_after.as_second().unsigned_abs());
                (host, read)
            }),
        )]
    }

    /// Those of single hosts.
    pub fn of_hosts(&self) -> impl Iterator<Item = &Certificates> {
        self.of_hosts.values()
    }
}

impl listener::Certificates for HostCertificates {
    fn find(&self, name: Option<&str>) -> Certified {
        let name = name.map(str::to_ascii_lowercase);
        let own = name.and_then(|name| self.of_hosts.get(&name));
        let (config, digest) = own.unwrap_or(&self.standard).xmpp();
        Certified { config, digest }
    }
}
