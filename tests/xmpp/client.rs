//! A client that sends what it is told and shows what arrives: a stanza as a text without prefixes, attributes sorted by
//! name and in single quotes, `xmlns` first and only where it differs from that around it.

use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use data_encoding::BASE64;
use firekeeper::engine::xml::{Element, Frame, Limits, Node, StreamParser};

/// Something that must come has come by then, however slow the machine is.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Client {
    socket: TcpStream,
    parser: StreamParser,
    syncs: usize,
    features: String,
}

impl Client {
    /// Logs in and binds.
    pub fn connect(port: u16, user: &str, password: &str, resource: &str) -> Self {
        Self::connect_with(port, user, password, resource, "")
    }

    /// The same with these attributes in the headers of its streams.
    pub fn connect_with(port: u16, user: &str, password: &str, resource: &str, attributes: &str) -> Self {
        let mut client = Self::log_in(port, user, password, attributes);
        client.open(attributes);
        client.ask(
            &format!(
                "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                 <resource>{resource}</resource></bind></iq>"
            ),
            "bind",
        );
        client
    }

    /// Logs in; a new stream is to begin.
    pub fn log_in(port: u16, user: &str, password: &str, attributes: &str) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", port)).expect("a listener");
        socket.set_nodelay(true).expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let mut client = Self {
            socket,
            parser: StreamParser::new(Limits::OWN_TEXT),
            syncs: 0,
            features: String::new(),
        };
        client.open(attributes);
        let proof = BASE64.encode(format!("\0{user}\0{password}").as_bytes());
        client.send(&format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>"
        ));
        let answer = client.next();
        assert!(answer.starts_with("<success"), "{user} cannot log in: {answer}");
        client.parser = StreamParser::new(Limits::OWN_TEXT);
        client
    }

    fn open(&mut self, attributes: &str) {
        self.parser = StreamParser::new(Limits::OWN_TEXT);
        self.send(&format!(
            "<?xml version='1.0'?><stream:stream to='example.org' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams' {attributes}>",
        ));
        let features = self.next();
        assert!(features.starts_with("<features"), "{features}");
        self.features = features;
    }

    /// Of the last stream.
    pub fn features(&self) -> &str {
        &self.features
    }

    pub fn send(&mut self, text: &str) {
        self.socket.write_all(text.as_bytes()).expect("a connection");
    }

    /// The next stanza.
    pub fn next(&mut self) -> String {
        self.next_or_end().expect("a stanza before the end of the stream")
    }

    /// `None`: the stream has ended.
    fn next_or_end(&mut self) -> Option<String> {
        let mut bytes = [0; 16 * 1024];
        loop {
            match self.parser.next().expect("XML") {
                Some(Frame::Element(element)) => return Some(flat(&element, "jabber:client")),
                Some(Frame::Close) => return None,
                Some(_) => {}
                None => match self.socket.read(&mut bytes) {
                    Ok(0) => return None,
                    Ok(length) => self.parser.push(&bytes[..length]),
                    Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                    Err(error) => panic!("nothing came: {error}"),
                },
            }
        }
    }

    /// Waits for a stanza that contains all these texts, and gives it. Others before it are skipped.
    pub fn expect(&mut self, texts: &[&str]) -> String {
        let since = Instant::now();
        let mut skipped = Vec::new();
        while since.elapsed() < PATIENCE {
            let Some(stanza) = self.next_or_end() else { break };
            if contains(&stanza, texts) {
                return stanza;
            }
            skipped.push(stanza);
        }
        panic!("nothing like {texts:?} among\n{}", skipped.join("\n"));
    }

    /// Waits until each of these has come, in whatever order: they have causes that do not wait for each other.
    pub fn expect_each(&mut self, wanted: &[Vec<&str>]) {
        let mut wanted: Vec<_> = wanted.iter().collect();
        let since = Instant::now();
        while !wanted.is_empty() {
            assert!(since.elapsed() < PATIENCE, "nothing like {wanted:?}");
            let stanza = self.next_or_end().expect("a stanza before the end of the stream");
            wanted.retain(|texts| !contains(&stanza, texts));
        }
    }

    /// Sends a request and gives its answer.
    pub fn ask(&mut self, request: &str, id: &str) -> String {
        self.send(request);
        self.expect(&["<iq", &format!(" id='{id}'")])
    }

    /// Waits until everything that this client has sent has been served, and gives what has come until then.
    pub fn sync(&mut self) -> Vec<String> {
        self.syncs += 1;
        let id = format!("sync-{}", self.syncs);
        self.send(&format!("<iq type='get' id='{id}'><ping xmlns='urn:xmpp:ping'/></iq>"));
        let end = format!(" id='{id}'");
        let mut seen = Vec::new();
        loop {
            let stanza = self.next();
            if stanza.contains(&end) {
                return seen;
            }
            seen.push(stanza);
        }
    }

    /// Asserts that nothing that contains all these texts has come.
    pub fn expect_none(&mut self, texts: &[&str]) {
        let seen = self.sync();
        let unwanted = seen.iter().find(|stanza| contains(stanza, texts));
        assert_eq!(unwanted, None, "unexpected");
    }

    /// Waits for the end of the stream, and gives what came before it.
    pub fn expect_end(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.next_or_end()).collect()
    }

    /// Goes without a word.
    pub fn vanish(self) {
        drop(self);
    }
}

pub fn contains(stanza: &str, texts: &[&str]) -> bool {
    texts.iter().all(|text| stanza.contains(text))
}

fn flat(element: &Element, around: &str) -> String {
    let mut out = format!("<{}", element.name());
    if element.ns() != around {
        let _ = write!(out, " xmlns='{}'", element.ns());
    }
    let mut attributes: Vec<_> = element.attrs().map(|(_, name, value)| (name, value)).collect();
    attributes.sort_unstable();
    for (name, value) in attributes {
        let _ = write!(out, " {name}='{value}'");
    }
    out.push('>');
    for node in element.nodes() {
        match node {
            Node::Element(child) => out.push_str(&flat(child, element.ns())),
            Node::Text(text) => out.push_str(text),
        }
    }
    let _ = write!(out, "</{}>", element.name());
    out
}
