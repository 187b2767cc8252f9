//! The accept loop of one listening socket.

use std::io;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connections::Seat;
use super::slot::Order;
use super::{Connections, Peer, Service, connection};
use crate::certificates::Certificates;

/// Pause after the operating system had no room for a connection, in which others close.
const NO_ROOM_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until `shutdown`, then lets the requests in progress finish, for at most
/// [`super::Limits::drain_timeout`], and returns when every connection is closed.
pub async fn serve<S: Service + Clone>(
    listener: TcpListener,
    tls: Option<Certificates>,
    service: S,
    connections: Connections,
    shutdown: CancellationToken,
) {
    let protocol = connection::protocol(connections.limits());
    let metrics = connections.metrics_of(&name(&listener));
    let tasks = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                recover(&error, &connections).await;
                continue;
            }
        };
        let Some(seat) = connections.admit(&metrics) else {
            continue;
        };
        let (protocol, service, tls) = (protocol.clone(), service.clone(), tls.clone());
        tasks.spawn(async move {
            // small answers must not wait for a client's delayed acknowledgement
            let _ = stream.set_nodelay(true);
            let peer = Peer::new(address, tls.is_some());
            let Some(certificates) = tls else {
                return connection::run(stream, seat, peer, protocol, service).await;
            };
            if let Some(stream) = handshake(certificates, stream, &seat).await {
                connection::run(stream, seat, peer, protocol, service).await;
            }
        });
    }
    drop(listener);
    connections.order_all(Order::Finish);
    tasks.close();
    if tokio::time::timeout(connections.limits().drain_timeout, tasks.wait())
        .await
        .is_err()
    {
        tracing::warn!(
            open = connections.open(),
            "requests in progress were cut: http.limits.drain_timeout has passed"
        );
        connections.order_all(Order::Cut);
        tasks.wait().await;
    }
}

/// What a listener is called in metrics: its address.
fn name(listener: &TcpListener) -> String {
    listener
        .local_addr()
        .map(|address| address.to_string())
        .unwrap_or_default()
}

type TlsStream = tokio_rustls::server::TlsStream<TcpStream>;

async fn handshake(certificates: Certificates, stream: TcpStream, seat: &Seat) -> Option<TlsStream> {
    let accepting = certificates.acceptor().accept(stream);
    tokio::select! {
        accepted = accepting => accepted.ok(),
        () = seat.slot.ordered() => None,
    }
}

/// A failed accept is either one client that went away or a lack of room, which a pause lets pass.
async fn recover(error: &io::Error, connections: &Connections) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, WouldBlock};
    if matches!(
        error.kind(),
        ConnectionAborted | ConnectionReset | Interrupted | WouldBlock
    ) {
        return;
    }
    let limit = connections.shrink();
    tracing::warn!(
        %error,
        limit,
        "cannot accept more connections and allow fewer now; raise the limit of open files above http.limits.max_connections"
    );
    tokio::time::sleep(NO_ROOM_PAUSE).await;
}
