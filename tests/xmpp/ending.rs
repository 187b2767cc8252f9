//! An administrator ends the service over XMPP (XEP-0133 §4.30, §4.31).

use std::time::{Duration, Instant};

use super::client::Client;
use super::server::Server;

const COMMANDS: &str = "http://jabber.org/protocol/commands";
const ADMIN: &str = "http://jabber.org/protocol/admin";

/// Longer than a start takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn order(server: &Server, command: &str) -> Client {
    let mut admin = Client::connect(server.0.xmpp_port, "admin", "admin", "office");
    let asked = admin.ask(
        &format!(
            "<iq to='example.org' type='set' id='one'><command xmlns='{COMMANDS}' node='{ADMIN}#{command}' \
             action='execute'/></iq>"
        ),
        "one",
    );
    let (_, rest) = asked.split_once("sessionid='").expect("the id of the command");
    let (id, _) = rest.split_once('\'').expect("the end of the id");
    let done = admin.ask(
        &format!(
            "<iq to='example.org' type='set' id='two'><command xmlns='{COMMANDS}' node='{ADMIN}#{command}' \
             sessionid='{id}'><x xmlns='jabber:x:data' type='submit'><field var='delay'><value>0</value></field></x>\
             </command></iq>"
        ),
        "two",
    );
    assert!(done.contains("status='completed'"), "{done}");
    admin
}

#[test]
fn a_shutdown_ends_the_process_and_says_goodbye() {
    let mut server = Server::start();
    // Who has logged in and bound nothing is told as well.
    let mut jane = Client::log_in(server.0.xmpp_port, "jane", "secret", "");
    let mut admin = order(&server, "shutdown");
    for client in [&mut admin, &mut jane] {
        let said = client.expect_end();
        assert!(said.iter().any(|last| last.contains("<system-shutdown")), "{said:?}");
    }
    server.0.wait_for_end();
}

#[test]
fn a_restart_ends_every_stream_and_lets_everybody_in_again() {
    let server = Server::start();
    let mut admin = order(&server, "restart");
    admin.expect_end();
    // The socket of the old process may still take a connection that it will not serve.
    let starts = || {
        let log = server.0.log();
        let listens = |line: &&str| line.contains("listening") && line.contains("xmpp.listen");
        log.lines().filter(listens).count()
    };
    let since = Instant::now();
    while starts() < 2 {
        assert!(since.elapsed() < PATIENCE, "it does not come back:\n{}", server.0.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    server.connect("jane", "balcony").sync();
}
