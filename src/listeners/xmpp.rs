//! The listeners for XMPP clients.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;

use super::{Listeners, announce, listen_at};
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

/// The listeners at work, and those who came in through them.
pub struct XmppListeners {
    engine: Engine,
    listeners: Listeners,
}

impl Bound {
    pub fn bind(xmpp: &Xmpp, sockets: &mut Sockets) -> anyhow::Result<Self> {
        Ok(Self {
            plain: listen_at("xmpp.listen", xmpp.listen, sockets)?,
            tls: listen_at("xmpp.tls_listen", xmpp.tls_listen, sockets)?,
            // Clients do without it: a port in use must not stop what they cannot do without.
            proxy: listen_at("xmpp.proxy_listen", xmpp.proxy_listen, sockets).unwrap_or_else(|cause| {
                tracing::warn!(cause = format!("{cause:#}"), "files are not passed between clients");
                Vec::new()
            }),
        })
    }

    /// Begins to serve.
    pub fn serve(self, engine: &Engine, certificates: HostCertificates) -> XmppListeners {
        let mut listeners = Listeners::default();
        let shown: Arc<dyn listener::Certificates> = Arc::new(certificates);
        let limits = &engine.settings().limits;
        let places = Arc::new(Places::new(limits.connections, limits.connections_per_address));
        for socket in &self.proxy {
            announce("xmpp.proxy_listen", socket);
        }
        bytestreams::serve(engine, self.proxy, &listeners.tasks, &listeners.closing);
        let plain = self.plain.into_iter().map(|socket| (socket, false));
        let tls = self.tls.into_iter().map(|socket| (socket, true));
        for (socket, direct_tls) in plain.chain(tls) {
            let setting = if direct_tls { "xmpp.tls_listen" } else { "xmpp.listen" };
            listeners.announce(setting, &socket, direct_tls);
            listeners.tasks.spawn(listener::serve(
                engine.clone(),
                socket,
                direct_tls,
                Arc::clone(&shown),
                Arc::clone(&places),
                listeners.closing.clone(),
            ));
        }
        XmppListeners {
            engine: engine.clone(),
            listeners,
        }
    }
}

impl XmppListeners {
    /// Where it is listened, and whether with TLS from the first byte.
    pub fn addresses(&self) -> impl Iterator<Item = (SocketAddr, bool)> {
        self.listeners.addresses()
    }

    /// Closes the listeners, says goodbye to every client and waits until all have been told.
    pub async fn close(self) {
        self.listeners.closing.cancel();
        self.engine.shut_down();
        self.listeners.close().await;
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
