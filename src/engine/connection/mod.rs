//! A connection of a client over TCP, WebSocket or BOSH: TLS, login, binding, then the two halves of an established
//! stream (RFC 6120 §3-§7).

mod arrival;
mod binding;
mod conversation;
mod features;
mod inbound;
mod inline_login;
mod login;
mod lost;
mod messages;
mod negotiation;
mod opening;
mod outbound;
mod pace;
mod patience;
mod registration;
mod socket;
mod wire;

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub use messages::MessageEnd;
use patience::Patience;
pub use socket::{Certificates, Certified};
use wire::Wire;

use super::session::{Ending, Link, Session, Transport};
use super::stream_error::StreamError;
use super::{Engine, management};

/// How long a client that is let go may take to hear why, and to hang up.
const FAREWELL: Duration = Duration::from_secs(1);

/// What a listener says of a connection that it accepted.
pub struct Accepted {
    pub socket: TcpStream,
    pub peer: SocketAddr,
    /// TLS comes first, without STARTTLS.
    pub direct_tls: bool,
    pub certificates: Arc<dyn Certificates>,
}

/// What is known of a connection whose stream comes as messages.
pub struct AcceptedMessages {
    pub kind: Transport,
    pub peer: SocketAddr,
    /// They come under TLS, which ends before this server or in it.
    pub is_secure: bool,
}

/// Begins to serve a stream that comes as messages: the future serves it to its end, and the other value is the end for
/// what carries them.
pub fn serve_messages(
    engine: &Engine,
    accepted: AcceptedMessages,
    closing: CancellationToken,
) -> (impl Future<Output = ()> + Send + use<>, MessageEnd) {
    let (source, sink, end) = messages::messages(engine.settings().limits.before_login());
    let engine = engine.clone();
    let serving = async move {
        let connected = engine.clock().now();
        let wire = Wire::of_messages(source, sink);
        let patience = Patience::new(engine.settings().limits.login_timeout, &closing);
        let bound = arrival::negotiate_messages(&engine, wire, &accepted, connected, &patience).await;
        serve_bound(&engine, bound).await;
    };
    (serving, end)
}

/// Serves a connection to its end.
pub async fn serve(engine: &Engine, accepted: Accepted, closing: &CancellationToken) {
    let connected = engine.clock().now();
    let patience = Patience::new(engine.settings().limits.login_timeout, closing);
    let bound = arrival::negotiate(engine, accepted, connected, &patience).await;
    serve_bound(engine, bound).await;
}

async fn serve_bound(engine: &Engine, bound: Option<(Wire, Arc<Session>, Arc<Link>)>) {
    if let Some((wire, session, link)) = bound {
        established(engine, wire, &session, &link).await;
    }
}

/// Runs both halves of a bound stream. When one ends the other has to; what was read takes effect in any case.
async fn established(engine: &Engine, wire: Wire, session: &Arc<Session>, link: &Arc<Link>) {
    let limits = &engine.settings().limits;
    let (mut source, sink) = wire.into_halves(limits.after_login());
    let was_told = {
        let mut writing = pin!(outbound::run(engine, session, link, sink));
        let mut reading = pin!(async {
            let ended = inbound::run(engine, session, link, &mut source).await;
            leave(engine, session, link, ended);
            link.set_drained();
        });
        tokio::select! {
            () = &mut reading => timeout(limits.write_timeout, writing).await.unwrap_or(false),
            was_told = &mut writing => {
                reading.await;
                was_told
            }
        }
    };
    let outbox = session.outbox();
    if outbox.is_ended() && outbox.is_carried_by(link) {
        management::settle(engine, session);
    }
    if was_told {
        let _hung_up_or_not = timeout(FAREWELL, source.wait_for_end()).await;
    }
}

/// What the end of a stream means for its session, if that has not gone on with another connection.
fn leave(engine: &Engine, session: &Arc<Session>, link: &Arc<Link>, ended: inbound::Ended) {
    use inbound::Ended;
    match ended {
        Ended::Lost => engine.part(session, link, Ending::Lost),
        Ended::Fault(error @ StreamError::ConnectionTimeout) => engine.part(session, link, Ending::Error(error)),
        Ended::Closed if session.outbox().is_carried_by(link) => engine.end(session, Ending::Closed),
        Ended::Fault(error) if session.outbox().is_carried_by(link) => engine.end(session, Ending::Error(error)),
        Ended::Closed | Ended::Fault(_) | Ended::Stopped => {}
    }
}
