//! What happens to connections when the service stops.

use std::time::Instant;

use firekeeper::http::Limits;
use tokio::net::TcpStream;

use super::harness::{GET, PATIENCE, SHORT, Server, limits};

#[tokio::test]
async fn stopping_finishes_what_runs_and_closes_what_is_idle() {
    let server = Server::start(limits()).await;
    let mut idle = server.connect_and_send(GET).await;
    assert_eq!(idle.answer().await.status, 200);
    let mut busy = server.hold().await;
    server.shutdown.cancel();
    assert_eq!(idle.rest().await, "");
    server.release(1);
    let answer = busy.answer().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "held"));
    assert!(answer.head.contains("connection: close"), "{}", answer.head);
    assert_eq!(busy.rest().await, "");
    tokio::time::timeout(PATIENCE, server.task)
        .await
        .expect("serve did not return")
        .unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn stopping_does_not_wait_for_what_never_ends() {
    let server = Server::start(Limits {
        drain_timeout: SHORT,
        ..limits()
    })
    .await;
    let mut stuck = server.hold().await;
    let start = Instant::now();
    server.shutdown.cancel();
    tokio::time::timeout(PATIENCE, server.task)
        .await
        .expect("serve did not return")
        .unwrap();
    assert!(start.elapsed() >= SHORT);
    assert_eq!(stuck.rest().await, "");
}
