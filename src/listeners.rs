//! The HTTP listeners of the service: bound at the start, so that a port in use stops it, and served until the end.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use axum::body::Body;
use http::Request;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::service_fn;

use crate::api::{Api, Groups};
use crate::config::{self, Http, RouteGroup};
use crate::http::{Certificates, ConnectionMetrics, Connections, Limits, Peer, serve};
use crate::metrics::Collectors;
use crate::start::Urls;

/// How often the certificate's files are looked at.
const CERTIFICATE_INTERVAL: Duration = Duration::from_secs(10);

/// The sockets, bound and not yet served.
pub struct Bound {
    plain: Vec<(TcpListener, Groups)>,
    tls: Vec<(TcpListener, Groups)>,
    urls: Urls,
    certificates: Option<Certificates>,
    connections: Connections,
    metrics: ConnectionMetrics,
}

/// The listeners at work.
pub struct Listeners {
    closing: CancellationToken,
    tasks: TaskTracker,
    certificates: Option<Certificates>,
    addresses: Vec<(SocketAddr, bool)>,
}

impl Bound {
    /// Binds every configured address; `certificates` makes or reads those of the TLS listeners.
    pub async fn bind(
        http: &Http,
        certificates: impl FnOnce() -> anyhow::Result<Certificates>,
    ) -> anyhow::Result<Self> {
        let metrics = ConnectionMetrics::default();
        let mut bound = Self {
            plain: Vec::new(),
            tls: Vec::new(),
            urls: Urls::default(),
            certificates: None,
            connections: Connections::counted(limits(&http.limits), metrics.clone()),
            metrics,
        };
        if let Some(address) = http.listen {
            let listener = listen("http.listen", address).await?;
            bound.urls.plain = listener.local_addr().ok();
            bound.plain.push((listener, Groups::USUAL));
        }
        if let Some(address) = http.tls_listen {
            let listener = listen("http.tls_listen", address).await?;
            bound.urls.tls = listener.local_addr().ok();
            bound.tls.push((listener, Groups::USUAL));
        }
        for further in &http.listeners {
            let listener = listen("http.listeners", further.listen).await?;
            let place = if further.tls { &mut bound.tls } else { &mut bound.plain };
            place.push((listener, groups(&further.routes)));
        }
        if !bound.tls.is_empty() {
            bound.certificates = Some(certificates()?);
        }
        Ok(bound)
    }

    /// Where `listen` and `tls_listen` are reached; the port is the real one also where the setting says 0.
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    pub fn collectors(&self) -> Collectors {
        self.metrics.collectors()
    }

    /// Begins to serve.
    pub fn serve(self, api: &Api) -> Listeners {
        let closing = CancellationToken::new();
        let tasks = TaskTracker::new();
        let mut addresses = Vec::new();
        let plain = self.plain.into_iter().map(|listener| (listener, None));
        let tls = self
            .tls
            .into_iter()
            .map(|listener| (listener, self.certificates.clone()));
        for ((listener, groups), certificates) in plain.chain(tls) {
            // What everybody else does to the service must not keep its watchers out.
            let connections = if groups.admin {
                self.connections.clone()
            } else {
                Connections::counted(*self.connections.limits(), self.metrics.clone())
            };
            addresses.extend(listener.local_addr().map(|address| (address, certificates.is_some())));
            let api = api.clone();
            let service = service_fn(move |request: Request<Body>| {
                let api = api.clone();
                async move { Ok::<_, Infallible>(api.answer(peer(&request), groups, request).await) }
            });
            tasks.spawn(serve(listener, certificates, service, connections, closing.clone()));
        }
        if let Some(certificates) = self.certificates.clone() {
            let closing = closing.clone();
            tasks.spawn(async move {
                closing
                    .run_until_cancelled(certificates.watch(CERTIFICATE_INTERVAL))
                    .await;
            });
        }
        tasks.close();
        Listeners {
            closing,
            tasks,
            certificates: self.certificates,
            addresses,
        }
    }
}

impl Listeners {
    /// Where it is listened, and whether with TLS.
    pub fn addresses(&self) -> impl Iterator<Item = (SocketAddr, bool)> {
        self.addresses.iter().copied()
    }

    /// Reads the certificates again.
    pub async fn reload_certificates(&self) {
        let Some(certificates) = self.certificates.clone() else {
            return;
        };
        match tokio::task::spawn_blocking(move || certificates.reload()).await {
            Ok(Ok(())) => tracing::info!("certificates read again"),
            Ok(Err(error)) => tracing::error!(%error, "the certificate in use stays"),
            Err(error) => tracing::error!(%error, "the certificates were not read again"),
        }
    }

    /// Closes the listeners and lets the requests in progress finish, within their limit.
    pub async fn close(self) {
        self.closing.cancel();
        self.tasks.wait().await;
    }
}

async fn listen(setting: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("{setting} = \"{address}\" cannot be listened on; stop what uses it, or set another address")
    })?;
    tracing::info!(setting, address = %listener.local_addr()?, "listening");
    Ok(listener)
}

fn groups(routes: &[RouteGroup]) -> Groups {
    Groups {
        admin: routes.contains(&RouteGroup::Admin),
        probes: routes.contains(&RouteGroup::Probes),
        metrics: routes.contains(&RouteGroup::Metrics),
    }
}

fn peer(request: &Request<Body>) -> IpAddr {
    request
        .extensions()
        .get::<Peer>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.address.ip())
}

fn limits(configured: &config::Limits) -> Limits {
    Limits {
        max_connections: configured.max_connections as usize,
        max_head: configured.max_head,
        header_timeout: configured.header_timeout,
        body_timeout: configured.body_timeout,
        write_timeout: configured.write_timeout,
        idle_timeout: configured.idle_timeout,
        handshake_timeout: configured.handshake_timeout,
        drain_timeout: configured.drain_timeout,
    }
}
