//! Clients for a load test of an XMPP server: they make their accounts (XEP-0077), log in over direct TLS with PLAIN, and
//! talk in pairs, each message answered by the next. `benches/xmpp/run` starts the servers and compares them.
//!
//! Arguments: port, clients, seconds, messages of each pair that are on their way at once, and 1 to make the accounts or 0
//! where they are there. Prints one line of JSON: how
//! long all logins took, messages a second, and their latency in milliseconds. A line on standard input begins each phase.

use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const HOST: &str = "example.org";

/// Logins at a time.
const PARALLEL: usize = 32;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The certificate is not what is measured.
#[derive(Debug)]
struct AnyCertificate(Arc<rustls::crypto::CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

struct Client {
    stream: TlsStream<TcpStream>,
    unread: String,
}

impl Client {
    async fn open(port: u16, tls: &TlsConnector) -> Result<Self, Failure> {
        let socket = TcpStream::connect(("127.0.0.1", port)).await?;
        socket.set_nodelay(true)?;
        let stream = tls.connect(ServerName::try_from(HOST)?, socket).await?;
        let unread = String::new();
        let mut client = Self { stream, unread };
        client.begin().await?;
        Ok(client)
    }

    async fn begin(&mut self) -> Result<(), Failure> {
        let header = format!(
            "<?xml version='1.0'?><stream:stream to='{HOST}' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        );
        self.send(&header).await?;
        self.until("</stream:features>").await.map(drop)
    }

    async fn send(&mut self, text: &str) -> Result<(), Failure> {
        self.stream.write_all(text.as_bytes()).await?;
        Ok(self.stream.flush().await?)
    }

    /// What comes up to the end of this text.
    async fn until(&mut self, end: &str) -> Result<String, Failure> {
        let mut chunk = [0; 8192];
        loop {
            if let Some(at) = self.unread.find(end) {
                let rest = self.unread.split_off(at + end.len());
                return Ok(std::mem::replace(&mut self.unread, rest));
            }
            match self.stream.read(&mut chunk).await? {
                0 => return Err(format!("the stream ended before {end}: {}", self.unread).into()),
                read => self.unread.push_str(&String::from_utf8_lossy(&chunk[..read])),
            }
        }
    }

    async fn register(&mut self, number: usize) -> Result<(), Failure> {
        let request = format!(
            "<iq type='set' id='r' to='{HOST}'><query xmlns='jabber:iq:register'>\
             <username>load{number}</username><password>secret</password></query></iq>"
        );
        self.send(&request).await?;
        let answer = self.until(">").await?;
        if answer.contains("error") && !self.until("</iq>").await?.contains("conflict") {
            return Err(format!("no account: {answer}").into());
        }
        Ok(())
    }

    async fn log_in(&mut self, number: usize) -> Result<(), Failure> {
        let proof = STANDARD.encode(format!("\0load{number}\0secret"));
        let auth = format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>");
        self.send(&auth).await?;
        self.until("<success").await?;
        self.until(">").await?;
        self.begin().await?;
        self.send(
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>l</resource></bind></iq>",
        )
        .await?;
        self.until("</iq>").await?;
        self.send("<presence/>").await
    }

    async fn say(&mut self, number: usize, body: &str) -> Result<(), Failure> {
        self.send(&format!(
            "<message to='load{number}@{HOST}/l' type='chat' id='m'><body>{body}</body></message>"
        ))
        .await
    }
}

fn phase() {
    let mut line = String::new();
    let _the_end_begins_it_too = std::io::stdin().lock().read_line(&mut line);
}

async fn all<T: Send + 'static, F>(count: usize, run: impl Fn(usize) -> F) -> Result<Vec<T>, Failure>
where
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let places = Arc::new(Semaphore::new(PARALLEL));
    let mut tasks = Vec::new();
    for number in 0..count {
        let (places, work) = (Arc::clone(&places), run(number));
        tasks.push(tokio::spawn(async move {
            let _place = places.acquire_owned().await?;
            work.await
        }));
    }
    let mut done = Vec::new();
    for task in tasks {
        done.push(task.await??);
    }
    Ok(done)
}

/// Talks to the neighbour and gives the latencies of what came.
async fn talk(
    mut client: Client,
    number: usize,
    window: usize,
    begun: Instant,
    over: Arc<AtomicBool>,
) -> Result<Vec<Duration>, Failure> {
    let other = number ^ 1;
    if number.is_multiple_of(2) {
        for _ in 0..window {
            client.say(other, &format!("t{}", begun.elapsed().as_micros())).await?;
        }
    }
    let mut latencies = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let Ok(came) = tokio::time::timeout(Duration::from_millis(200), client.until("</body>")).await else {
            continue;
        };
        let came = came?;
        let sent = came
            .rsplit("<body>t")
            .next()
            .and_then(|rest| rest.split('<').next()?.parse().ok());
        let now = begun.elapsed();
        if let Some(sent) = sent {
            latencies.push(now.saturating_sub(Duration::from_micros(sent)));
        }
        client.say(other, &format!("t{}", now.as_micros())).await?;
    }
    Ok(latencies)
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let numbers: Vec<usize> = std::env::args()
        .skip(1)
        .map(|text| text.parse())
        .collect::<Result<_, _>>()?;
    let [port, clients, seconds, window, register] = numbers[..] else {
        return Err("arguments: port, clients, seconds, window, register".into());
    };
    let port = u16::try_from(port)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate(provider)))
        .with_no_client_auth();
    let tls = TlsConnector::from(Arc::new(config));

    let connector = tls.clone();
    all(clients * register, move |number| {
        let tls = connector.clone();
        async move { Client::open(port, &tls).await?.register(number).await }
    })
    .await?;
    println!("registered");
    phase();
    let begun = Instant::now();
    let online = all(clients, move |number| {
        let tls = tls.clone();
        async move {
            let mut client = Client::open(port, &tls).await?;
            client.log_in(number).await?;
            Ok(client)
        }
    })
    .await?;
    let logins = begun.elapsed();
    println!("online");
    phase();
    let over = Arc::new(AtomicBool::new(false));
    let begun = Instant::now();
    let talking: Vec<_> = online
        .into_iter()
        .enumerate()
        .map(|(number, client)| tokio::spawn(talk(client, number, window, begun, Arc::clone(&over))))
        .collect();
    tokio::time::sleep(Duration::from_secs(seconds as u64)).await;
    over.store(true, Ordering::Relaxed);
    let passed = begun.elapsed();
    let mut latencies = Vec::new();
    for one in talking {
        latencies.extend(one.await??);
    }
    latencies.sort_unstable();
    let at = |share: usize| {
        latencies
            .get(latencies.len() * share / 100)
            .map_or(0.0, Duration::as_secs_f64)
            * 1000.0
    };
    println!(
        "{{\"login_seconds\": {:.2}, \"messages_per_second\": {:.0}, \"p50_ms\": {:.2}, \"p99_ms\": {:.2}}}",
        logins.as_secs_f64(),
        f64::from(u32::try_from(latencies.len()).unwrap_or(u32::MAX)) / passed.as_secs_f64(),
        at(50),
        at(99)
    );
    Ok(())
}
