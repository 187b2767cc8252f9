//! A client that sends the text it is told and reads first-level elements, one by one.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firekeeper::engine::xml::{Element, Frame, Limits, StreamParser};

use crate::support::service::Service;
use crate::support::xmpp::{Stream, tls};

/// For what must come: generous, the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub const SM: &str = "urn:xmpp:sm:3";

pub struct Client {
    stream: Box<dyn Stream>,
    /// What `stream` runs over.
    socket: TcpStream,
    parser: StreamParser,
    closed_well: bool,
}

impl Client {
    pub fn dial(port: u16) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", port)).expect("a connection");
        socket.set_nodelay(true).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        socket.set_write_timeout(Some(PATIENCE)).expect("a socket");
        Self {
            stream: Box::new(socket.try_clone().expect("a socket")),
            socket,
            parser: StreamParser::new(Limits::OWN_TEXT),
            closed_well: false,
        }
    }

    /// A stream whose features have been read.
    pub fn open(port: u16) -> Self {
        let mut client = Self::dial(port);
        client.begin();
        client
    }

    /// The same over TLS from the first byte.
    pub fn open_over_tls(service: &Service) -> Self {
        let mut client = Self::dial(service.xmpp_port);
        let socket = client.socket.try_clone().expect("a socket");
        let certificate = service.data_directory().join("certificate.pem");
        client.stream = Box::new(tls(socket, "example.org", &certificate).expect("TLS"));
        client.begin();
        client
    }

    fn begin(&mut self) -> Element {
        self.send(
            "<?xml version='1.0'?><stream:stream to='example.org' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>",
        );
        self.expect("features")
    }

    /// Logged in, and nothing bound; gives the features too.
    pub fn logged_in(port: u16, user: &str, password: &str) -> (Self, Element) {
        let mut client = Self::open(port);
        let proof = STANDARD.encode(format!("\0{user}\0{password}"));
        client.send(&format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>"
        ));
        client.expect("success");
        client.parser.restart();
        let features = client.begin();
        (client, features)
    }

    /// Logs in by SASL2 on an open stream, with this along with it; the answer is left to be read.
    pub fn authenticate(&mut self, user: &str, along: &str) {
        let proof = STANDARD.encode(format!("\0{user}\0secret"));
        self.send(&format!(
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>\
             <initial-response>{proof}</initial-response>{along}</authenticate>"
        ));
    }

    /// Somebody without an account, bound.
    pub fn guest(port: u16) -> Self {
        let mut client = Self::open(port);
        client.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'>=</auth>");
        client.expect("success");
        client.parser.restart();
        client.begin();
        let bound = client.bind("a");
        assert_eq!(bound.attr("type"), Some("result"), "{bound}");
        client
    }

    pub fn bind(&mut self, resource: &str) -> Element {
        self.send(&format!(
            "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>{resource}</resource></bind></iq>"
        ));
        self.expect("iq")
    }

    /// Bound to a resource.
    pub fn bound(port: u16, user: &str, resource: &str) -> Self {
        let (mut client, _) = Self::logged_in(port, user, "secret");
        let bound = client.bind(resource);
        assert_eq!(bound.attr("type"), Some("result"), "{bound}");
        client
    }

    /// Bound and available; what comes at once is left to be read.
    pub fn online_silently(port: u16, user: &str, resource: &str) -> Self {
        let mut client = Self::bound(port, user, resource);
        client.send("<presence/>");
        client
    }

    /// Bound and available.
    pub fn online(port: u16, user: &str, resource: &str) -> Self {
        let mut client = Self::bound(port, user, resource);
        client.send("<presence/>");
        client.ping();
        client
    }

    pub fn send(&mut self, text: &str) {
        let _it_may_be_closed = self
            .stream
            .write_all(text.as_bytes())
            .and_then(|()| self.stream.flush());
    }

    /// Whether all of it could be written.
    pub fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// Goes without a word.
    pub fn drop_connection(self) {
        let _gone_already = self.socket.shutdown(Shutdown::Both);
    }

    pub fn close_sending(&mut self) {
        self.socket.shutdown(Shutdown::Write).expect("a connection");
    }

    /// The next element; `None`: the stream or the connection is closed.
    pub fn next(&mut self) -> Option<Element> {
        let until = Instant::now() + PATIENCE;
        let mut chunk = [0; 4096];
        loop {
            match self.parser.next().expect("well-formed XML from the server") {
                Some(Frame::Element(element)) => return Some(element),
                Some(Frame::Close) => {
                    self.closed_well = true;
                    return None;
                }
                Some(Frame::Open(_) | Frame::Whitespace) => continue,
                None => {}
            }
            assert!(Instant::now() < until, "nothing came in time");
            match self.stream.read(&mut chunk) {
                Ok(0) => return None,
                Ok(read) => self.parser.push(&chunk[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("nothing came in time: {error}"),
            }
        }
    }

    /// The next element, which has this name.
    pub fn expect(&mut self, name: &str) -> Element {
        match self.next() {
            Some(element) if element.name() == name => element,
            other => panic!("<{name}/> should come, not {other:?}"),
        }
    }

    /// The next element of this name, whatever comes before it.
    pub fn find(&mut self, name: &str) -> Element {
        loop {
            match self.next() {
                Some(element) if element.name() == name => return element,
                Some(_) => {}
                None => panic!("<{name}/> should come before the end"),
            }
        }
    }

    /// Whether the server closed the stream before the connection.
    pub fn is_closed_well(&self) -> bool {
        self.closed_well
    }

    /// Reads bytes, which may be no XML, to the end; gives the first one, or zero.
    pub fn end_of_bytes(&mut self) -> u8 {
        let mut first = [0; 1];
        let mut rest = Vec::new();
        if matches!(self.socket.read(&mut first), Ok(1)) {
            let _reset_is_an_end = self.socket.read_to_end(&mut rest);
        }
        first[0]
    }

    /// Reads to the end, whatever comes before it.
    pub fn wait_for_the_end(&mut self) {
        while self.next().is_some() {}
    }

    /// The name of the condition of the stream error that comes, and then the end.
    pub fn stream_error(&mut self) -> String {
        let error = self.find("error");
        assert!(self.next().is_none(), "the stream ends behind {error}");
        error
            .children()
            .next()
            .map(|child| child.name().to_owned())
            .unwrap_or_default()
    }

    /// Waits until all that was sent has taken effect, and gives what came meanwhile.
    pub fn ping(&mut self) -> Vec<Element> {
        self.send("<iq type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>");
        let mut before = Vec::new();
        loop {
            let element = self.next().expect("an answer to the ping");
            if element.name() == "iq" && element.attr("id") == Some("ping") {
                return before;
            }
            before.push(element);
        }
    }

    /// Sends a chat message whose id is its text.
    pub fn say(&mut self, to: &str, text: &str) {
        self.send(&format!(
            "<message to='{to}' type='chat' id='{text}'><body>{text}</body></message>"
        ));
    }

    /// Enables stream management with resumption and gives the id.
    pub fn enable(&mut self) -> String {
        self.send(&format!("<enable xmlns='{SM}' resume='true'/>"));
        let enabled = self.find("enabled");
        assert_eq!(enabled.attr("resume"), Some("true"), "{enabled}");
        enabled.attr("id").expect("an id").to_owned()
    }

    /// How many stanzas the server has.
    pub fn handled(&mut self) -> u32 {
        self.send(&format!("<r xmlns='{SM}'/>"));
        self.find("a").attr("h").and_then(|h| h.parse().ok()).expect("a count")
    }

    pub fn acknowledge(&mut self, h: u32) {
        self.send(&format!("<a xmlns='{SM}' h='{h}'/>"));
    }

    /// Resumes instead of binding; the answer.
    pub fn resume(port: u16, user: &str, id: &str, h: u32) -> (Self, Element) {
        let (mut client, _) = Self::logged_in(port, user, "secret");
        client.send(&format!("<resume xmlns='{SM}' previd='{id}' h='{h}'/>"));
        let answer = client.next().expect("an answer");
        (client, answer)
    }

    /// The bodies of the next so many messages.
    pub fn bodies(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| body(&self.find("message"))).collect()
    }
}

pub fn body(message: &Element) -> String {
    message
        .child_text("body", "jabber:client")
        .unwrap_or_default()
        .into_owned()
}
