//! A client: it logs in over direct TLS, and then has a task of its own that reads what comes, answers what every client
//! answers, and sends what it is told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::ServerName;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::stanzas::{attribute, first, text_behind};
use crate::{Failure, HOST, scram};

/// The node that all clients want to hear of (XEP-0163 §4.3).
pub const NODE: &str = "urn:load:pep";

const CHUNK: usize = 16 * 1024;

/// Hears every stanza of every client; what it gives back is sent.
pub trait Listener: Send + Sync {
    fn hear(&self, client: usize, stanza: &str) -> Option<String>;
}

struct Deaf;

impl Listener for Deaf {
    fn hear(&self, _: usize, _: &str) -> Option<String> {
        None
    }
}

/// What all clients share.
pub struct World {
    port: u16,
    tls: TlsConnector,
    listener: RwLock<Arc<dyn Listener>>,
    /// Clients whose stream has ended.
    pub lost: AtomicUsize,
}

enum Command {
    Send(String),
    Read(bool),
}

pub struct Client {
    pub number: usize,
    commands: UnboundedSender<Command>,
}

impl World {
    pub fn new(port: u16, tls: TlsConnector) -> Arc<Self> {
        Arc::new(Self {
            port,
            tls,
            listener: RwLock::new(Arc::new(Deaf)),
            lost: AtomicUsize::new(0),
        })
    }

    pub fn listen(&self, listener: Arc<dyn Listener>) {
        *self.listener.write().unwrap_or_else(PoisonError::into_inner) = listener;
    }

    fn listener(&self) -> Arc<dyn Listener> {
        Arc::clone(&self.listener.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Client {
    /// Logs in, asks for the roster, and says that it is available. `slow`: with little room for what it does not read.
    pub async fn log_in(world: Arc<World>, number: usize, slow: bool) -> Result<Self, Failure> {
        let socket = TcpSocket::new_v4()?;
        if slow {
            socket.set_recv_buffer_size(64 * 1024)?;
        }
        let socket = socket.connect(([127, 0, 0, 1], world.port).into()).await?;
        socket.set_nodelay(true)?;
        let stream = world.tls.connect(ServerName::try_from(HOST)?, socket).await?;
        let mut connection = Connection {
            stream,
            unread: String::new(),
            chunk: vec![0; CHUNK].into_boxed_slice(),
        };
        connection.log_in(number).await?;
        let (commands, told) = unbounded_channel();
        tokio::spawn(async move {
            let _ended = connection.run(&world, number, told).await;
            world.lost.fetch_add(1, Ordering::Relaxed);
        });
        Ok(Self { number, commands })
    }

    pub fn send(&self, text: String) {
        let _it_may_be_gone = self.commands.send(Command::Send(text));
    }

    pub fn read(&self, reads: bool) {
        let _it_may_be_gone = self.commands.send(Command::Read(reads));
    }
}

pub fn address(number: usize) -> String {
    format!("load{number}@{HOST}")
}

struct Connection {
    stream: TlsStream<TcpStream>,
    unread: String,
    chunk: Box<[u8]>,
}

impl Connection {
    async fn log_in(&mut self, number: usize) -> Result<(), Failure> {
        self.begin().await?;
        let exchange = scram::Exchange::new(&format!("load{number}"));
        let auth = format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>{}</auth>",
            exchange.initial()
        );
        self.send(&auth).await?;
        let challenge = self.element().await?;
        let challenge = challenge
            .split_once('>')
            .and_then(|(_, rest)| rest.split('<').next())
            .unwrap_or_default();
        let answer = exchange.answer(challenge)?;
        self.send(&format!(
            "<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{answer}</response>"
        ))
        .await?;
        let success = self.element().await?;
        if !success.starts_with("<success") {
            return Err(format!("load{number} is refused: {success}").into());
        }
        self.begin().await?;
        self.send(
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>l</resource></bind></iq>",
        )
        .await?;
        self.element().await?;
        self.send("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
            .await?;
        self.element().await?;
        self.send(&presence("", "")).await
    }

    async fn begin(&mut self) -> Result<(), Failure> {
        let header = format!(
            "<?xml version='1.0'?><stream:stream to='{HOST}' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        );
        self.send(&header).await?;
        loop {
            if let Some(at) = self.unread.find("<stream:features") {
                self.unread.drain(..at);
                return self.element().await.map(drop);
            }
            self.receive().await?;
        }
    }

    async fn send(&mut self, text: &str) -> Result<(), Failure> {
        self.stream.write_all(text.as_bytes()).await?;
        Ok(self.stream.flush().await?)
    }

    async fn receive(&mut self) -> Result<(), Failure> {
        match self.stream.read(&mut self.chunk).await? {
            0 => Err(format!("the stream ended: {}", self.unread).into()),
            read => {
                self.unread.push_str(&String::from_utf8_lossy(&self.chunk[..read]));
                Ok(())
            }
        }
    }

    async fn element(&mut self) -> Result<String, Failure> {
        loop {
            match first(&self.unread) {
                Ok(Some(end)) => {
                    let rest = self.unread.split_off(end);
                    return Ok(std::mem::replace(&mut self.unread, rest));
                }
                Ok(None) => self.receive().await?,
                Err(()) => return Err("the stream ended".into()),
            }
        }
    }

    async fn run(&mut self, world: &World, number: usize, mut told: UnboundedReceiver<Command>) -> Result<(), Failure> {
        let mut reads = true;
        loop {
            let answers = self.hear(&*world.listener(), number)?;
            if !answers.is_empty() {
                self.send(&answers).await?;
            }
            tokio::select! {
                command = told.recv() => match command {
                    Some(Command::Send(text)) => self.send(&text).await?,
                    Some(Command::Read(now)) => reads = now,
                    None => return Ok(()),
                },
                read = self.stream.read(&mut self.chunk), if reads => match read? {
                    0 => return Ok(()),
                    read => self.unread.push_str(&String::from_utf8_lossy(&self.chunk[..read])),
                },
            }
        }
    }

    /// Lets all whole stanzas be heard, and gives what answers them.
    fn hear(&mut self, listener: &dyn Listener, number: usize) -> Result<String, Failure> {
        let (mut answers, mut at) = (String::new(), 0);
        while let Some(end) = first(&self.unread[at..]).map_err(|()| "the stream ended")? {
            let stanza = self.unread[at..at + end].trim_start();
            at += end;
            let is_request = stanza.starts_with("<iq") && attribute(stanza, "type") == Some("get");
            if is_request {
                answers.push_str(&answer(stanza));
            }
            answers.extend(listener.hear(number, stanza));
        }
        self.unread.drain(..at);
        Ok(answers)
    }
}

/// The answer to a request: what the client can do, or an empty result.
fn answer(request: &str) -> String {
    let to = attribute(request, "from").map_or(String::new(), |from| format!(" to='{from}'"));
    let id = attribute(request, "id").unwrap_or_default();
    let query = if request.contains("disco#info") {
        let node = text_behind(request, "node='").or_else(|| text_behind(request, "node=\""));
        let node = node.and_then(|rest| rest.split(['\'', '"']).next());
        let node = node.map_or(String::new(), |node| format!(" node='{node}'"));
        format!(
            "<query xmlns='http://jabber.org/protocol/disco#info'{node}>\
             <identity category='client' type='pc' name='load'/>\
             <feature var='http://jabber.org/protocol/disco#info'/><feature var='{NODE}+notify'/></query>"
        )
    } else {
        String::new()
    };
    format!("<iq type='result' id='{id}'{to}>{query}</iq>")
}

/// A presence with the client's capabilities (XEP-0115).
pub fn presence(attributes: &str, content: &str) -> String {
    let said = format!("client/pc//load<http://jabber.org/protocol/disco#info<{NODE}+notify<");
    let hash = STANDARD.encode(Sha1::digest(said));
    format!(
        "<presence{attributes}><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='urn:load' \
         ver='{hash}'/>{content}</presence>"
    )
}
