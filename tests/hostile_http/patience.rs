//! Clients that are slow in one direction or the other.

use std::time::{Duration, Instant};

use firekeeper::http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::harness::{Client, GET, PATIENCE, SHORT, Server, limits};

const ENDLESS: &str = "GET /endless HTTP/1.1\r\nHost: x\r\n\r\n";

/// Long enough that a busy machine does not make a good client look like a slow one.
const MODERATE: Duration = Duration::from_secs(2);

#[tokio::test]
async fn slow_clients_do_not_keep_others_waiting() {
    let server = Server::start(limits()).await;
    let mut slow = Vec::new();
    for text in [
        "",
        "GET / HTTP/1.1\r\nHost: x\r\n",
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        ENDLESS,
    ] {
        for _ in 0..4 {
            slow.push(server.connect_and_send(text).await);
        }
    }
    slow.push(server.hold().await);
    for _ in 0..10 {
        server.assert_answers().await;
    }
    // none of them had to be cut for that
    server.wait_for_open(slow.len()).await;
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut() {
    let server = Server::start(Limits {
        header_timeout: SHORT,
        ..limits()
    })
    .await;
    let start = Instant::now();
    let mut slow = server.connect_and_send("GET / HTTP/1.1\r\nHost: x\r\n").await;
    let drip = async {
        while slow.0.write_all(b"X: y\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, drip)
        .await
        .expect("the drip was never cut");
    // the clock of limits is coarse
    assert!(start.elapsed() >= SHORT / 2);
    server.wait_for_open(0).await;
    server.assert_answers().await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_closed() {
    let server = Server::start(Limits {
        handshake_timeout: SHORT,
        ..limits()
    })
    .await;
    assert_eq!(server.connect().await.rest().await, "");
}

#[tokio::test]
async fn a_connection_that_asks_nothing_more_is_closed() {
    let server = Server::start(Limits {
        idle_timeout: SHORT,
        ..limits()
    })
    .await;
    let mut client = server.connect_and_send(GET).await;
    assert_eq!(client.answer().await.status, 200);
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_body_that_stalls_is_an_error_for_the_service() {
    let server = Server::start(Limits {
        body_timeout: SHORT,
        ..limits()
    })
    .await;
    let mut slow = server
        .connect_and_send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        .await;
    let answer = slow.answer().await;
    assert_eq!(answer.status, 400);
    slow.rest().await;
    server.wait_for_open(0).await;
}

#[tokio::test]
async fn a_body_that_drips_is_cut_before_one_that_flows() {
    let server = Server::start(Limits {
        body_timeout: MODERATE,
        ..limits()
    })
    .await;
    let head = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    let mut flowing = server.connect_and_send(head).await;
    let (mut answer, mut dripping) = server.connect_and_send(head).await.0.into_split();
    let cut = tokio::spawn(async move {
        let mut bytes = Vec::new();
        let _ = answer.read_to_end(&mut bytes).await;
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let piece = format!("2000\r\n{}\r\n", "x".repeat(0x2000));
    let start = Instant::now();
    while !cut.is_finished() {
        assert!(start.elapsed() < PATIENCE, "the drip was never cut");
        flowing.send(&piece).await;
        let _ = dripping.write_all(b"1\r\nx\r\n").await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(!cut.await.unwrap().contains("200 OK"));
    flowing.send("0\r\n\r\n").await;
    assert_eq!(flowing.answer().await.status, 200);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut() {
    let server = Server::start(Limits {
        write_timeout: SHORT,
        ..limits()
    })
    .await;
    let _stuck = server.connect_and_send(ENDLESS).await;
    server.wait_for_open(1).await;
    server.wait_for_open(0).await;
    server.assert_answers().await;
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_before_one_that_reads() {
    let server = Server::start(Limits {
        write_timeout: MODERATE,
        ..limits()
    })
    .await;
    let mut reading = server.connect_and_send(ENDLESS).await;
    let _stuck = server.connect_and_send(ENDLESS).await;
    server.wait_for_open(2).await;
    let start = Instant::now();
    while server.connections.open() == 2 {
        assert!(start.elapsed() < PATIENCE, "nobody was cut");
        read_some(&mut reading).await;
    }
    read_some(&mut reading).await;
}

async fn read_some(client: &mut Client<TcpStream>) {
    let mut chunk = vec![0; 256 * 1024];
    client.0.read_exact(&mut chunk).await.expect("cut although it reads");
    tokio::time::sleep(Duration::from_millis(5)).await;
}

#[tokio::test]
async fn a_client_that_still_sends_reads_the_refusal() {
    // Refused by who took the request, and by who only looked at it.
    for path in ["/refuse", "/untaken"] {
        let server = Server::start(limits()).await;
        let mut client = server
            .connect_and_send(&format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n"
            ))
            .await;
        client.send_bytes(&vec![b'x'; 3_000_000]).await;
        assert_eq!(client.answer().await.status, 413, "{path}");
        client.0.shutdown().await.unwrap();
        assert_eq!(client.rest().await, "", "{path}");
        server.wait_for_open(0).await;
    }
}

#[tokio::test]
async fn a_client_that_closes_its_sending_side_reads_the_answer() {
    let server = Server::start(limits()).await;
    let mut client = server.hold().await;
    client.0.shutdown().await.unwrap();
    server.release(1);
    assert!(client.rest().await.ends_with("held"));
}
