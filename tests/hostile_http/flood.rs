//! Clients that send without end, or begin a thousand things and finish none.

use std::time::Duration;

use firekeeper::certificates::Certificates;
use firekeeper::http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::harness::{GET, PATIENCE, SHORT, Server, limits};

const CHUNKED: &str = "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Sends `text` again and again until the server takes no more, or has ended the connection; the bytes that it took.
async fn send_without_reading(socket: &mut (impl AsyncWriteExt + Unpin), text: &str) -> usize {
    let mut taken = 0;
    while let Ok(Ok(sent)) = timeout(Duration::from_secs(1), socket.write(text.as_bytes())).await {
        taken += sent;
        assert!(taken < 64 << 20, "the server takes everything and keeps it");
    }
    taken
}

#[tokio::test]
async fn requests_are_not_read_ahead_of_answers_that_nobody_reads() {
    let server = Server::start(limits()).await;
    let long = format!("GET /query?{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(8_000));
    let mut greedy = server.connect().await;
    send_without_reading(&mut greedy.0, &long).await;
    server.assert_answers().await;
    // It is served as soon as it reads.
    assert_eq!(greedy.answer().await.status, 200);
    server.wait_for_open(1).await;
}

#[tokio::test]
async fn a_thousand_requests_in_one_piece_are_answered_in_order() {
    let server = Server::start(limits()).await;
    let (mut reading, mut writing) = server.connect().await.0.into_split();
    let sent: Vec<_> = (0..1000)
        .map(|number| format!("GET /query?{number}. HTTP/1.1\r\nHost: x\r\n\r\n"))
        .collect();
    let sent = sent.concat();
    let writer = tokio::spawn(async move {
        writing.write_all(sent.as_bytes()).await.unwrap();
        writing
    });
    let mut answers = String::new();
    let mut piece = vec![0; 64 * 1024];
    while !answers.ends_with("999.") {
        let read = timeout(PATIENCE, reading.read(&mut piece))
            .await
            .expect("answers")
            .unwrap();
        assert!(read > 0, "the connection ended");
        answers.push_str(std::str::from_utf8(&piece[..read]).unwrap());
    }
    drop(writer.await.unwrap());
    let bodies = answers.split("\r\n\r\n").skip(1);
    for (number, body) in bodies.enumerate() {
        assert!(body.starts_with(&format!("{number}.")), "{number}: {body}");
    }
}

#[tokio::test]
async fn extensions_of_chunks_and_trailers_without_end_are_cut() {
    let server = Server::start(limits()).await;
    for (begin, endless) in [("5", ";extension=value"), ("0\r\n", "Trailer: value\r\n")] {
        let mut greedy = server.connect_and_send(&format!("{CHUNKED}{begin}")).await;
        send_without_reading(&mut greedy.0, &endless.repeat(1000)).await;
        let answer = greedy.rest().await;
        assert!(!answer.contains("200 OK"), "{answer}");
    }
    server.wait_for_open(0).await;
    server.assert_answers().await;
}

#[tokio::test]
async fn a_body_in_single_bytes_arrives_whole() {
    let server = Server::start(limits()).await;
    let body = "1\r\nx\r\n".repeat(20_000);
    let mut client = server.connect_and_send(&format!("{CHUNKED}{body}0\r\n\r\n")).await;
    assert_eq!(client.answer().await.body.len(), 20_000);
}

#[tokio::test]
async fn whoever_announces_a_body_and_sends_none_waits_alone() {
    let server = Server::start(Limits {
        body_timeout: SHORT,
        ..limits()
    })
    .await;
    let mut waiting = Vec::new();
    for _ in 0..20 {
        let head = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\nExpect: 100-continue\r\n\r\n";
        waiting.push(server.connect_and_send(head).await);
    }
    server.assert_answers().await;
    for client in &mut waiting {
        assert!(!client.rest().await.contains("200 OK"));
    }
    server.wait_for_open(0).await;
}

#[tokio::test]
async fn handshakes_that_are_broken_off_leave_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let certificates = Certificates::self_signed(directory.path(), &["xmpp.example".into()]).unwrap();
    let server = Server::start_with(limits(), Some(certificates)).await;
    let oversized = [&[0x16, 3, 3, 0xFF, 0xFF][..], &vec![0; 70_000]].concat();
    let shapes: [&[u8]; 7] = [
        // a record that announces more than records may hold
        &oversized,
        // no handshake but data, an alert, a change of ciphers
        &[0x17, 3, 3, 0, 1, 0],
        &[0x15, 3, 3, 0, 2, 2, 40],
        &[0x14, 3, 3, 0, 1, 1],
        // a greeting without content, of SSL 3, of SSL 2
        &[0x16, 3, 3, 0, 4, 1, 0, 0, 0],
        &[0x16, 3, 0, 0, 1, 1],
        &[0x80, 0x2E, 1, 0, 2, 0, 0x15],
    ];
    for shape in shapes {
        for _ in 0..20 {
            let mut client = server.connect().await;
            let _ = client.0.write_all(shape).await;
            let _ = client.0.shutdown().await;
            assert!(!client.rest().await.contains("HTTP"));
        }
    }
    server.wait_for_open(0).await;
}

#[tokio::test]
async fn connections_that_come_and_go_leave_nothing() {
    let server = Server::start(limits()).await;
    for number in 0..500 {
        let mut client = server.connect().await;
        let part = &GET[..number % GET.len()];
        let _ = client.0.write_all(part.as_bytes()).await;
    }
    server.wait_for_open(0).await;
    server.assert_answers().await;
}
