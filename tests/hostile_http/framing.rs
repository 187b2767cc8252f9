//! Heads and bodies: what is refused as ambiguous, too long or no HTTP, and what is passed on.

use tokio::io::AsyncWriteExt;

use super::harness::{GET, Server, limits};

#[tokio::test]
async fn requests_on_one_connection_are_answered_in_order() {
    let server = Server::start(limits()).await;
    let mut client = server.connect().await;
    for body in ["hello", "hello", "hello"] {
        client.send(GET).await;
        assert_eq!(client.answer().await.body, body);
    }
    server.release(1);
    client.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /query?z HTTP/1.1\r\nHost: x\r\n\r\n").await;
    for body in ["held", "abc", "z"] {
        assert_eq!(client.answer().await.body, body);
    }
}

#[tokio::test]
async fn the_service_knows_the_peer() {
    let server = Server::start(limits()).await;
    let mut client = server.connect_and_send("GET /peer HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(client.answer().await.body, "127.0.0.1 false");
}

#[tokio::test]
async fn ambiguous_framing_is_refused_and_nothing_behind_it_is_read() {
    let server = Server::start(limits()).await;
    for shape in [
        "Content-Length: 4\r\nContent-Length: 5",
        "Content-Length: 4, 5",
        "Content-Length: -4",
        "Content-Length: 0x4",
        "Content-Length: 4\r\nTransfer-Encoding: identity",
        "Transfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Content-Length : 4",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: chunked\r\n Content-Length: 4",
        "X: y\r\n folded: z",
        "X\0: y",
        "X: y\rContent-Length: 4",
        ": y",
        "no colon",
    ] {
        let smuggled = format!(
            "POST /echo HTTP/1.1\r\nHost: x\r\n{shape}\r\n\r\nabcdGET /query?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        );
        let answers = server.connect_and_send(&smuggled).await.rest().await;
        assert!(answers.starts_with("HTTP/1.1 400 "), "{shape}: {answers}");
        assert_eq!(answers.matches("HTTP/1.1").count(), 1, "{shape}: {answers}");
    }
    server.assert_answers().await;
}

#[tokio::test]
async fn a_broken_chunk_ends_the_connection() {
    let server = Server::start(limits()).await;
    for chunks in [
        "zz\r\nabc\r\n0\r\n\r\n",
        "3\r\nabcdef\r\n0\r\n\r\n",
        "-3\r\nabc\r\n0\r\n\r\n",
        "ffffffffffffffffff\r\nabc",
        "3 ;\nabc\n0\n\n",
    ] {
        let sent = format!(
            "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}GET /query?smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
        );
        let answers = server.connect_and_send(&sent).await.rest().await;
        assert!(
            !answers.contains("200 OK") && !answers.contains("smuggled"),
            "{chunks}: {answers}"
        );
    }
}

#[tokio::test]
async fn chunks_win_over_a_length_and_the_connection_ends_there() {
    let server = Server::start(limits()).await;
    let sent = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 30\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /query?smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    let answers = server.connect_and_send(sent).await.rest().await;
    assert!(!answers.contains("smuggled"), "{answers}");
}

#[tokio::test]
async fn a_head_beyond_the_buffer_is_refused() {
    let server = Server::start(limits()).await;
    let huge = "a".repeat(60_000);
    for (sent, status) in [
        (format!("GET /{huge}{huge}"), "431"),
        (format!("GET / HTTP/1.1\r\nX: {huge}{huge}"), "431"),
        (format!("GET / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(500)), "431"),
    ] {
        let mut client = server.connect().await;
        let _ = client.0.write_all(sent.as_bytes()).await;
        let answer = client.rest().await;
        assert!(
            answer.is_empty() || answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    server.assert_answers().await;
}

#[tokio::test]
async fn a_head_within_the_buffer_reaches_the_service() {
    let server = Server::start(limits()).await;
    let long = "a".repeat(40_000);
    let mut client = server
        .connect_and_send(&format!("GET /query?{long} HTTP/1.1\r\nHost: x\r\n\r\n"))
        .await;
    assert_eq!(client.answer().await.body, long);
}

#[tokio::test]
async fn raw_characters_in_a_query_are_passed_encoded() {
    let server = Server::start(limits()).await;
    for (raw, expected) in [
        ("search=<x>", "search=%3cx%3e"),
        ("a=\"b\"", "a=%22b%22"),
        ("{a}|^`[]\\'", "{a}|^`[]\\'"),
        ("a=é", "a=%c3%a9"),
        ("a=b#<c>", "a=b"),
        ("a?b/c", "a?b/c"),
    ] {
        let mut client = server.connect().await;
        for _ in 0..2 {
            client
                .send(&format!("GET /query?{raw} HTTP/1.1\r\nHost: x\r\n\r\n"))
                .await;
            let answer = client.answer().await;
            assert_eq!(
                (answer.status, answer.body.to_lowercase().as_str()),
                (200, expected),
                "{raw}"
            );
        }
    }
    let answer = server
        .connect_and_send("GET /query?a= 5 HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .rest()
        .await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let mut client = server.connect().await;
    client.send_bytes(b"GET /query?\xFF HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert_eq!(client.answer().await.body, "%FF");
}

#[tokio::test]
async fn garbage_is_refused_or_dropped() {
    let server = Server::start(limits()).await;
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\0\0\0\0",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"<stream:stream>\r\n\r\n",
    ] {
        let mut client = server.connect().await;
        client.send_bytes(garbage).await;
        let answer = client.rest().await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{answer}");
    }
    server.assert_answers().await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_has_no_last_chunk() {
    let server = Server::start(limits()).await;
    let mut client = server
        .connect_and_send("GET /breaking HTTP/1.1\r\nHost: x\r\n\r\n")
        .await;
    let received = client.rest().await;
    assert!(received.contains("the beginning"), "{received}");
    assert!(!received.contains("\r\n0\r\n"), "{received}");
}
