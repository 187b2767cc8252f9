//! How streams begin and end: headers and their answers, also behind STARTTLS, and the last bytes (RFC 6120 §4.4, §4.7).

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firekeeper::engine::xml::{Element, Frame, Limits, StreamParser};

use crate::client::PATIENCE;
use crate::support::service::{Service, Settings};
use crate::support::xmpp::{Stream, tls};

fn service() -> Service {
    Service::demo(Settings::demo())
}

/// A stream whose headers are looked at.
struct Peer {
    stream: Box<dyn Stream>,
    parser: StreamParser,
}

impl Peer {
    fn dial(service: &Service) -> (Self, TcpStream) {
        let socket = TcpStream::connect(("127.0.0.1", service.xmpp_port)).expect("a connection");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        (Self::over(socket.try_clone().expect("a socket")), socket)
    }

    fn over(stream: impl Stream + 'static) -> Self {
        Self {
            stream: Box::new(stream),
            parser: StreamParser::new(Limits::OWN_TEXT),
        }
    }

    fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).expect("a connection");
        self.stream.flush().expect("a connection");
    }

    /// `None`: the stream is closed.
    fn next(&mut self) -> Option<Frame> {
        let mut chunk = [0; 4096];
        loop {
            match self.parser.next().expect("XML") {
                Some(Frame::Close) => return None,
                Some(frame) => return Some(frame),
                None => {}
            }
            let length = self.stream.read(&mut chunk).expect("more bytes");
            assert_ne!(length, 0, "more should come");
            self.parser.push(&chunk[..length]);
        }
    }

    fn element(&mut self) -> Element {
        match self.next() {
            Some(Frame::Element(element)) => element,
            other => panic!("an element should come, not {other:?}"),
        }
    }

    /// Begins a stream with these attributes, and gives the header of the answer.
    fn begin(&mut self, attributes: &str) -> Element {
        self.parser = StreamParser::new(Limits::OWN_TEXT);
        self.send(&format!(
            "<?xml version='1.0'?><stream:stream {attributes} xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        ));
        match self.next() {
            Some(Frame::Open(header)) => header.element,
            other => panic!("a header should come, not {other:?}"),
        }
    }

    fn start_tls(mut self, service: &Service, socket: TcpStream) -> Self {
        self.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        assert_eq!(self.element().name(), "proceed");
        let certificate = service.data_directory().join("certificate.pem");
        Self::over(tls(socket, "example.org", &certificate).expect("TLS"))
    }

    fn log_in(&mut self) {
        let proof = STANDARD.encode("\0jane\0secret");
        self.send(&format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>"
        ));
        assert_eq!(self.element().name(), "success");
    }

    /// Reads to the end of the connection; an error is what kept it from ending well.
    fn rest(&mut self) -> std::io::Result<String> {
        let mut rest = Vec::new();
        self.stream.read_to_end(&mut rest)?;
        Ok(String::from_utf8_lossy(&rest).into_owned())
    }
}

const GOOD: &str = "to='example.org' version='1.0'";

#[test]
fn ids_are_new_after_each_restart() {
    let service = service();
    let (mut peer, socket) = Peer::dial(&service);
    let mut ids = BTreeSet::new();
    let id = |header: &Element| header.attr("id").expect("an id").to_owned();
    ids.insert(id(&peer.begin(GOOD)));
    assert_eq!(peer.element().name(), "features");
    let mut peer = peer.start_tls(&service, socket);
    ids.insert(id(&peer.begin(GOOD)));
    assert_eq!(peer.element().name(), "features");
    peer.log_in();
    ids.insert(id(&peer.begin(GOOD)));
    assert_eq!(ids.len(), 3, "{ids:?}");
}

#[test]
fn what_was_said_before_tls_is_forgotten() {
    let service = service();
    let (mut peer, socket) = Peer::dial(&service);
    let header = peer.begin(&format!("{GOOD} from='john@example.org'"));
    assert_eq!(header.attr("to"), Some("john@example.org"));
    assert_eq!(peer.element().name(), "features");
    let mut peer = peer.start_tls(&service, socket);
    assert_eq!(peer.begin(GOOD).attr("to"), None);
    assert_eq!(peer.element().name(), "features");
    peer.log_in();
    peer.begin(GOOD);
    let features = peer.element();
    assert!(
        features.has_child("bind", "urn:ietf:params:xml:ns:xmpp-bind"),
        "jane is let in: {features}"
    );
}

#[test]
fn versions_are_compared_as_numbers() {
    let service = service();
    for (version, served) in [
        ("1.0", true),
        ("1.9", true),
        ("1.10", true),
        ("01.00", true),
        ("2.0", true),
        ("10.0", true),
        ("0.9", false),
        ("0.10", false),
        ("00.9", false),
        ("", false),
        ("x", false),
    ] {
        let (mut peer, _socket) = Peer::dial(&service);
        let header = peer.begin(&format!("to='example.org' version='{version}'"));
        assert_eq!(header.attr("version"), Some("1.0"), "{version}");
        let next = peer.element();
        assert_eq!(next.name(), if served { "features" } else { "error" }, "{version}");
    }
}

#[test]
fn a_refused_header_is_answered_in_the_name_of_a_host() {
    let service = service();
    for to in ["to='elsewhere.example'", "to=''", "to='a b'"] {
        let (mut peer, _socket) = Peer::dial(&service);
        let header = peer.begin(&format!("{to} version='1.0' from='jane@elsewhere.example/x'"));
        assert_eq!(header.attr("from"), Some("example.org"), "{to}");
        assert_eq!(header.attr("to"), Some("jane@elsewhere.example"), "{to}");
        let error = peer.element();
        assert!(
            error.has_child("host-unknown", "urn:ietf:params:xml:ns:xmpp-streams"),
            "{error}"
        );
        assert_eq!(peer.next(), None);
    }
}

#[test]
fn a_closed_stream_ends_tls_as_well() {
    let service = service();
    let (mut peer, socket) = Peer::dial(&service);
    peer.begin(GOOD);
    assert_eq!(peer.element().name(), "features");
    let mut peer = peer.start_tls(&service, socket);
    peer.begin(GOOD);
    assert_eq!(peer.element().name(), "features");
    peer.send("</stream:stream>");
    assert_eq!(peer.rest().expect("an end that TLS tells of"), "</stream:stream>");
}

/// What is still on its way when the server ends a stream does not keep the client from reading why.
#[test]
fn who_is_told_of_the_end_may_send_on_until_he_hangs_up() {
    let service = service();
    let more = "<presence/>".repeat(1500);
    for binds in [false, true] {
        let (mut peer, _socket) = Peer::dial(&service);
        peer.begin(GOOD);
        assert_eq!(peer.element().name(), "features");
        if binds {
            peer.log_in();
            peer.begin(GOOD);
            assert_eq!(peer.element().name(), "features");
            peer.send("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>");
            assert_eq!(peer.element().name(), "iq");
        }
        peer.send(&format!("<message xmlns='jabber:server'/>{more}"));
        let last = peer.rest().expect("an end and no reset");
        assert!(last.ends_with("</stream:error></stream:stream>"), "{last}");
    }
}

#[test]
fn an_answer_begins_with_a_declaration_that_says_no_more_than_the_version() {
    let service = service();
    let (mut peer, _socket) = Peer::dial(&service);
    peer.send("<stream:stream to='elsewhere.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>");
    let answer = peer.rest().expect("an end");
    assert!(
        answer.starts_with("<?xml version='1.0'?><stream:stream xmlns='jabber:client' "),
        "{answer}"
    );
}
