//! Certificates from an authority, against Pebble where it is installed.

mod authority;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use authority::{Authority, connect};
use rustls::RootCertStore;
use support::ports::free_port;
use support::service::{Service, Settings};

const MONTHS: u32 = 90 * 24 * 3600;

fn settings(authority: &Authority, xmpp_port: u16) -> Settings {
    Settings::default()
        .with("server.domain", "xmpp.example")
        .with("server.hosts", "bücher.example")
        .with("acme.directory", authority.directory())
        .with("acme.agree_to_terms", "true")
        .with("acme.contact", "admin@xmpp.example")
        .with("acme.listen", format!("127.0.0.1:{}", authority.challenge_port))
        .with("acme.root_certificate", authority.root_certificate().to_string_lossy())
        .with("xmpp.tls_listen", format!("127.0.0.1:{xmpp_port}"))
        .with("http.drain_delay", "0s")
}

fn start(settings: Settings) -> Service {
    Service::start_with(settings, &["serve"]).unwrap_or_else(|log| panic!("no start:\n{log}"))
}

/// The certificate that is shown under a name, if it ends in `roots`.
fn shown(port: u16, name: &str, roots: &RootCertStore) -> Option<Vec<u8>> {
    let stream = connect(port, name, roots.clone())?;
    Some(stream.conn.peer_certificates()?.first()?.to_vec())
}

fn wait_for<T>(what: &str, service: &Service, authority: &Authority, look: impl Fn() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        let waited = since.elapsed();
        assert!(
            waited < Duration::from_mins(2),
            "{what}: {}\n{}",
            service.log(),
            authority.log()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_certificate_comes_while_the_service_runs_and_stays() {
    let Some(authority) = Authority::start(MONTHS) else {
        return;
    };
    let roots = authority.roots();
    let xmpp_port = free_port();
    let mut service = start(settings(&authority, xmpp_port));
    let first = wait_for("a certificate", &service, &authority, || {
        shown(service.tls_port, "xmpp.example", &roots)
    });
    assert_eq!(
        shown(service.tls_port, "xn--bcher-kva.example", &roots).as_ref(),
        Some(&first)
    );
    assert_eq!(
        shown(xmpp_port, "xmpp.example", &roots).as_ref(),
        Some(&first),
        "XMPP shows another"
    );
    assert_eq!(shown(service.tls_port, "other.example", &roots), None);

    let folder = service.data_directory().join("acme");
    for file in fs::read_dir(&folder).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{file:?}");
    }
    let account = fs::read(folder.join("account.json")).unwrap();
    service.restart();
    assert_eq!(
        shown(service.tls_port, "xmpp.example", &roots),
        Some(first),
        "it was ordered again"
    );
    assert_eq!(fs::read(folder.join("account.json")).unwrap(), account);
    // Nobody learns what is not asked for by the authority.
    let mut stream = TcpStream::connect(("127.0.0.1", authority.challenge_port)).unwrap();
    write!(
        stream,
        "GET /.well-known/acme-challenge/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "), "{answer}");
}

#[test]
fn the_certificate_is_renewed_in_time_without_a_restart() {
    let Some(authority) = Authority::start(6) else { return };
    let roots = authority.roots();
    let service = start(settings(&authority, free_port()));
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let next = wait_for("another certificate", &service, &authority, || {
            shown(service.tls_port, "xmpp.example", &roots).filter(|shown| !seen.contains(shown))
        });
        seen.push(next);
    }
}

#[test]
fn other_domains_are_another_order() {
    let Some(authority) = Authority::start(MONTHS) else {
        return;
    };
    let roots = authority.roots();
    let own = settings(&authority, free_port());
    let mut service = start(own.clone().with("acme.domains", "one.example"));
    wait_for("a certificate", &service, &authority, || {
        shown(service.tls_port, "one.example", &roots)
    });
    service.restart_with(own.with("acme.domains", "one.example,two.example"));
    wait_for("a new certificate", &service, &authority, || {
        shown(service.tls_port, "two.example", &roots)
    });
}

#[test]
fn an_account_that_the_authority_has_forgotten_is_made_again() {
    let Some(first) = Authority::start(MONTHS) else { return };
    let mut service = start(settings(&first, free_port()));
    let roots = first.roots();
    wait_for("a certificate", &service, &first, || {
        shown(service.tls_port, "xmpp.example", &roots)
    });
    // Another authority, and so that the service does not see it from the address, the account is put in its name.
    let second = Authority::start(MONTHS).expect("pebble");
    let account = service.data_directory().join("acme/account.json");
    let text = fs::read_to_string(&account).unwrap();
    fs::write(&account, text.replace(&first.host(), &second.host())).unwrap();
    service.restart_with(settings(&second, free_port()));
    let roots = second.roots();
    wait_for("a certificate", &service, &second, || {
        shown(service.tls_port, "xmpp.example", &roots)
    });
}

#[test]
fn without_an_authority_the_service_serves_with_what_it_has() {
    let Some(authority) = Authority::start(MONTHS) else {
        return;
    };
    let nobody = format!("https://localhost:{}/dir", free_port());
    let service = start(settings(&authority, free_port()).with("acme.directory", nobody));
    wait_for("a line in the log", &service, &authority, || {
        service
            .log()
            .contains("no new certificate; the one in use stays")
            .then_some(())
    });
    let own = service.data_directory().join("acme/certificate.pem");
    assert!(fs::read_to_string(own).unwrap().contains("BEGIN CERTIFICATE"));
    assert!(TcpStream::connect(("127.0.0.1", service.tls_port)).is_ok());
}

#[test]
fn a_refused_domain_is_named_with_the_reason_of_the_authority() {
    let Some(authority) = Authority::start(MONTHS) else {
        return;
    };
    // nobody listens where the authority asks
    let elsewhere = format!("127.0.0.1:{}", free_port());
    let service = start(settings(&authority, free_port()).with("acme.listen", elsewhere));
    wait_for("a line in the log", &service, &authority, || {
        let log = service.log();
        let line = log.lines().find(|line| line.contains("no new certificate"))?.to_owned();
        assert!(
            line.contains("does not believe that xmpp.example is here") || line.contains("xn--bcher"),
            "{line}"
        );
        Some(())
    });
}
