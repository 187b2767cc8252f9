//! Sockets that accept clients. Connections are counted, in all and by address, before anything is read from them.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::connection::{self, Accepted};
pub use super::connection::{AcceptedMessages, Certificates, Certified, MessageEnd, serve_messages};
pub use super::session::Transport;
use crate::domain::network::origin;

/// How long accepting rests when the process has no more sockets: it must not spin.
const REST: Duration = Duration::from_millis(100);

/// Accepts connections until `closing`, and then waits until the last one has been served to its end.
pub async fn serve(
    engine: Engine,
    listener: TcpListener,
    direct_tls: bool,
    certificates: Arc<dyn Certificates>,
    places: Arc<Places>,
    closing: CancellationToken,
) {
    let serving = closing.clone();
    accept(listener, places, closing, move |socket, peer, place| {
        let accepted = Accepted {
            socket,
            peer,
            direct_tls,
            certificates: Arc::clone(&certificates),
        };
        let (engine, closing) = (engine.clone(), serving.clone());
        async move {
            connection::serve(&engine, accepted, &closing).await;
            drop(place);
        }
    })
    .await;
}

/// Accepts connections until `closing`, serves each for which there is a place, and waits until the last one has been
/// served to its end.
pub(super) async fn accept<F>(
    listener: TcpListener,
    places: Arc<Places>,
    closing: CancellationToken,
    serve: impl Fn(TcpStream, SocketAddr, Place) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            () = closing.cancelled() => break,
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_about_the_peer(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "a client connection cannot be accepted");
                tokio::time::sleep(REST).await;
                continue;
            }
        };
        let Some(place) = Place::take(&places, peer.ip()) else {
            continue;
        };
        let _only_slower = socket.set_nodelay(true);
        connections.spawn(serve(socket, peer, place));
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

fn is_about_the_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionRefused
    )
}

/// The open connections by address, of all listeners together, and how many there may be.
pub struct Places {
    most: usize,
    most_per_address: usize,
    taken: Mutex<Counts>,
}

#[derive(Default)]
struct Counts {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The place of one connection, given back when it is dropped.
pub struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    pub fn new(most: usize, most_per_address: usize) -> Self {
        Self {
            most,
            most_per_address,
            taken: Mutex::default(),
        }
    }
}

impl Place {
    /// `None`: there is none left.
    pub fn take(places: &Arc<Places>, address: IpAddr) -> Option<Self> {
        let address = origin(Some(address));
        let mut counts = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = counts.by_address.get(&address).copied().unwrap_or_default();
        if counts.all >= places.most || of_address >= places.most_per_address {
            return None;
        }
        counts.all += 1;
        counts.by_address.insert(address, of_address + 1);
        Some(Self {
            places: Arc::clone(places),
            address,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Some(count) = counts.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_of_ipv6_addresses_has_the_places_of_one() {
        let places = Arc::new(Places::new(9, 1));
        let take = |address: &str| Place::take(&places, address.parse().unwrap());
        let first = take("2001:db8::1");
        assert!(first.is_some() && take("2001:db8::2").is_none());
        assert!(take("2001:db8:0:1::1").is_some() && take("192.0.2.1").is_some());
        drop(first);
        assert!(take("2001:db8::2").is_some());
    }
}
