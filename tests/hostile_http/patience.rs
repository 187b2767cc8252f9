//! Clients that are slow in one direction or the other.

use std::time::{Duration, Instant};

use firekeeper::http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::harness::{GET, PATIENCE, Server, limits};

#[tokio::test]
async fn a_head_that_never_ends_is_cut() {
    let server = Server::start(limits()).await;
    let mut slow = server.connect_and_send("GET / HTTP/1.1\r\nHost: x\r\n").await;
    let start = Instant::now();
    let drip = async {
        while slow.0.write_all(b"X: y\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, drip)
        .await
        .expect("the drip was never cut");
    assert!(start.elapsed() >= limits().header_timeout);
    server.wait_for_open(0).await;
    server.assert_answers().await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let server = Server::start(limits()).await;
    assert_eq!(server.connect().await.rest().await, "");
}

#[tokio::test]
async fn a_connection_that_asks_nothing_more_is_closed() {
    let server = Server::start(Limits {
        idle_timeout: Duration::from_millis(200),
        ..limits()
    })
    .await;
    let mut client = server.connect_and_send(GET).await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_body_that_stalls_is_an_error_for_the_service() {
    let server = Server::start(limits()).await;
    let mut slow = server
        .connect_and_send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        .await;
    let answer = slow.answer().await;
    assert_eq!(answer.status, 400);
    slow.rest().await;
    server.wait_for_open(0).await;
}

#[tokio::test]
async fn a_body_that_drips_is_cut_and_one_that_flows_is_not() {
    let server = Server::start(limits()).await;
    let head = |length: usize| format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
    let mut flowing = server.connect_and_send(&head(20 * 8192)).await;
    let mut dripping = server.connect_and_send(&head(20)).await;
    for _ in 0..20 {
        flowing.send_bytes(&[b'x'; 8192]).await;
        let _ = dripping.0.write_all(b"x").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(flowing.answer().await.status, 200);
    assert!(!dripping.rest().await.contains("200 OK"));
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut() {
    let server = Server::start(limits()).await;
    let _stuck = server
        .connect_and_send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    server.wait_for_open(1).await;
    server.assert_answers().await;
    server.wait_for_open(0).await;
}

#[tokio::test]
async fn a_client_that_reads_is_not_cut() {
    let server = Server::start(limits()).await;
    let mut client = server
        .connect_and_send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    let mut chunk = vec![0; 256 * 1024];
    let start = Instant::now();
    while start.elapsed() < limits().write_timeout * 3 {
        client.0.read_exact(&mut chunk).await.expect("cut although it reads");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_client_that_still_sends_reads_the_refusal() {
    let server = Server::start(limits()).await;
    let mut client = server
        .connect_and_send("POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
        .await;
    client.send_bytes(&vec![b'x'; 3_000_000]).await;
    assert_eq!(client.answer().await.status, 413);
    client.0.shutdown().await.unwrap();
    assert_eq!(client.rest().await, "");
    server.wait_for_open(0).await;
}

#[tokio::test]
async fn a_client_that_closes_its_sending_side_reads_the_answer() {
    let server = Server::start(limits()).await;
    let mut client = server.connect_and_send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    client.0.shutdown().await.unwrap();
    assert!(client.rest().await.ends_with("slow"));
}
