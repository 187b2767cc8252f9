//! The proxy for files (XEP-0065): found over XMPP, entered by SOCKS5, and its part of `[xmpp.limits]`.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use data_encoding::HEXLOWER;
use firekeeper::engine::xml::Element;
use sha1::{Digest, Sha1};

use crate::client::{Client, PATIENCE};
use crate::support::service::{Service, Settings};

const BYTESTREAMS: &str = "http://jabber.org/protocol/bytestreams";
const JANE: &str = "jane@example.org/a";
const JOHN: &str = "john@example.org/b";

fn service(limit: &str, value: &str) -> Service {
    Service::demo(Settings::demo().with(&format!("xmpp.limits.{limit}"), value))
}

fn ask(client: &mut Client, kind: &str, to: &str, request: &str) -> Element {
    client.send(&format!("<iq type='{kind}' to='{to}' id='asked'>{request}</iq>"));
    loop {
        let answer = client.find("iq");
        if answer.attr("id") == Some("asked") {
            return answer;
        }
    }
}

fn streamhost(client: &mut Client) -> Element {
    let request = format!("<query xmlns='{BYTESTREAMS}'/>");
    let answer = ask(client, "get", "proxy.example.org", &request);
    let told = answer.children().flat_map(Element::children).next();
    told.unwrap_or_else(|| panic!("no streamhost in {answer}")).clone()
}

fn port(client: &mut Client) -> u16 {
    let told = streamhost(client);
    told.attr("port").and_then(|port| port.parse().ok()).expect("a port")
}

fn activate(initiator: &mut Client, sid: &str, target: &str) -> String {
    let request = format!("<query xmlns='{BYTESTREAMS}' sid='{sid}'><activate>{target}</activate></query>");
    ask(initiator, "set", "proxy.example.org", &request).to_string()
}

fn name(sid: &str, initiator: &str, target: &str) -> String {
    HEXLOWER.encode(&Sha1::digest(format!("{sid}{initiator}{target}")))
}

fn dial(port: u16) -> TcpStream {
    let socket = TcpStream::connect(("127.0.0.1", port)).expect("the listener of the proxy");
    socket.set_read_timeout(Some(PATIENCE)).expect("a socket");
    socket.set_write_timeout(Some(PATIENCE)).expect("a socket");
    socket
}

/// Asks for a connection to a name; what is answered to it.
fn request(port: u16, name: &str) -> (TcpStream, u8) {
    let mut socket = dial(port);
    let mut answer = [0; 2];
    socket.write_all(&[5, 1, 0]).expect("a connection");
    socket.read_exact(&mut answer).expect("a method");
    assert_eq!(answer, [5, 0]);
    let length = u8::try_from(name.len()).expect("a name");
    let request = [&[5, 1, 0, 3, length], name.as_bytes(), &[0, 0]].concat();
    socket.write_all(&request).expect("a connection");
    let mut head = [0; 3];
    socket.read_exact(&mut head).expect("a reply");
    if head[1] == 0 {
        let mut rest = vec![0; request.len() - 3];
        socket.read_exact(&mut rest).expect("the name in the reply");
        assert_eq!(rest, request[3..]);
    }
    (socket, head[1])
}

fn connect(port: u16, name: &str) -> TcpStream {
    let (socket, reply) = request(port, name);
    assert_eq!(reply, 0);
    socket
}

/// Everything up to the end, which may be a hard one.
fn rest(mut socket: TcpStream) -> Vec<u8> {
    let mut read = Vec::new();
    match socket.read_to_end(&mut read) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("the connection does not end: {error}"),
    }
    read
}

/// Jane's and John's ends of an activated stream.
fn stream(service: &Service) -> (TcpStream, TcpStream) {
    let mut jane = Client::bound(service.xmpp_port, "jane", "a");
    let port = port(&mut jane);
    let name = name("s1", JANE, JOHN);
    let ends = (connect(port, &name), connect(port, &name));
    let activated = activate(&mut jane, "s1", JOHN);
    assert!(activated.contains("'result'"), "{activated}");
    ends
}

#[test]
fn clients_find_the_proxy_of_their_host_and_where_it_is_reached() {
    let service = Service::demo(Settings::demo().with("xmpp.proxy_host", "files.example.org"));
    let mut jane = Client::bound(service.xmpp_port, "jane", "a");
    let items = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
    let listed = ask(&mut jane, "get", "example.org", items).to_string();
    assert!(listed.contains("'proxy.example.org'"), "{listed}");
    let told = streamhost(&mut jane);
    assert_eq!(told.attr("jid"), Some("proxy.example.org"), "{told}");
    assert_eq!(told.attr("host"), Some("files.example.org"), "{told}");
}

#[test]
fn a_proxy_that_does_not_listen_is_not_there() {
    let service = Service::demo(Settings::demo().with("xmpp.proxy_listen", ""));
    let mut jane = Client::bound(service.xmpp_port, "jane", "a");
    let items = "<query xmlns='http://jabber.org/protocol/disco#items'/>";
    let listed = ask(&mut jane, "get", "example.org", items).to_string();
    assert!(!listed.contains("proxy.example.org"), "{listed}");
    let refused = activate(&mut jane, "s1", JOHN);
    assert!(refused.contains("remote-server-not-found"), "{refused}");
}

#[test]
fn who_has_no_account_is_neither_told_of_the_proxy_nor_served_by_it() {
    let service = Service::demo(Settings::demo().with("xmpp.anonymous", "true"));
    let mut guest = Client::guest(service.xmpp_port);
    let request = format!("<query xmlns='{BYTESTREAMS}'/>");
    let asked = ask(&mut guest, "get", "proxy.example.org", &request).to_string();
    for refused in [asked, activate(&mut guest, "s1", JOHN)] {
        assert!(refused.contains("<forbidden "), "{refused}");
    }
}

#[test]
fn two_clients_send_each_other_what_they_like() {
    let service = Service::demo(Settings::demo());
    let (mut jane, mut john) = stream(&service);
    let file: Vec<u8> = (0..2_000_000_u32).map(|number| number.to_le_bytes()[0]).collect();
    let (sent, mut sending) = (file.clone(), jane.try_clone().expect("a socket"));
    let sender = std::thread::spawn(move || {
        sending.write_all(&sent).expect("a stream");
        sending.shutdown(Shutdown::Write).expect("a stream");
    });
    let mut got = Vec::new();
    john.read_to_end(&mut got).expect("a file");
    sender.join().expect("a sender");
    assert!(got == file, "{} bytes of {}", got.len(), file.len());
    john.write_all(b"thanks").expect("a stream");
    drop(john);
    let mut thanks = String::new();
    jane.read_to_string(&mut thanks).expect("an answer");
    assert_eq!(thanks, "thanks");
}

#[test]
fn nothing_passes_unless_the_initiator_activates_this_very_stream() {
    let service = service("proxy_waiting", "3s");
    let mut jane = Client::bound(service.xmpp_port, "jane", "a");
    let mut john = Client::bound(service.xmpp_port, "john", "b");
    let port = port(&mut jane);
    let name = name("s1", JANE, JOHN);
    let (mut one, other) = (connect(port, &name), connect(port, &name));
    one.write_all(b"too early").expect("a connection");
    for refused in [
        activate(&mut jane, "s2", JOHN),
        activate(&mut jane, "s1", "john@example.org/c"),
        activate(&mut john, "s1", JOHN),
        activate(&mut john, "s1", JANE),
    ] {
        assert!(refused.contains("<item-not-found "), "{refused}");
    }
    assert_eq!(rest(other), b"");
    assert_eq!(rest(one), b"");
}

#[test]
fn a_stream_has_two_ends_no_more_and_no_less() {
    let service = Service::demo(Settings::demo());
    let mut jane = Client::bound(service.xmpp_port, "jane", "a");
    let port = port(&mut jane);
    let name = name("s1", JANE, JOHN);
    let gone = connect(port, &name);
    let refused = activate(&mut jane, "s1", JOHN);
    assert!(refused.contains("<not-allowed "), "{refused}");
    drop(gone);
    // Its place is free as soon as the service has seen that.
    let until = Instant::now() + PATIENCE;
    while !activate(&mut jane, "s1", JOHN).contains("<item-not-found ") {
        assert!(Instant::now() < until, "who has gone is still there");
    }
    let (mut one, mut other) = (connect(port, &name), connect(port, &name));
    let (third, reply) = request(port, &name);
    assert_eq!(reply, 2);
    rest(third);
    // What comes early is kept for its stream.
    one.write_all(b"early").expect("a connection");
    let activated = activate(&mut jane, "s1", JOHN);
    assert!(activated.contains("'result'"), "{activated}");
    one.write_all(b" and late").expect("a stream");
    let mut got = [0; 14];
    other.read_exact(&mut got).expect("a stream");
    assert_eq!(&got, b"early and late");
}

#[test]
fn who_stops_sending_or_breaks_off_ends_the_stream_for_the_other() {
    let service = Service::demo(Settings::demo());
    let (jane, john) = stream(&service);
    drop(jane);
    assert_eq!(rest(john), b"");
}

#[test]
fn connections_to_the_proxy_are_bounded() {
    for limit in ["proxy_connections", "proxy_connections_per_address"] {
        let service = service(limit, "2");
        let mut jane = Client::bound(service.xmpp_port, "jane", "a");
        let port = port(&mut jane);
        let first = dial(port);
        let _second = connect(port, &name("s1", JANE, JOHN));
        assert_eq!(rest(dial(port)), b"", "{limit}");
        drop(first);
        // The place is free as soon as the service has seen that.
        let until = Instant::now() + PATIENCE;
        loop {
            let mut next = dial(port);
            let mut method = [0; 2];
            if next.write_all(&[5, 1, 0]).is_ok() && next.read_exact(&mut method).is_ok() {
                break;
            }
            assert!(Instant::now() < until, "{limit}: the place stays taken");
        }
    }
}

#[test]
fn a_connection_to_the_proxy_does_not_wait_for_ever_however_it_drips() {
    let service = service("proxy_waiting", "1s");
    let mut jane = Client::bound(service.xmpp_port, "jane", "a");
    let port = port(&mut jane);
    let (silent, waiting) = (dial(port), connect(port, &name("s1", JANE, JOHN)));
    let mut dripping = dial(port);
    for byte in [5, 255].into_iter().chain(std::iter::repeat(1)) {
        if dripping.write_all(&[byte]).is_err() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(rest(silent), b"");
    assert_eq!(rest(waiting), b"");
}

#[test]
fn a_stream_on_which_nothing_moves_ends() {
    let service = service("proxy_idle", "1s");
    let (jane, john) = stream(&service);
    assert_eq!(rest(jane), b"");
    assert_eq!(rest(john), b"");
}

#[test]
fn a_stream_ends_after_its_time_whatever_moves() {
    let service = service("proxy_lifetime", "1s");
    let (mut jane, john) = stream(&service);
    let until = Instant::now() + PATIENCE;
    let reader = std::thread::spawn(move || rest(john));
    while jane.write_all(b"on and on").is_ok() {
        assert!(Instant::now() < until, "the stream goes on");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(reader.join().expect("a reader").starts_with(b"on and on"));
}
