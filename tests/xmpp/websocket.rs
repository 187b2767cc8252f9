//! Streams over WebSocket (RFC 7395), over a socket that speaks RFC 6455 as exactly as the test writes it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use data_encoding::BASE64;

use super::server::Server;
use super::support::wire::Request;

const PATIENCE: Duration = Duration::from_secs(30);
const TEXT: u8 = 0x81;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;

struct Socket(TcpStream);

#[derive(Debug, PartialEq)]
enum Got {
    Text(String),
    /// With this code.
    Close(u16),
    End,
}

impl Socket {
    fn open(server: &Server) -> Self {
        Self::open_with(server, "")
    }

    /// With this among the headers of the request.
    fn open_with(server: &Server, header: &str) -> Self {
        let mut socket = TcpStream::connect(("127.0.0.1", server.0.http_port)).expect("a listener");
        socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
        let asked = format!(
            "GET /ws HTTP/1.1\r\nHost: example.org\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                     Sec-WebSocket-Protocol: xmpp\r\n{header}\r\n"
        );
        socket.write_all(asked.as_bytes()).expect("a connection");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).expect("an answer");
            head.push(byte[0]);
        }
        let head = String::from_utf8(head).expect("text").to_lowercase();
        assert!(head.starts_with("http/1.1 101 "), "{head}");
        assert!(head.contains("sec-websocket-protocol: xmpp\r\n"), "{head}");
        assert!(
            head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"),
            "{head}"
        );
        assert!(
            !head.contains("sec-websocket-extensions"),
            "nothing is compressed: {head}"
        );
        Self(socket)
    }

    fn frame(&mut self, kind: u8, payload: &[u8]) {
        let mut frame = vec![kind];
        match payload.len() {
            length @ 0..=125 => frame.push(0x80 | u8::try_from(length).unwrap()),
            length @ 126..=65535 => {
                frame.push(0x80 | 0x7e);
                frame.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
            length => {
                frame.push(0x80 | 0x7f);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        let _the_server_may_have_gone = self.0.write_all(&frame);
    }

    fn send(&mut self, text: &str) {
        self.frame(TEXT, text.as_bytes());
    }

    fn next(&mut self) -> Got {
        let mut head = [0; 2];
        if self.0.read_exact(&mut head).is_err() {
            return Got::End;
        }
        let length = match head[1] {
            126 => {
                let mut length = [0; 2];
                self.0.read_exact(&mut length).expect("a length");
                usize::from(u16::from_be_bytes(length))
            }
            127 => {
                let mut length = [0; 8];
                self.0.read_exact(&mut length).expect("a length");
                usize::try_from(u64::from_be_bytes(length)).expect("a length")
            }
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).expect("a payload");
        match head[0] {
            TEXT => Got::Text(String::from_utf8(payload).expect("text")),
            CLOSE => Got::Close(u16::from_be_bytes([payload[0], payload[1]])),
            other => panic!("a frame of kind {other:x}"),
        }
    }

    /// The next text, which contains all of these.
    fn expect(&mut self, texts: &[&str]) -> String {
        let Got::Text(text) = self.next() else {
            panic!("nothing like {texts:?}");
        };
        assert!(
            texts.iter().all(|wanted| text.contains(wanted)),
            "{text}: want {texts:?}"
        );
        text
    }

    fn open_stream(&mut self) {
        self.send("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>");
        self.expect(&[
            "<open ",
            "urn:ietf:params:xml:ns:xmpp-framing",
            "from='example.org'",
            "version='1.0'",
        ]);
    }

    fn log_in(&mut self, user: &str, resource: &str) {
        self.authenticate(user);
        self.send(&format!(
            "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
             <resource>{resource}</resource></bind></iq>"
        ));
        self.expect(&["<iq xmlns='jabber:client'", &format!("{user}@example.org/{resource}")]);
    }

    /// Logs in; no resource is bound.
    fn authenticate(&mut self, user: &str) {
        self.open_stream();
        let offered = self.expect(&["features", "<mechanism>PLAIN</mechanism>"]);
        assert!(
            !offered.contains("-PLUS") && !offered.contains("starttls"),
            "nothing starts TLS here, nor binds a login to it: {offered}"
        );
        let proof = BASE64.encode(format!("\0{user}\0secret").as_bytes());
        self.send(&format!(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>"
        ));
        self.expect(&["<success"]);
        self.open_stream();
        self.expect(&["features", "xmpp-bind", "urn:xmpp:sm:3"]);
    }

    /// The stream ends with this error, is closed as RFC 7395 §3.6 says, and then the socket.
    fn expect_error(&mut self, condition: &str) {
        self.expect(&["error", condition]);
        self.expect(&["<close ", "urn:ietf:params:xml:ns:xmpp-framing"]);
        assert_eq!(self.next(), Got::Close(1000));
    }
}

#[test]
fn a_client_logs_in_and_talks_with_one_on_a_plain_socket() {
    let server = Server::start();
    let mut john = server.log_in("john", "garden");
    let mut jane = Socket::open(&server);
    jane.log_in("jane", "balcony");
    jane.send(
        "<message xmlns='jabber:client' to='john@example.org/garden' type='chat'><body>&lt;hi&gt;</body></message>",
    );
    john.expect(&["<message", "from='jane@example.org/balcony'", "<body><hi></body>"]);
    john.send("<message to='jane@example.org/balcony' type='chat'><body>ho</body><x xmlns='http://etherx.jabber.org/streams'/></message>");
    let heard = jane.expect(&["<message xmlns='jabber:client'", "<body>ho</body>"]);
    let alone = firekeeper::engine::xml::parse_element(&heard, firekeeper::engine::xml::Limits::OWN_TEXT);
    assert!(alone.is_ok(), "each message is a document: {heard}");
    jane.send("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>");
    jane.expect(&["<close "]);
    assert_eq!(jane.next(), Got::Close(1000));
}

#[test]
fn a_session_goes_on_over_another_socket() {
    let server = Server::start();
    let mut john = server.log_in("john", "garden");
    let mut jane = Socket::open(&server);
    jane.log_in("jane", "balcony");
    jane.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    let enabled = jane.expect(&["<enabled xmlns='urn:xmpp:sm:3'", "resume='true'"]);
    let id = enabled.split(" id='").nth(1).and_then(|id| id.split('\'').next());
    let id = id.expect("an id");
    jane.send("<message xmlns='jabber:client' to='john@example.org/garden' type='chat'><body>hi</body></message>");
    john.expect(&["<message", "<body>hi</body>"]);
    jane.0.shutdown(std::net::Shutdown::Both).expect("a socket");
    john.send("<message to='jane@example.org/balcony' type='chat'><body>missed</body></message>");
    john.sync();
    let mut jane = Socket::open(&server);
    jane.authenticate("jane");
    jane.send(&format!("<resume xmlns='urn:xmpp:sm:3' previd='{id}' h='0'/>"));
    jane.expect(&["<resumed xmlns='urn:xmpp:sm:3'", "h='1'", &format!("previd='{id}'")]);
    jane.expect(&["<message xmlns='jabber:client'", "<body>missed</body>"]);
    jane.expect(&["<r xmlns='urn:xmpp:sm:3'/>"]);
    jane.send("<a xmlns='urn:xmpp:sm:3' h='1'/>");
    jane.send("<r xmlns='urn:xmpp:sm:3'/>");
    jane.expect(&["<a xmlns='urn:xmpp:sm:3'", "h='1'"]);
}

#[test]
fn a_client_logs_in_and_binds_in_one_step() {
    let server = Server::behind_a_proxy();
    let mut jane = Socket::open_with(&server, "X-Forwarded-Proto: https\r\n");
    jane.open_stream();
    jane.expect(&["features", "<authentication xmlns='urn:xmpp:sasl:2'>"]);
    let proof = BASE64.encode(b"\0jane\0secret");
    jane.send(&format!(
        "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>{proof}</initial-response>\
         <bind xmlns='urn:xmpp:bind:0'><tag>Browser</tag></bind></authenticate>"
    ));
    jane.expect(&[
        "<success xmlns='urn:xmpp:sasl:2'",
        "jane@example.org/Browser~",
        "<bound xmlns='urn:xmpp:bind:0'",
    ]);
    jane.expect(&["features", "urn:xmpp:csi:0"]);
    jane.send("<iq xmlns='jabber:client' type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>");
    jane.expect(&["<iq", "id='ping'", "type='result'"]);
}

#[test]
fn a_client_does_not_make_up_where_it_is_before_a_proxy_that_adds_lines() {
    let server = Server::behind_a_proxy();
    let mut jane = Socket::open_with(
        &server,
        "X-Forwarded-For: 198.51.100.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.9\r\n",
    );
    jane.log_in("jane", "browser");
    jane.send("<presence xmlns='jabber:client'/>");
    jane.expect(&["<presence", "from='jane@example.org/browser'"]);
    let asked = Request::get("/plugins/restapi/v1/sessions/jane").header("Authorization", "potato");
    let told = server.0.send(&asked).expect("an answer").text();
    assert!(told.contains("192.0.2.9") && !told.contains("198.51.100.7"), "{told}");

    let mut pretender = Socket::open_with(&server, "X-Forwarded-Proto: https\r\nX-Forwarded-Proto: http\r\n");
    pretender.open_stream();
    let features = pretender.expect(&["features"]);
    assert!(!features.contains("<authentication"), "{features}");
}

#[test]
fn a_message_holds_one_element_and_nothing_else() {
    let server = Server::start();
    let ping = "<iq xmlns='jabber:client' type='get' id='a'><ping xmlns='urn:xmpp:ping'/></iq>";
    for (sent, condition) in [
        (format!("{ping}{ping}"), "not-well-formed"),
        ("<iq xmlns='jabber:client'".to_owned(), "not-well-formed"),
        (" ".to_owned(), "not-well-formed"),
        ("<!-- x -->".to_owned(), "restricted-xml"),
        (
            "<iq type='get' id='a'><ping xmlns='urn:xmpp:ping'/></iq>".to_owned(),
            "invalid-namespace",
        ),
        (
            "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>".to_owned(),
            "unsupported-stanza-type",
        ),
    ] {
        let mut jane = Socket::open(&server);
        jane.log_in("jane", "balcony");
        jane.send(&sent);
        jane.expect_error(condition);
    }
}

#[test]
fn what_is_too_large_or_no_text_ends_the_socket() {
    let server = Server::start();
    let mut jane = Socket::open(&server);
    jane.log_in("jane", "balcony");
    jane.frame(BINARY, b"<presence xmlns='jabber:client'/>");
    loop {
        match jane.next() {
            Got::Text(_) => {}
            other => break assert_eq!(other, Got::Close(1003)),
        }
    }
    let mut jane = Socket::open(&server);
    jane.log_in("jane", "balcony");
    jane.frame(TEXT, &vec![b'x'; 300 * 1024]);
    loop {
        match jane.next() {
            Got::Text(_) => {}
            other => break assert!(matches!(other, Got::Close(1009) | Got::End), "{other:?}"),
        }
    }
}

#[test]
fn a_stanza_before_the_login_is_refused() {
    let server = Server::start();
    let mut nobody = Socket::open(&server);
    nobody.open_stream();
    nobody.expect(&["features"]);
    nobody.send("<message xmlns='jabber:client' to='john@example.org'><body>x</body></message>");
    nobody.expect_error("not-authorized");
}

#[test]
fn a_stream_that_opens_wrongly_is_opened_and_ended_with_an_error() {
    let server = Server::start();
    for (sent, condition) in [
        (
            "<open xmlns='urn:x' to='example.org' version='1.0'/>",
            "invalid-namespace",
        ),
        ("<open to='example.org' version='1.0'/>", "invalid-namespace"),
        (
            "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='elsewhere.example' version='1.0'/>",
            "host-unknown",
        ),
        ("<iq xmlns='jabber:client' type='get' id='a'/>", "bad-format"),
    ] {
        let mut nobody = Socket::open(&server);
        nobody.send(sent);
        nobody.expect(&["<open ", "from='example.org'", "id='"]);
        nobody.expect_error(condition);
    }
    let mut jane = Socket::open(&server);
    jane.log_in("jane", "balcony");
    jane.send("<close xmlns='urn:x'/>");
    jane.expect_error("invalid-namespace");
}

#[test]
fn a_socket_without_the_protocol_is_refused_and_host_meta_tells_where_streams_are() {
    let server = Server::start();
    let handshake = |without: &str| {
        let headers = [
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("Sec-WebSocket-Protocol", "xmpp"),
        ];
        let kept = headers.iter().filter(|(name, _)| *name != without);
        kept.fold(Request::get("/ws"), |request, (name, value)| {
            request.header(name, value)
        })
    };
    let status = |request: &Request| server.0.send(request).expect("an answer").status;
    assert_eq!(
        status(&handshake("Sec-WebSocket-Protocol").header("Connection", "Upgrade")),
        400
    );
    assert_eq!(status(&Request::get("/ws")), 426);
    for (path, content_type) in [
        ("/.well-known/host-meta", "application/xrd+xml"),
        ("/.well-known/host-meta.json", "application/json"),
    ] {
        let answer = server
            .0
            .send(&Request::get(path).header("Host", "chat.example.org"))
            .expect("an answer");
        assert_eq!(answer.header("Content-Type").as_deref(), Some(content_type));
        assert_eq!(answer.header("Access-Control-Allow-Origin").as_deref(), Some("*"));
        for url in ["ws://chat.example.org/ws", "http://chat.example.org/http-bind"] {
            assert!(answer.text().contains(url), "{}", answer.text());
        }
    }
}

#[test]
fn a_shutdown_says_goodbye() {
    let mut server = Server::start();
    let mut jane = Socket::open(&server);
    jane.log_in("jane", "balcony");
    let waiting = std::thread::spawn(move || jane.expect_error("system-shutdown"));
    server.0.stop();
    waiting.join().expect("a goodbye");
}
