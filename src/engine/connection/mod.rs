//! A connection of a client over TCP: TLS, login, binding, then the two halves of an established stream (RFC 6120 §3-§7).

mod binding;
mod features;
mod inbound;
mod login;
mod negotiation;
mod outbound;
mod socket;
mod wire;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::timeout;

use socket::Socket;
pub use socket::{Certificates, Certified};
use wire::Wire;

use super::Engine;
use super::session::{Ending, Session};

/// What a listener says of a connection that it accepted.
pub struct Accepted {
    pub socket: TcpStream,
    pub peer: SocketAddr,
    /// TLS comes first, without STARTTLS.
    pub direct_tls: bool,
    pub certificates: Arc<dyn Certificates>,
}

/// Serves a connection to its end.
pub async fn serve(engine: &Engine, accepted: Accepted) {
    let limits = &engine.settings().limits;
    let connected = engine.clock().now();
    let bound = timeout(
        limits.login_timeout,
        negotiation::negotiate(engine, accepted, connected),
    )
    .await;
    if let Ok(Some((wire, session))) = bound {
        established(engine, wire, &session).await;
    }
}

/// Runs both halves of a bound stream. When one ends the other has to.
async fn established(engine: &Engine, wire: Wire<Socket>, session: &Arc<Session>) {
    let limits = &engine.settings().limits;
    let (socket, mut parser) = wire.into_parts();
    parser.set_limits(limits.after_login());
    let (mut read, mut write) = tokio::io::split(socket);
    let mut outbound = pin!(outbound::run(engine, session, &mut write));
    let ended = tokio::select! {
        ended = inbound::run(engine, session, &mut read, parser) => Some(ended),
        () = &mut outbound => None,
    };
    if let Some(ended) = ended {
        let ending = match ended {
            inbound::Ended::Closed => Ending::Closed,
            inbound::Ended::Lost => Ending::Lost,
            inbound::Ended::Fault(error) => Ending::Error(error),
        };
        engine.end(session, ending);
        let _given_up = timeout(limits.write_timeout, outbound).await;
    }
}
