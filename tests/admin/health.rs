//! What the probes are told, with a check that really runs.

use std::time::Duration;

use firekeeper::admin::Listener;
use firekeeper::domain::Error;
use firekeeper::domain::health::ConnectionType;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::net::TcpListener;

use crate::administered::{Administered, Configured};

/// Changes that wait for the writer, by default of the store.
const QUEUE: usize = 4096;

pub async fn fresh() -> (tempfile::TempDir, Administered) {
    let folder = tempfile::tempdir().unwrap();
    let configured = Configured {
        texts: &[],
        writable: false,
    };
    let administered = Administered::open(folder.path(), configured).await;
    (folder, administered)
}

/// Waits for the background check to notice, for at most two minutes.
pub async fn eventually(what: impl Fn() -> bool) -> bool {
    for _ in 0..1200 {
        if what() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

#[tokio::test]
async fn a_service_is_ready_between_its_start_and_the_begin_of_its_end() {
    let (_folder, administered) = fresh().await;
    let health = administered.admin.health();
    assert!(!health.has_started() && !health.is_ready());
    health.start();
    assert!(health.has_started() && health.is_ready());
    health.drain();
    assert!(health.has_started() && !health.is_ready() && !health.is_deadlocked());
}

#[tokio::test]
async fn a_listener_that_is_gone_is_noticed_and_so_is_its_return() {
    let (_folder, administered) = fresh().await;
    let health = administered.admin.health().clone();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    health.expect(Listener {
        connection_type: ConnectionType::SocketC2s,
        encrypted: true,
        address,
    });
    let watching = tokio::spawn(administered.admin.clone().watch_health());
    assert!(health.accepts_connections());
    drop(socket);
    assert!(eventually(|| !health.accepts_connections()).await);
    assert!(!health.accepts(ConnectionType::SocketC2s, true));
    assert!(health.accepts(ConnectionType::SocketC2s, false));
    assert!(health.accepts(ConnectionType::WebAdmin, true));
    let _socket = TcpListener::bind(address).await.unwrap();
    assert!(eventually(|| health.accepts(ConnectionType::SocketC2s, true)).await);
    watching.abort();
}

#[tokio::test]
async fn a_writer_that_has_ended_needs_a_restart() {
    let (_folder, administered) = fresh().await;
    let health = administered.admin.health().clone();
    health.start();
    let watching = tokio::spawn(administered.admin.clone().watch_health());
    administered.embedded.close().await;
    assert!(eventually(|| health.is_deadlocked()).await);
    assert!(!health.is_ready());
    watching.abort();
}

/// A job that does not end holds the writer, for as long as the check takes to call it stuck.
#[tokio::test]
async fn a_writer_that_is_stuck_needs_a_restart_and_takes_no_more_than_its_queue() {
    let (_folder, administered) = fresh().await;
    let health = administered.admin.health().clone();
    health.start();
    let watching = tokio::spawn(administered.admin.clone().watch_health());
    assert!(health.is_ready() && !health.is_deadlocked());

    let (release, held) = std::sync::mpsc::channel::<()>();
    let store = administered.embedded.store().clone();
    let stuck = tokio::spawn(async move {
        let job = move |_: &mut firekeeper::storage::Transaction<'_>| {
            held.recv().ok();
            Ok(())
        };
        store.write(job).await
    });
    assert!(eventually(|| health.is_deadlocked()).await);
    assert!(!health.is_ready());

    let session = administered.session();
    let change = |_| session.write_property("p", "v".into());
    let mut changes: FuturesUnordered<_> = (0..=QUEUE).map(change).collect();
    let first = changes.next().await.unwrap();
    assert!(matches!(first, Err(Error::Unavailable { .. })), "{first:?}");
    release.send(()).unwrap();
    stuck.await.unwrap().unwrap();
    let stored = changes
        .filter(|change| std::future::ready(change.is_ok()))
        .count()
        .await;
    assert!(stored > 0);
    assert!(eventually(|| !health.is_deadlocked() && health.is_ready()).await);
    watching.abort();
}

#[tokio::test]
async fn a_check_that_no_longer_runs_is_noticed() {
    let (_folder, administered) = fresh().await;
    let health = administered.admin.health();
    administered.clock.advance(20_000);
    assert!(!health.is_deadlocked());
    administered.clock.advance(1);
    assert!(health.is_deadlocked());
}
