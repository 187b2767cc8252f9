//! The HTTP/1.1 listeners under all dialects: accepting, TLS, and limits that keep one client from
//! harming another. It knows no route and no dialect; it hands each request with its [`Peer`]
//! to one [`Service`], and never looks into a body.

mod connection;
mod connections;
mod listener;
mod metrics;
mod peer;
mod request_line;
mod slot;
mod stream;

use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};

pub use connections::Connections;
pub use listener::serve;
pub use metrics::ConnectionMetrics;
pub use peer::Peer;

/// What answers the requests.
pub trait Service: Send + Sync + 'static {
    /// Answers a request that came from `peer`. The request is lent until somebody takes it: each asynchronous function
    /// that owned it would set room aside for it twice.
    fn answer(&self, peer: Peer, request: &mut Request<Body>) -> impl Future<Output = Response<Body>> + Send;
}

/// What a client may take of the server's time and memory.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at a time, over all listeners. Idle ones are closed before a new one is refused.
    pub max_connections: usize,
    /// Bytes of a request head that the service refuses by itself; the listener only bounds its buffers by it.
    pub max_head: usize,
    /// From the first byte of a request to the end of its headers.
    pub header_timeout: Duration,
    /// How long a client may be behind with its body; it catches up by sending more than 16 KiB a second.
    pub body_timeout: Duration,
    /// How long a client may be behind with reading an answer, counted in the same way.
    pub write_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// How long a TLS handshake may take, and how long a new connection may send nothing.
    pub handshake_timeout: Duration,
    /// When stopping: how long requests in progress may take to finish.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 4096,
            max_head: 8 * 1024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_mins(1),
            handshake_timeout: Duration::from_secs(10),
            drain_timeout: Duration::from_secs(10),
        }
    }
}
