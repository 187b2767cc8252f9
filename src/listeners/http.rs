//! The HTTP listeners.

use axum::body::Body;
use http::{Request, Response};
use tokio::net::TcpListener;

use super::{Doorway, Listeners, listen, listen_at};
use crate::api::Groups;
use crate::certificates::Certificates;
use crate::config::{self, Http, RouteGroup};
use crate::http::{ConnectionMetrics, Connections, Limits, Peer, Service, serve};
use crate::metrics::Collectors;
use crate::start::Urls;
use crate::supervisor::Sockets;
use crate::transport;

/// The sockets, bound and not yet served.
pub struct Bound {
    plain: Vec<Socket>,
    tls: Vec<Socket>,
    urls: Urls,
    connections: Connections,
    metrics: ConnectionMetrics,
}

struct Socket {
    setting: &'static str,
    listener: TcpListener,
    served: Served,
}

impl Bound {
    /// Binds every configured address.
    pub fn bind(http: &Http, sockets: &mut Sockets) -> anyhow::Result<Self> {
        let metrics = ConnectionMetrics::default();
        let mut bound = Self {
            plain: Vec::new(),
            tls: Vec::new(),
            urls: Urls::default(),
            connections: Connections::counted(limits(&http.limits), metrics.clone()),
            metrics,
        };
        for listener in listen_at("http.listen", http.listen, sockets)? {
            bound.urls.plain = bound.urls.plain.or(listener.local_addr().ok());
            bound.plain.push(Socket {
                setting: "http.listen",
                listener,
                served: Served::USUAL,
            });
        }
        for listener in listen_at("http.tls_listen", http.tls_listen, sockets)? {
            bound.urls.tls = bound.urls.tls.or(listener.local_addr().ok());
            bound.tls.push(Socket {
                setting: "http.tls_listen",
                listener,
                served: Served::USUAL,
            });
        }
        for further in &http.listeners {
            let place = if further.tls { &mut bound.tls } else { &mut bound.plain };
            let setting = "http.listeners";
            for listener in listen(setting, further.listen, &mut Sockets::default())? {
                place.push(Socket {
                    setting,
                    listener,
                    served: served(&further.routes),
                });
            }
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
    pub fn serve(self, doorway: &Doorway, certificates: &Certificates) -> Listeners {
        let mut listeners = Listeners::default();
        let plain = self.plain.into_iter().map(|socket| (socket, None));
        let tls = self.tls.into_iter().map(|socket| (socket, Some(certificates.clone())));
        for (socket, certificates) in plain.chain(tls) {
            let Socket {
                setting,
                listener,
                served,
            } = socket;
            listeners.announce(setting, &listener, certificates.is_some());
            // What everybody else does to the service must not keep its watchers out.
            let connections = if served.api.admin {
                self.connections.clone()
            } else {
                Connections::counted(*self.connections.limits(), self.metrics.clone())
            };
            let doorway = doorway.clone();
            let entrance = Entrance { doorway, served };
            let closing = listeners.closing.clone();
            listeners
                .tasks
                .spawn(serve(listener, certificates, entrance, connections, closing));
        }
        listeners
    }
}

/// The doorway as one listener leads to it.
#[derive(Clone)]
struct Entrance {
    doorway: Doorway,
    served: Served,
}

impl Service for Entrance {
    async fn answer(&self, peer: Peer, request: &mut Request<Body>) -> Response<Body> {
        self.doorway.answer(peer, self.served, request).await
    }
}

/// What a listener serves.
#[derive(Clone, Copy)]
pub(super) struct Served {
    pub(super) api: Groups,
    pub(super) transport: transport::Groups,
}

impl Served {
    const USUAL: Self = Self {
        api: Groups::USUAL,
        transport: transport::Groups {
            xmpp: true,
            upload: true,
        },
    };
}

fn served(routes: &[RouteGroup]) -> Served {
    Served {
        api: Groups {
            admin: routes.contains(&RouteGroup::Admin),
            probes: routes.contains(&RouteGroup::Probes),
            metrics: routes.contains(&RouteGroup::Metrics),
        },
        transport: transport::Groups {
            xmpp: routes.contains(&RouteGroup::Xmpp),
            upload: routes.contains(&RouteGroup::Upload),
        },
    }
}

pub(super) fn limits(configured: &config::Limits) -> Limits {
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
