//! Streams over requests that wait (BOSH: XEP-0124, XEP-0206).

use std::thread;

use data_encoding::BASE64;

use super::server::Server;
use super::support::wire::{self, Answer, Request};

const BOSH: &str = "http://jabber.org/protocol/httpbind";
const XBOSH: &str = "urn:xmpp:xbosh";

fn request(attributes: &str, content: &str) -> Request {
    let body = format!("<body xmlns='{BOSH}' xmlns:xmpp='{XBOSH}' {attributes}>{content}</body>");
    Request::new("POST", "/http-bind").body("text/xml", body)
}

fn post(port: u16, attributes: &str, content: &str) -> String {
    told(port, &request(attributes, content))
}

fn told(port: u16, request: &Request) -> String {
    let answer: Answer = wire::exchange(port, request).expect("an answer");
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("Access-Control-Allow-Origin").as_deref(), Some("*"));
    assert_eq!(answer.header("Access-Control-Allow-Credentials"), None);
    answer.text()
}

fn through(request: Request, over_tls: bool) -> Request {
    if over_tls {
        request.header("X-Forwarded-Proto", "https")
    } else {
        request
    }
}

struct Session {
    port: u16,
    sid: String,
    rid: u64,
    /// A proxy says that TLS ends there.
    over_tls: bool,
}

impl Session {
    fn begin(server: &Server, wait: u32) -> Self {
        Self::begin_over(server, wait, false)
    }

    fn begin_over(server: &Server, wait: u32, over_tls: bool) -> Self {
        let port = server.0.http_port;
        let attributes = format!("rid='1000' to='example.org' wait='{wait}' hold='1' ver='1.6' xmpp:version='1.0'");
        let told = told(port, &through(request(&attributes, ""), over_tls));
        assert!(told.contains("mechanism>PLAIN<"), "{told}");
        assert!(!told.contains("-PLUS"), "nothing binds a login to TLS here: {told}");
        let sid = told
            .split(" sid='")
            .nth(1)
            .expect("an id")
            .split('\'')
            .next()
            .expect("its end");
        assert!(sid.len() >= 22, "128 bits at least: {sid}");
        Self {
            port,
            sid: sid.to_owned(),
            rid: 1000,
            over_tls,
        }
    }

    fn post(&mut self, attributes: &str, content: &str) -> String {
        self.rid += 1;
        let attributes = format!("rid='{}' sid='{}' {attributes}", self.rid, self.sid);
        told(self.port, &through(request(&attributes, content), self.over_tls))
    }

    /// Asks until an answer holds this text.
    fn until(&mut self, mut told: String, wanted: &str) -> String {
        for _ in 0..20 {
            if told.contains(wanted) {
                return told;
            }
            assert!(!told.contains("terminate"), "{told}: want {wanted}");
            told = self.post("", "");
        }
        panic!("nothing like {wanted}");
    }

    fn log_in(server: &Server, user: &str, resource: &str, wait: u32) -> Self {
        let mut session = Self::authenticate(server, user, wait);
        let told = session.post(
            "",
            &format!(
                "<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
                 <resource>{resource}</resource></bind></iq>"
            ),
        );
        session.until(told, &format!("{user}@example.org/{resource}"));
        session
    }

    /// Logged in; no resource is bound.
    fn authenticate(server: &Server, user: &str, wait: u32) -> Self {
        let mut session = Self::begin(server, wait);
        let proof = BASE64.encode(format!("\0{user}\0secret").as_bytes());
        let told = session.post(
            "",
            &format!("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{proof}</auth>"),
        );
        session.until(told, "<success");
        let told = session.post("xmpp:restart='true' to='example.org'", "");
        session.until(told, "xmpp-bind");
        session
    }
}

const PING: &str = "<iq xmlns='jabber:client' type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>";

#[test]
fn a_client_logs_in_talks_and_says_goodbye() {
    let server = Server::start();
    let mut john = server.log_in("john", "garden");
    let mut jane = Session::log_in(&server, "jane", "balcony", 2);
    jane.post(
        "",
        "<message xmlns='jabber:client' to='john@example.org/garden' type='chat'><body>hi</body></message>",
    );
    john.expect(&["<message", "from='jane@example.org/balcony'", "<body>hi</body>"]);
    john.send("<message to='jane@example.org/balcony' type='chat'><body>ho</body></message>");
    let told = jane.post("", "");
    jane.until(told, "<body>ho</body>");
    let told = jane.post("type='terminate'", "");
    assert!(told.contains("type='terminate'"), "{told}");
    let told = jane.post("", "");
    assert!(told.contains("condition='item-not-found'"), "{told}");
}

#[test]
fn a_session_goes_on_over_other_requests() {
    let server = Server::start();
    let mut john = server.log_in("john", "garden");
    let mut jane = Session::log_in(&server, "jane", "balcony", 2);
    let told = jane.post("", "<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
    let told = jane.until(told, "<enabled xmlns='urn:xmpp:sm:3'");
    let enabled = told.split("<enabled").nth(1).expect("an answer");
    let id = enabled.split(" id='").nth(1).and_then(|id| id.split('\'').next());
    let id = id.expect("an id");
    let told = jane.post("", PING);
    jane.until(told, "id='ping'");
    // The other requests live yet, and give way.
    let mut again = Session::authenticate(&server, "jane", 2);
    let told = again.post("", &format!("<resume xmlns='urn:xmpp:sm:3' previd='{id}' h='1'/>"));
    let told = again.until(told, "<resumed xmlns='urn:xmpp:sm:3'");
    assert!(told.contains("h='1'"), "{told}");
    let told = jane.post("", "");
    assert!(told.contains("conflict") || told.contains("item-not-found"), "{told}");
    john.send("<message to='jane@example.org/balcony' type='chat'><body>ho</body></message>");
    let told = again.post("", "");
    again.until(told, "<body>ho</body>");
}

#[test]
fn a_client_logs_in_and_binds_in_one_step() {
    let server = Server::behind_a_proxy();
    let mut jane = Session::begin_over(&server, 2, true);
    let proof = BASE64.encode(b"\0jane\0secret");
    let told = jane.post(
        "",
        &format!(
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>{proof}</initial-response>\
             <bind xmlns='urn:xmpp:bind:0'><tag>Browser</tag></bind></authenticate>"
        ),
    );
    let told = jane.until(told, "<success xmlns='urn:xmpp:sasl:2'");
    assert!(told.contains("jane@example.org/Browser~"), "{told}");
    let told = jane.post("", PING);
    jane.until(told, "id='ping'");
}

#[test]
fn a_request_waits_until_there_is_something_to_tell_or_another_one_comes() {
    let server = Server::start();
    let mut john = server.log_in("john", "garden");
    let mut jane = Session::log_in(&server, "jane", "balcony", 30);
    let (port, sid, rid) = (jane.port, jane.sid.clone(), jane.rid + 1);
    let waiting = thread::spawn(move || post(port, &format!("rid='{rid}' sid='{sid}'"), ""));
    john.send("<message to='jane@example.org/balcony' type='chat'><body>ho</body></message>");
    let told = waiting.join().expect("an answer");
    assert!(told.contains("<body>ho</body>"), "{told}");
    jane.rid += 1;
    // An answer that was lost is told again, and nothing is done twice.
    let again = post(jane.port, &format!("rid='{}' sid='{}'", jane.rid, jane.sid), "");
    assert_eq!(again, told);
    let told = jane.post("", PING);
    jane.until(told, "id='ping'");
}

#[test]
fn requests_take_effect_in_their_order_and_those_outside_the_window_end_the_session() {
    let server = Server::start();
    let mut john = server.log_in("john", "garden");
    let jane = Session::log_in(&server, "jane", "balcony", 2);
    let message = |text: &str| {
        format!("<message xmlns='jabber:client' to='john@example.org/garden' type='chat'><body>{text}</body></message>")
    };
    let (port, sid, later) = (jane.port, jane.sid.clone(), jane.rid + 2);
    let second = message("two");
    let early = thread::spawn(move || post(port, &format!("rid='{later}' sid='{sid}'"), &second));
    thread::sleep(std::time::Duration::from_millis(200));
    post(
        jane.port,
        &format!("rid='{}' sid='{}'", jane.rid + 1, jane.sid),
        &message("one"),
    );
    john.expect(&["<body>one</body>"]);
    john.expect(&["<body>two</body>"]);
    early.join().expect("an answer");
    let told = post(jane.port, &format!("rid='{}' sid='{}'", jane.rid + 99, jane.sid), "");
    assert!(told.contains("condition='item-not-found'"), "{told}");
    let told = post(jane.port, &format!("rid='{}' sid='{}'", jane.rid + 3, jane.sid), "");
    assert!(told.contains("condition='item-not-found'"), "{told}");
}

#[test]
fn what_is_no_request_of_a_session_is_refused() {
    let server = Server::start();
    let port = server.0.http_port;
    for (attributes, content, condition) in [
        ("sid='nobody' rid='1'", "", "item-not-found"),
        ("rid='1'", "", "improper-addressing"),
        ("to='example.org'", "", "bad-request"),
        ("to='example.org' rid='99999999999999999999'", "", "bad-request"),
        ("to='example.org' rid='1'", "<x", "bad-request"),
        ("to='example.org' rid='1'", "<!-- x -->", "bad-request"),
        ("to='example.org' rid='1'", "<?x y?>", "bad-request"),
        ("to='example.org' rid='1'", "&x;", "bad-request"),
        ("to='nowhere.example' rid='1' wait='1' hold='1'", "", "host-unknown"),
    ] {
        let told = post(port, attributes, content);
        assert!(
            told.contains(&format!("condition='{condition}'")),
            "{attributes}: {told}"
        );
    }
    let options = server
        .0
        .send(&Request::new("OPTIONS", "/http-bind"))
        .expect("an answer");
    assert_eq!(options.status, 204);
    assert_eq!(
        server.0.send(&Request::get("/http-bind")).expect("an answer").status,
        405
    );
}

#[test]
fn the_first_answer_promises_no_more_than_was_asked_for() {
    let server = Server::start();
    for (asked, wait, hold) in [("wait='5' hold='0'", 5, 0), ("wait='900' hold='7'", 60, 1)] {
        let told = post(server.0.http_port, &format!("rid='1' to='example.org' {asked}"), "");
        for part in [
            format!(" wait='{wait}'"),
            format!(" hold='{hold}'"),
            " requests='2'".to_owned(),
        ] {
            assert!(told.contains(&part), "{part} in {told}");
        }
        assert!(!told.contains(" stream='"), "one stream: {told}");
        assert!(
            told.contains("xmlns:stream='http://etherx.jabber.org/streams'"),
            "{told}"
        );
    }
}

#[test]
fn what_comes_with_the_end_of_a_session_takes_effect() {
    let server = Server::start();
    let mut john = server.log_in("john", "garden");
    let mut jane = Session::log_in(&server, "jane", "balcony", 2);
    let message = "<message xmlns='jabber:client' to='john@example.org/garden' type='chat'><body>bye</body></message>";
    let told = jane.post("type='terminate'", message);
    assert!(told.contains("type='terminate'"), "{told}");
    john.expect(&["<message", "<body>bye</body>"]);
}

#[test]
fn nobody_but_a_session_sends_large_requests() {
    let server = Server::start();
    let text = "x".repeat(20 * 1024);
    let message = format!(
        "<message xmlns='jabber:client' to='john@example.org/garden' type='chat'><body>{text}</body></message>"
    );
    let begin = "rid='1' to='example.org' wait='1' hold='1'";
    for attributes in [begin, "rid='1' sid='nobody'"] {
        let told = post(server.0.http_port, attributes, &message);
        assert!(told.contains("condition='bad-request'"), "{attributes}: {told}");
    }
    let mut john = server.log_in("john", "garden");
    let mut jane = Session::log_in(&server, "jane", "balcony", 2);
    jane.post("", &message);
    john.expect(&["<message", &text]);
    // What has no session logs in within the limits that hold over TCP.
    let mut stranger = Session::begin(&server, 2);
    let told = stranger.post("", &message);
    stranger.until(told, "policy-violation");
}

#[test]
fn requests_beside_the_one_stream_of_a_session_are_empty_ones() {
    let server = Server::start();
    let mut jane = Session::log_in(&server, "jane", "balcony", 1);
    let told = jane.post(
        "to='example.org' xml:lang='en' content='text/html' pause='5' ack='1'",
        "",
    );
    assert!(!told.contains("terminate") && !told.contains(" stream='"), "{told}");
    let told = jane.post("", PING);
    jane.until(told, "id='ping'");
}

#[test]
fn a_session_of_plain_http_is_not_taken_over_tls() {
    let server = Server::behind_a_proxy();
    let jane = Session::log_in(&server, "jane", "balcony", 2);
    let asked = request(&format!("rid='{}' sid='{}'", jane.rid + 1, jane.sid), "").header("X-Forwarded-Proto", "https");
    let told = server.0.send(&asked).expect("an answer").text();
    assert!(told.contains("condition='item-not-found'"), "{told}");
}
