//! The HTTP frame against clients that are slow, greedy, broken or hostile, on real sockets: they lose
//! their connection, and nobody else notices.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use firekeeper::http::{Certificates, Connections, Limits, Peer, serve};
use futures::StreamExt;
use http_body_util::BodyExt;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

type TlsStream = tokio_rustls::client::TlsStream<TcpStream>;

const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
/// Longer than any step of a test takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

fn limits() -> Limits {
    Limits {
        max_connections: 64,
        header_timeout: Duration::from_millis(400),
        body_timeout: Duration::from_millis(400),
        write_timeout: Duration::from_millis(400),
        idle_timeout: Duration::from_secs(30),
        handshake_timeout: Duration::from_millis(400),
        drain_timeout: Duration::from_secs(2),
        ..Limits::default()
    }
}

fn routes() -> Router {
    let endless = || async {
        let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
        Body::from_stream(futures::stream::repeat(chunk).map(Ok::<_, Infallible>))
    };
    let slow = || async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        "slow"
    };
    let stuck = || async { futures::future::pending::<&str>().await };
    let echo = |request: Request| async {
        match request.into_body().collect().await {
            Ok(body) => body.to_bytes().into_response(),
            Err(_) => StatusCode::BAD_REQUEST.into_response(),
        }
    };
    let query = |request: Request| async move { request.uri().query().unwrap_or_default().to_owned() };
    let peer = |request: Request| async move {
        let peer = request.extensions().get::<Peer>().copied();
        peer.map(|peer| format!("{} {}", peer.address.ip(), peer.secure))
            .unwrap_or_default()
    };
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/query", get(query))
        .route("/peer", get(peer))
        .route("/endless", get(endless))
        .route("/slow", get(slow))
        .route("/stuck", get(stuck))
        .route("/echo", post(echo))
        .route("/refuse", post(|| async { StatusCode::PAYLOAD_TOO_LARGE }))
}

struct Server {
    address: SocketAddr,
    connections: Connections,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    async fn start(limits: Limits) -> Self {
        Self::start_with(limits, None).await
    }

    async fn start_with(limits: Limits, tls: Option<Certificates>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Connections::new(limits);
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(serve(listener, tls, routes(), connections.clone(), shutdown.clone()));
        Self {
            address,
            connections,
            shutdown,
            task,
        }
    }

    async fn connect(&self) -> Client<TcpStream> {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    async fn connect_and_send(&self, text: &str) -> Client<TcpStream> {
        let mut client = self.connect().await;
        client.send(text).await;
        client
    }

    /// A well-behaved client on a connection of its own is answered at once.
    async fn assert_answers(&self) {
        let start = Instant::now();
        let answer = self.connect_and_send(GET).await.answer().await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
        assert!(
            start.elapsed() < Duration::from_millis(300),
            "took {:?}",
            start.elapsed()
        );
    }

    async fn wait_for_open(&self, count: usize) {
        let start = Instant::now();
        while self.connections.open() != count {
            assert!(
                start.elapsed() < PATIENCE,
                "{} connections are open, not {count}",
                self.connections.open()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

struct Client<IO>(IO);

#[derive(Debug)]
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Client<IO> {
    async fn send(&mut self, text: &str) {
        self.send_bytes(text.as_bytes()).await;
    }

    async fn send_bytes(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Reads one answer with a `Content-Length`.
    async fn answer(&mut self) -> Answer {
        let read = async {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(self.0.read_u8().await.expect("the connection ended without an answer"));
            }
            let head = String::from_utf8(head).unwrap().to_lowercase();
            let length = head
                .split("content-length: ")
                .nth(1)
                .map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await.unwrap();
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            Answer {
                status,
                head,
                body: String::from_utf8(body).unwrap(),
            }
        };
        tokio::time::timeout(PATIENCE, read).await.expect("no answer came")
    }

    /// Reads until the server closes; a reset counts as the end.
    async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut bytes))
            .await
            .expect("the connection stayed open");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[tokio::test]
async fn requests_on_one_connection_are_answered_in_order() {
    let server = Server::start(limits()).await;
    let mut client = server.connect().await;
    for body in ["hello", "hello", "hello"] {
        client.send(GET).await;
        assert_eq!(client.answer().await.body, body);
    }
    client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\nPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /query?z HTTP/1.1\r\nHost: x\r\n\r\n").await;
    for body in ["slow", "abc", "z"] {
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
async fn an_idle_connection_makes_room_for_a_new_one() {
    let server = Server::start(Limits {
        max_connections: 4,
        ..limits()
    })
    .await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        let mut client = server.connect_and_send(GET).await;
        assert_eq!(client.answer().await.status, 200);
        idle.push(client);
    }
    assert_eq!(server.connections.refused(), 0);
    server.wait_for_open(4).await;
    assert_eq!(idle[0].rest().await, "");
    let last = idle.last_mut().unwrap();
    last.send(GET).await;
    assert_eq!(last.answer().await.status, 200);
}

#[tokio::test]
async fn silent_connections_do_not_keep_others_out() {
    let server = Server::start(Limits {
        max_connections: 4,
        handshake_timeout: PATIENCE,
        ..limits()
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(server.connect().await);
    }
    server.wait_for_open(4).await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    server.assert_answers().await;
}

#[tokio::test]
async fn a_connection_at_work_is_not_evicted() {
    let server = Server::start(Limits {
        max_connections: 2,
        ..limits()
    })
    .await;
    let mut first = server.connect_and_send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let mut second = server.connect_and_send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    server.wait_for_open(2).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.connect_and_send(GET).await.rest().await, "");
    assert_eq!(server.connections.refused(), 1);
    assert_eq!(first.answer().await.body, "slow");
    assert_eq!(second.answer().await.body, "slow");
    server.assert_answers().await;
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

#[tokio::test]
async fn stopping_finishes_what_runs_and_closes_what_is_idle() {
    let server = Server::start(limits()).await;
    let mut idle = server.connect_and_send(GET).await;
    assert_eq!(idle.answer().await.status, 200);
    let mut busy = server.connect_and_send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.shutdown.cancel();
    assert_eq!(idle.rest().await, "");
    let answer = busy.answer().await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "slow"));
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
    let server = Server::start(limits()).await;
    let mut stuck = server.connect_and_send("GET /stuck HTTP/1.1\r\nHost: x\r\n\r\n").await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    server.shutdown.cancel();
    tokio::time::timeout(PATIENCE, server.task)
        .await
        .expect("serve did not return")
        .unwrap();
    assert!(start.elapsed() >= limits().drain_timeout);
    assert_eq!(stuck.rest().await, "");
}

fn certificates(directory: &tempfile::TempDir) -> Certificates {
    Certificates::self_signed(directory.path(), &["xmpp.example".into()]).unwrap()
}

/// A TLS client that trusts exactly the certificate in the folder.
async fn connect_tls(server: &Server, directory: &tempfile::TempDir, name: &str) -> std::io::Result<Client<TlsStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(directory.path().join("certificate.pem")).unwrap())
        .unwrap();
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map(Client)
}

#[tokio::test]
async fn a_self_signed_certificate_serves_its_hosts_and_loopback() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_with(limits(), Some(certificates(&directory))).await;
    for name in ["xmpp.example", "localhost", "127.0.0.1"] {
        let mut client = connect_tls(&server, &directory, name).await.unwrap();
        client.send("GET /peer HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert_eq!(client.answer().await.body, "127.0.0.1 true");
    }
    assert!(connect_tls(&server, &directory, "other.example").await.is_err());
}

#[tokio::test]
async fn the_key_is_readable_by_its_owner_only_and_made_once() {
    let directory = tempfile::tempdir().unwrap();
    certificates(&directory);
    let key = directory.path().join("key.pem");
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&key).unwrap();
    certificates(&directory);
    assert_eq!(std::fs::read(&key).unwrap(), before);
}

#[tokio::test]
async fn a_changed_certificate_is_used_without_a_restart() {
    let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let certificates = certificates(&directory);
    let server = Server::start_with(limits(), Some(certificates.clone())).await;
    tokio::spawn(certificates.clone().watch(Duration::from_millis(20)));
    let mut open = connect_tls(&server, &directory, "localhost").await.unwrap();

    std::fs::write(directory.path().join("certificate.pem"), "garbage").unwrap();
    assert!(certificates.reload().is_err());
    self::certificates(&other);
    assert!(connect_tls(&server, &other, "localhost").await.is_err());

    for file in ["certificate.pem", "key.pem"] {
        std::fs::copy(other.path().join(file), directory.path().join(file)).unwrap();
    }
    let start = Instant::now();
    while connect_tls(&server, &other, "localhost").await.is_err() {
        assert!(start.elapsed() < PATIENCE, "the new certificate is not used");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    open.send(GET).await;
    assert_eq!(open.answer().await.status, 200);
}

#[tokio::test]
async fn a_handshake_that_is_garbage_or_never_ends_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_with(limits(), Some(certificates(&directory))).await;
    let mut plain = server.connect_and_send(GET).await;
    assert!(!plain.rest().await.contains("HTTP"));
    let mut stalled = server.connect_and_send("\x16\x03\x01").await;
    stalled.rest().await;
    server.wait_for_open(0).await;
    let mut client = connect_tls(&server, &directory, "localhost").await.unwrap();
    client.send(GET).await;
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn a_key_of_another_certificate_is_an_error_that_names_both_files() {
    let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    certificates(&directory);
    certificates(&other);
    let read = |certificate: &str, key: &str| {
        Certificates::read(&directory.path().join(certificate), &other.path().join(key))
            .err()
            .unwrap()
            .to_string()
    };
    let error = read("certificate.pem", "key.pem");
    assert!(
        error.contains("certificate.pem") && error.contains("key.pem"),
        "{error}"
    );
    let error = read("missing.pem", "key.pem");
    assert!(
        error.contains("cannot read") && error.contains("missing.pem"),
        "{error}"
    );
}
