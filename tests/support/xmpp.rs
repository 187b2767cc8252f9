//! An XMPP client over a plain socket: it sends the text that it is told, and hands over what arrives as trees, in its
//! order and unread. It logs in with PLAIN, without TLS unless it is asked to start it (RFC 6120 §5-§7).

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firekeeper::engine::xml::{Element, Frame, Limits, Node, StreamParser, ns};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};

/// How long to wait for what must come; generous, since the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The last thing that came through a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// Why a login did not end in a session.
pub type Refused = String;

pub trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

pub struct Client {
    stream: Box<dyn Stream>,
    /// What `stream` runs over.
    socket: TcpStream,
    parser: StreamParser,
    arrived: VecDeque<Element>,
    closed: bool,
    requests: u32,
    domain: String,
    /// Stream management is on (XEP-0198): both sides count.
    pub managed: bool,
    /// What the server said last of how many stanzas have taken effect.
    handled: Option<u32>,
    /// The full address, once it is bound.
    pub address: Option<String>,
}

/// TLS over a connection to `domain`, trusting that certificate.
pub fn tls(
    socket: TcpStream,
    domain: &str,
    certificate: &Path,
) -> Result<rustls::StreamOwned<rustls::ClientConnection, TcpStream>, Refused> {
    let certificate = CertificateDer::from_pem_file(certificate).map_err(|error| error.to_string())?;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).map_err(|error| error.to_string())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(domain.to_owned()).map_err(|error| error.to_string())?;
    let connection = rustls::ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())?;
    Ok(rustls::StreamOwned::new(connection, socket))
}

impl Client {
    /// A connection on which nothing has been said.
    pub fn dial(port: u16, domain: &str) -> std::io::Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", port))?;
        socket.set_nodelay(true)?;
        socket.set_write_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream: Box::new(socket.try_clone()?),
            socket,
            parser: StreamParser::new(Limits::OWN_TEXT),
            arrived: VecDeque::new(),
            closed: false,
            requests: 0,
            domain: domain.to_owned(),
            managed: false,
            handled: None,
            address: None,
        })
    }

    /// Writes this text. That nobody reads it any more shows when something is awaited.
    pub fn send(&mut self, text: &str) {
        let _closed_by_now = self
            .stream
            .write_all(text.as_bytes())
            .and_then(|()| self.stream.flush());
    }

    /// Opens a stream and gives the features that are offered on it.
    pub fn open(&mut self) -> Result<Element, Refused> {
        let header = format!(
            "<?xml version='1.0'?><stream:stream to='{}' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>",
            self.domain
        );
        self.send(&header);
        self.expect("features")
    }

    /// Goes over to TLS, trusting that certificate.
    pub fn start_tls(&mut self, certificate: &Path) -> Result<(), Refused> {
        self.open()?;
        self.send(&format!("<starttls xmlns='{}'/>", ns::TLS));
        self.expect("proceed")?;
        let socket = self.socket.try_clone().map_err(|error| error.to_string())?;
        socket
            .set_read_timeout(Some(PATIENCE))
            .map_err(|error| error.to_string())?;
        self.stream = Box::new(tls(socket, &self.domain, certificate)?);
        self.parser = StreamParser::new(Limits::OWN_TEXT);
        Ok(())
    }

    /// Opens a stream and logs in; then a resource can be bound.
    pub fn log_in(&mut self, user: &str, password: &str) -> Result<(), Refused> {
        self.open()?;
        let proof = STANDARD.encode(format!("\0{user}\0{password}"));
        self.send(&format!("<auth xmlns='{}' mechanism='PLAIN'>{proof}</auth>", ns::SASL));
        self.expect("success")?;
        self.parser.restart();
        self.open().map(drop)
    }

    /// Binds a resource, and asks for the session that older clients ask for.
    pub fn bind(&mut self, resource: &str) -> Result<(), Refused> {
        let bind = format!("<bind xmlns='{}'><resource>{resource}</resource></bind>", ns::BIND);
        let answer = self.request("set", &bind).ok_or("no answer to <bind/>")?;
        let bound = answer
            .child("bind", ns::BIND)
            .and_then(|bind| bind.child_text("jid", ns::BIND));
        self.address = Some(bound.ok_or_else(|| answer.to_string())?.into_owned());
        self.request("set", &format!("<session xmlns='{}'/>", ns::SESSION));
        Ok(())
    }

    /// Sends an iq to the server; its answer comes out of the order of the others.
    pub fn request(&mut self, kind: &str, payload: &str) -> Option<Element> {
        self.requests += 1;
        let id = format!("support-{}", self.requests);
        self.send(&format!("<iq type='{kind}' id='{id}'>{payload}</iq>"));
        let until = Instant::now() + PATIENCE;
        let is_answer = |element: &Element| element.name() == "iq" && element.attr("id") == Some(&id);
        loop {
            if let Some(at) = self.arrived.iter().position(is_answer) {
                return self.arrived.remove(at);
            }
            if self.closed || !self.read_until(until) {
                return None;
            }
        }
    }

    /// Waits until all that this client has sent took effect, and all that it is owed for it has come: the server answers a
    /// ping behind it, or where stanzas are counted a question of stream management.
    pub fn settle(&mut self) {
        if self.managed {
            self.count();
        } else if self.address.is_some() {
            self.request("get", &format!("<ping xmlns='{}'/>", ns::PING));
        }
    }

    /// How many stanzas of this client have taken effect, as the server says.
    pub fn count(&mut self) -> Option<u32> {
        self.handled = None;
        self.send(&format!("<r xmlns='{}'/>", ns::STREAM_MANAGEMENT));
        let until = Instant::now() + PATIENCE;
        while self.handled.is_none() && !self.closed && self.read_until(until) {}
        self.handled
    }

    /// Goes without a word.
    pub fn vanish(self) {
        let _gone_already = self.socket.shutdown(Shutdown::Both);
    }

    /// The next element. `None`: nothing came in that time.
    pub fn next(&mut self, limit: Duration) -> Result<Option<Element>, Closed> {
        let until = Instant::now() + limit;
        loop {
            if let Some(element) = self.arrived.pop_front() {
                return Ok(Some(element));
            }
            if self.closed {
                return Err(Closed);
            }
            if !self.read_until(until) && self.arrived.is_empty() && !self.closed {
                return Ok(None);
            }
        }
    }

    /// All that comes until nothing has come for that time.
    pub fn drain(&mut self, quiet: Duration) -> Vec<Element> {
        let mut found = Vec::new();
        while let Ok(Some(element)) = self.next(quiet) {
            found.push(element);
        }
        found
    }

    /// Closes the stream and the connection.
    pub fn close(mut self) {
        self.send("</stream:stream>");
        while self.next(PATIENCE).is_ok_and(|next| next.is_some()) {}
    }

    fn expect(&mut self, name: &str) -> Result<Element, Refused> {
        match self.next(PATIENCE) {
            Ok(Some(element)) if element.name() == name => Ok(element),
            Ok(Some(element)) => Err(element.to_string()),
            Ok(None) => Err(format!("no <{name}/> in {PATIENCE:?}")),
            Err(Closed) => Err(format!("the stream ended before <{name}/>")),
        }
    }

    /// Reads once. Whether something came, be it the end.
    fn read_until(&mut self, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        let mut bytes = [0; 16 * 1024];
        self.socket
            .set_read_timeout(Some(left))
            .expect("a limit that is not zero");
        match self.stream.read(&mut bytes) {
            Ok(0) => self.closed = true,
            Ok(length) => self.take(&bytes[..length]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return false,
            Err(_) => self.closed = true,
        }
        true
    }

    /// Questions are left unanswered, and what was counted is noted.
    fn manage(&mut self, element: Element) {
        match element.name() {
            "r" if self.managed => {}
            "a" if self.managed => self.handled = element.attr("h").and_then(|h| h.parse().ok()),
            name => {
                self.managed |= matches!(name, "enabled" | "resumed");
                self.arrived.push_back(element);
            }
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.parser.push(bytes);
        loop {
            match self.parser.next() {
                Ok(Some(Frame::Element(element))) if element.ns() == ns::STREAM_MANAGEMENT => self.manage(element),
                Ok(Some(Frame::Element(element))) => self.arrived.push_back(element),
                Ok(Some(Frame::Open(_) | Frame::Whitespace)) => {}
                Ok(None) => return,
                Ok(Some(Frame::Close)) | Err(_) => {
                    self.closed = true;
                    return;
                }
            }
        }
    }
}

/// The stanzas of a text, in the default namespace of a client's stream.
pub fn stanzas(text: &str) -> Result<Vec<Element>, String> {
    let mut parser = StreamParser::new(Limits::OWN_TEXT);
    parser.push(b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>");
    parser.push(text.as_bytes());
    parser.push(b"</stream:stream>");
    let mut found = Vec::new();
    loop {
        match parser.next().map_err(|fault| format!("{fault}: {text}"))? {
            Some(Frame::Element(element)) => found.push(element),
            Some(Frame::Open(_) | Frame::Whitespace) => {}
            Some(Frame::Close) => return Ok(found),
            None => return Err(format!("an element is not closed: {text}")),
        }
    }
}

/// An element as the recordings write it: no prefixes, the namespace first and left out for `jabber:client`, attributes
/// sorted, texts not escaped.
pub fn flattened(element: &Element) -> String {
    let name = element.name();
    let mut text = format!("<{name}");
    if !matches!(element.ns(), "" | ns::JABBER_CLIENT) {
        text += &format!(" xmlns='{}'", element.ns());
    }
    let mut attributes: Vec<_> = element.attrs().collect();
    // Those of a namespace stand behind the others.
    attributes.sort_unstable();
    for (_, name, value) in attributes {
        text += &format!(" {name}='{value}'");
    }
    text += ">";
    for node in element.nodes() {
        match node {
            Node::Element(child) => text += &flattened(child),
            Node::Text(own) => text += own,
        }
    }
    text + &format!("</{name}>")
}
