//! The proxy for files (XEP-0065 §6): clients that do not reach each other connect here by SOCKS5, and what one of them
//! sends is passed on to the other. Does not know what it passes on.

mod destination;
mod relay;
mod service;
mod socks;
mod waiting;

use std::io;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::destination::Destination;
use self::service::ProxyService;
use self::waiting::{Missing, Waiting};
use super::Engine;
use super::listener::{self, Place, Places};
use super::settings::ProxyLimits;

/// A connection and the place that it takes until it is closed.
struct Connection {
    socket: TcpStream,
    _place: Place,
}

struct Proxy {
    limits: ProxyLimits,
    waiting: Waiting<Connection>,
    streams: TaskTracker,
    closing: CancellationToken,
}

/// Serves the proxies of all hosts over these sockets until `closing`. What runs then is counted among `tasks`.
pub fn serve(engine: &Engine, sockets: Vec<TcpListener>, tasks: &TaskTracker, closing: &CancellationToken) {
    let Some(address) = sockets.first().and_then(|socket| socket.local_addr().ok()) else {
        return;
    };
    let limits = engine.settings().limits.proxy;
    let proxy = Arc::new(Proxy {
        limits,
        waiting: Waiting::default(),
        streams: tasks.clone(),
        closing: closing.clone(),
    });
    for host in engine.hosts() {
        ProxyService::register(engine, &proxy, host, address);
    }
    let places = Arc::new(Places::new(limits.connections, limits.connections_per_address));
    for socket in sockets {
        let proxy = Arc::clone(&proxy);
        let serve = move |socket, _peer, place| {
            let (proxy, connection) = (Arc::clone(&proxy), Connection { socket, _place: place });
            async move { proxy.hold(connection).await }
        };
        tasks.spawn(listener::accept(socket, Arc::clone(&places), closing.clone(), serve));
    }
}

impl Proxy {
    /// Keeps a connection until its stream is activated, for a bounded time.
    async fn hold(&self, connection: Connection) {
        tokio::select! {
            _in_time = timeout(self.limits.waiting, self.wait(connection)) => {}
            () = self.closing.cancelled() => {}
        }
    }

    async fn wait(&self, mut connection: Connection) -> io::Result<()> {
        let socket = &mut connection.socket;
        let request = socks::read(socket).await?;
        let Some(mut seat) = self.waiting.join(request.destination) else {
            return socks::refuse(socket, socks::NOT_ALLOWED).await;
        };
        request.grant(socket).await?;
        let called = tokio::select! {
            called = seat.called() => called,
            () = gone(socket) => None,
        };
        if let Some(call) = called {
            let _nobody_waits_any_more = call.send(connection);
        }
        Ok(())
    }

    /// Lets the bytes of a stream flow.
    ///
    /// # Errors
    /// When not both of its clients are connected.
    async fn activate(&self, destination: Destination) -> Result<(), Missing> {
        let (one, other) = self.waiting.call(&destination)?;
        let (Ok(one), Ok(other)) = tokio::join!(one, other) else {
            return Err(Missing::One);
        };
        let (limits, closing) = (self.limits, self.closing.clone());
        self.streams.spawn(async move {
            let (mut one, mut other) = (one, other);
            let stream = relay::run(&mut one.socket, &mut other.socket, limits.idle);
            tokio::select! {
                _in_time = timeout(limits.lifetime, stream) => {}
                () = closing.cancelled() => {}
            }
        });
        Ok(())
    }
}

/// Ends when the peer has gone. What it sends too early stays in its socket, where nobody reads before the activation.
async fn gone(socket: &TcpStream) {
    if matches!(socket.peek(&mut [0]).await, Ok(1)) {
        std::future::pending::<()>().await;
    }
}
