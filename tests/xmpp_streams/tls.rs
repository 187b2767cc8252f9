//! TLS under a stream as a client of our own sees it: logins that are bound to it (RFC 5802 §6, RFC 5929 §4, RFC 9266),
//! the protocol that is spoken, and what it never allows.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firekeeper::engine::xml::{Element, Frame, Limits, StreamParser};
use hmac::{Hmac, KeyInit, Mac};
use rustls::crypto::cipher::{OutboundChunks, OutboundPlainMessage};
use rustls::crypto::ring::cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, ConnectionTrafficSecrets, ContentType, ProtocolVersion, RootCertStore, StreamOwned,
    SupportedCipherSuite,
};
use sha2::{Digest, Sha256};

use crate::support::service::{Service, Settings};

const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";

type Tls = StreamOwned<ClientConnection, TcpStream>;

fn certificate(service: &Service) -> CertificateDer<'static> {
    let path = service.data_directory().join("certificate.pem");
    CertificateDer::from_pem_file(path).expect("a certificate")
}

fn config(service: &Service) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(certificate(service)).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth()
}

/// A connection with TLS from the first byte, once the handshake is done.
fn connect(service: &Service, config: ClientConfig) -> std::io::Result<Tls> {
    let mut socket = TcpStream::connect(("127.0.0.1", service.xmpp_port))?;
    socket.set_read_timeout(Some(crate::client::PATIENCE))?;
    let name = ServerName::try_from("example.org").expect("a name");
    let mut connection = ClientConnection::new(Arc::new(config), name).expect("a client");
    while connection.is_handshaking() {
        connection.complete_io(&mut socket)?;
    }
    Ok(StreamOwned::new(connection, socket))
}

struct Stream {
    tls: Tls,
    parser: StreamParser,
}

impl Stream {
    fn open(tls: Tls) -> Self {
        let parser = StreamParser::new(Limits::OWN_TEXT);
        let mut stream = Self { tls, parser };
        stream.send(
            "<?xml version='1.0'?><stream:stream to='example.org' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>",
        );
        assert_eq!(stream.next().name(), "features");
        stream
    }

    fn send(&mut self, text: &str) {
        self.tls.write_all(text.as_bytes()).expect("a connection");
        self.tls.flush().expect("a connection");
    }

    fn next(&mut self) -> Element {
        let mut bytes = [0; 4096];
        loop {
            match self.parser.next().expect("XML") {
                Some(Frame::Element(element)) => return element,
                Some(_) => {}
                None => {
                    let length = self.tls.read(&mut bytes).expect("a connection");
                    assert_ne!(length, 0, "the stream has ended");
                    self.parser.push(&bytes[..length]);
                }
            }
        }
    }

    /// A login of jane by SCRAM-SHA-256-PLUS that is bound to these bytes; the answer.
    fn log_in(&mut self, header: &str, bound: &[u8]) -> Element {
        let first = STANDARD.encode(format!("{header}n=jane,r={NONCE}"));
        self.send(&format!(
            "<auth xmlns='{SASL}' mechanism='SCRAM-SHA-256-PLUS'>{first}</auth>"
        ));
        let challenge = STANDARD.decode(self.next().text().as_bytes()).expect("base64");
        let challenge = String::from_utf8(challenge).expect("text");
        let last = STANDARD.encode(answer(&challenge, header, bound));
        self.send(&format!("<response xmlns='{SASL}'>{last}</response>"));
        self.next()
    }
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("a key");
    mac.chain_update(message).finalize().into_bytes().to_vec()
}

/// RFC 5802 §3
fn answer(challenge: &str, header: &str, bound: &[u8]) -> String {
    let value = |name: &str| {
        let mut parts = challenge.split(',');
        parts.find_map(|part| part.strip_prefix(name)).expect("an attribute")
    };
    let (nonce, iterations) = (value("r="), value("i=").parse().expect("a number"));
    let salt = STANDARD.decode(value("s=")).expect("base64");
    let mut salted = [0; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(b"secret", &salt, iterations, &mut salted);
    let binding = STANDARD.encode([header.as_bytes(), bound].concat());
    let without_proof = format!("c={binding},r={nonce}");
    let message = format!("n=jane,r={NONCE},{challenge},{without_proof}");
    let client_key = mac(&salted, b"Client Key");
    let signature = mac(&Sha256::digest(&client_key), message.as_bytes());
    let proof: Vec<u8> = client_key.iter().zip(signature).map(|(key, mask)| key ^ mask).collect();
    format!("{without_proof},p={}", STANDARD.encode(proof))
}

#[test]
fn a_login_is_bound_to_the_certificate_that_was_sent_or_to_the_connection() {
    let service = Service::demo(Settings::demo());
    let digest = Sha256::digest(certificate(&service)).to_vec();
    let tls = || connect(&service, config(&service)).expect("TLS");
    for (bound, expected) in [(digest.clone(), "success"), (vec![0; 32], "failure")] {
        let answer = Stream::open(tls()).log_in("p=tls-server-end-point,,", &bound);
        assert_eq!(answer.name(), expected, "{answer}");
    }
    let tls = tls();
    let mut exported = vec![0; 32];
    tls.conn
        .export_keying_material(&mut exported, b"EXPORTER-Channel-Binding", Some(b""))
        .expect("a finished handshake");
    let mut stream = Stream::open(tls);
    let answer = stream.log_in("p=tls-exporter,,", &digest);
    assert_eq!(answer.name(), "failure", "{answer}");
    let answer = stream.log_in("p=tls-exporter,,", &exported);
    assert_eq!(answer.name(), "success", "{answer}");
}

#[test]
fn a_client_that_speaks_another_protocol_is_refused() {
    let service = Service::demo(Settings::demo());
    for (protocols, is_served) in [
        (&[][..], true),
        (&[&b"xmpp-client"[..]], true),
        (&[b"http/1.1", b"xmpp-client"], true),
        (&[b"http/1.1"], false),
        (&[b"xmpp-server"], false),
    ] {
        let mut config = config(&service);
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        let connected = connect(&service, config);
        assert_eq!(connected.is_ok(), is_served, "{protocols:?}");
        if let Ok(tls) = connected {
            Stream::open(tls);
        }
    }
}

/// A message of a client that offers this version, and these in the extension of TLS 1.3 (RFC 8446 §4.2.1).
fn hello(version: u16, versions: &[u16]) -> Vec<u8> {
    let block = |bytes: &[u8]| [&u16::try_from(bytes.len()).expect("a length").to_be_bytes(), bytes].concat();
    let extension = |kind: u16, bytes: &[u8]| [kind.to_be_bytes().to_vec(), block(bytes)].concat();
    let name = [&[0][..], &block(b"example.org")].concat();
    let mut extensions = [
        extension(0x0000, &block(&name)),
        extension(0x000a, &block(&[0x00, 0x1d, 0x00, 0x17])),
        extension(0x000b, &[1, 0]),
        extension(0x000d, &block(&[0x04, 0x03, 0x08, 0x04, 0x04, 0x01])),
        extension(0x0017, &[]),
    ]
    .concat();
    if !versions.is_empty() {
        let offered: Vec<u8> = versions.iter().flat_map(|version| version.to_be_bytes()).collect();
        let length = u8::try_from(offered.len()).expect("a length");
        extensions.extend(extension(0x002b, &[&[length][..], &offered].concat()));
    }
    let suites = block(&[0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x09, 0xc0, 0x13, 0x00, 0x2f]);
    let content = [
        &version.to_be_bytes()[..],
        &[7; 32],
        &[0],
        &suites,
        &[1, 0],
        &block(&extensions),
    ]
    .concat();
    let length = u32::try_from(content.len()).expect("a length").to_be_bytes();
    [&[0x01][..], &length[1..], &content].concat()
}

/// A record of TLS: what it is, and what it holds.
fn record(socket: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 5];
    socket.read_exact(&mut head).expect("a record");
    let mut content = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    socket.read_exact(&mut content).expect("its content");
    (head[0], content)
}

const HANDSHAKE: u8 = 22;
const ALERT: u8 = 21;

#[test]
fn a_version_before_1_2_is_refused() {
    const FATAL: u8 = 2;
    const PROTOCOL_VERSION: u8 = 70;
    let service = Service::demo(Settings::demo());
    let answer = |version: u16, versions: &[u16]| {
        let mut socket = TcpStream::connect(("127.0.0.1", service.xmpp_port)).expect("a listener");
        socket
            .set_read_timeout(Some(crate::client::PATIENCE))
            .expect("a socket");
        let hello = hello(version, versions);
        let length = u16::try_from(hello.len()).expect("a length").to_be_bytes();
        let sent = [&[HANDSHAKE, 3, 1][..], &length, &hello].concat();
        socket.write_all(&sent).expect("a connection");
        record(&mut socket)
    };
    // The same in everything else is answered.
    assert_eq!(answer(0x0303, &[]).0, HANDSHAKE);
    assert_eq!(answer(0x0303, &[0x0302, 0x0303]).0, HANDSHAKE);
    for (version, versions) in [
        (0x0300, &[][..]),
        (0x0301, &[]),
        (0x0302, &[]),
        (0x0303, &[0x0302]),
        (0x0303, &[0x0302, 0x0301, 0x0300]),
    ] {
        assert_eq!(
            answer(version, versions),
            (ALERT, vec![FATAL, PROTOCOL_VERSION]),
            "{version:x} {versions:x?}"
        );
    }
}

#[test]
fn no_handshake_begins_anew_on_a_connection() {
    let service = Service::demo(Settings::demo());
    let SupportedCipherSuite::Tls12(suite) = TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 else {
        panic!("a suite of TLS 1.2");
    };
    let mut provider = rustls::crypto::ring::default_provider();
    provider.cipher_suites = vec![SupportedCipherSuite::Tls12(suite)];
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&service)).expect("a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS12])
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.enable_secret_extraction = true;
    let tls = connect(&service, config).expect("TLS");
    let (connection, mut socket) = tls.into_parts();
    let secrets = connection.dangerous_extract_secrets().expect("a finished handshake");
    let (sequence, ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv }) = secrets.tx else {
        panic!("the suite that was asked for");
    };
    // A client of another make writes what this one does not.
    let again = hello(0x0303, &[]);
    let message = OutboundPlainMessage {
        typ: ContentType::Handshake,
        version: ProtocolVersion::TLSv1_2,
        payload: OutboundChunks::Single(&again),
    };
    let mut encrypter = suite.aead_alg.encrypter(key, iv.as_ref(), &[]);
    let sealed = encrypter.encrypt(message, sequence).expect("a record").encode();
    socket.write_all(&sealed).expect("a connection");
    assert_eq!(record(&mut socket).0, ALERT);
}

#[test]
fn a_session_of_tls_that_is_taken_up_again_carries_no_early_data() {
    let service = Service::demo(Settings::demo());
    let mut config = config(&service);
    config.enable_early_data = true;
    for _ in 0..2 {
        // The tickets of the first connection come with what it is sent, and are there for the second.
        let mut socket = TcpStream::connect(("127.0.0.1", service.xmpp_port)).expect("a listener");
        let name = ServerName::try_from("example.org").expect("a name");
        let mut connection = ClientConnection::new(Arc::new(config.clone()), name).expect("a client");
        assert!(connection.early_data().is_none(), "early data is allowed");
        while connection.is_handshaking() {
            connection.complete_io(&mut socket).expect("TLS");
        }
        assert_eq!(connection.protocol_version(), Some(ProtocolVersion::TLSv1_3));
        Stream::open(StreamOwned::new(connection, socket));
    }
}
