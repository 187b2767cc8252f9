//! A listener, and clients that write and read bytes. Limits are so long that no test meets one by accident; a test of a
//! limit shortens that one.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use firekeeper::certificates::Certificates;
use firekeeper::http::{Connections, Limits, Peer, Service, serve};
use futures::{FutureExt, StreamExt};
use http_body_util::BodyExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const GET: &str = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
/// Longer than any step of a test takes on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A limit that is met soon.
pub const SHORT: Duration = Duration::from_millis(400);

/// Whoever waits for one of these has lost patience before.
pub fn limits() -> Limits {
    const LONG: Duration = Duration::from_hours(1);
    Limits {
        max_connections: 64,
        header_timeout: LONG,
        body_timeout: LONG,
        write_timeout: LONG,
        idle_timeout: LONG,
        handshake_timeout: LONG,
        drain_timeout: LONG,
        ..Limits::default()
    }
}

/// The requests for `/held`: how many have come, and how many may be answered.
#[derive(Clone)]
struct Held {
    arrived: Arc<Semaphore>,
    released: Arc<Semaphore>,
}

impl Held {
    fn new() -> Self {
        Self {
            arrived: Arc::new(Semaphore::new(0)),
            released: Arc::new(Semaphore::new(0)),
        }
    }

    async fn answer(self) -> &'static str {
        self.arrived.add_permits(1);
        self.released.acquire().await.expect("an open semaphore").forget();
        "held"
    }
}

fn routes(held: Held) -> Router {
    let endless = || async {
        let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
        Body::from_stream(futures::stream::repeat(chunk).map(Ok::<_, Infallible>))
    };
    let held = move || held.clone().answer();
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
    let breaking = || async {
        let rest = async {
            tokio::task::yield_now().await;
            Err("the rest cannot be read")
        };
        let beginning = async { Ok("the beginning") };
        Body::from_stream(beginning.into_stream().chain(rest.into_stream()))
    };
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/query", get(query))
        .route("/peer", get(peer))
        .route("/endless", get(endless))
        .route("/held", get(held))
        .route("/echo", post(echo))
        .route("/breaking", get(breaking))
        .route("/refuse", post(|| async { StatusCode::PAYLOAD_TOO_LARGE }))
}

#[derive(Clone)]
struct Routed(Router);

impl Service for Routed {
    async fn answer(&self, peer: Peer, request: &mut Request) -> Response {
        if request.uri().path() == "/untaken" {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
        let mut request = std::mem::take(request);
        request.extensions_mut().insert(peer);
        let Ok(response) = self.0.clone().oneshot(request).await;
        response
    }
}

pub struct Server {
    pub address: SocketAddr,
    pub connections: Connections,
    pub shutdown: CancellationToken,
    pub task: JoinHandle<()>,
    held: Held,
}

impl Server {
    pub async fn start(limits: Limits) -> Self {
        Self::start_with(limits, None).await
    }

    pub async fn start_with(limits: Limits, tls: Option<Certificates>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Connections::new(limits);
        let shutdown = CancellationToken::new();
        let held = Held::new();
        let service = Routed(routes(held.clone()));
        let task = tokio::spawn(serve(listener, tls, service, connections.clone(), shutdown.clone()));
        Self {
            address,
            connections,
            shutdown,
            task,
            held,
        }
    }

    pub async fn connect(&self) -> Client<TcpStream> {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    pub async fn connect_and_send(&self, text: &str) -> Client<TcpStream> {
        let mut client = self.connect().await;
        client.send(text).await;
        client
    }

    /// Sends a request for `/held` and waits until it has come to the service, which answers when it is told to.
    pub async fn hold(&self) -> Client<TcpStream> {
        let client = self.connect_and_send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n").await;
        let arrival = tokio::time::timeout(PATIENCE, self.held.arrived.acquire()).await;
        arrival.expect("the request never came").unwrap().forget();
        client
    }

    /// Lets so many requests for `/held` be answered.
    pub fn release(&self, requests: usize) {
        self.held.released.add_permits(requests);
    }

    /// A well-behaved client on a connection of its own is answered.
    pub async fn assert_answers(&self) {
        let answer = self.connect_and_send(GET).await.answer().await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "hello"));
    }

    pub async fn wait_for_open(&self, count: usize) {
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

pub struct Client<IO>(pub IO);

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl<IO: AsyncRead + AsyncWrite + Unpin> Client<IO> {
    pub async fn send(&mut self, text: &str) {
        self.send_bytes(text.as_bytes()).await;
    }

    pub async fn send_bytes(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).await.unwrap();
    }

    /// Reads one answer with a `Content-Length`.
    pub async fn answer(&mut self) -> Answer {
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
    pub async fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        let _ = tokio::time::timeout(PATIENCE, self.0.read_to_end(&mut bytes))
            .await
            .expect("the connection stayed open");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}
