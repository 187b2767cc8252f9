//! Each host shows its own certificate where it has one (RFC 6120 §13.7.1.2), and a new one without a restart.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use super::support::service::{Service, Settings};
use super::support::xmpp::{Client, PATIENCE};

/// Writes a new certificate for that host and its key.
fn make(folder: &Path, host: &str) {
    let pair = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec![host.to_owned()]).expect("a host");
    let certificate = params.self_signed(&pair).expect("a certificate");
    fs::write(folder.join("key.pem"), pair.serialize_pem()).expect("a file");
    fs::write(folder.join("certificate.pem"), certificate.pem()).expect("a file");
}

fn trusts(port: u16, host: &str, certificate: &Path) -> bool {
    let mut client = Client::dial(port, host).expect("a connection");
    client.start_tls(certificate).is_ok() && client.open().is_ok()
}

#[test]
fn a_host_shows_its_own_certificate_and_a_new_one_without_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    make(folder.path(), "example.net");
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    let of_host = format!(
        "[{{ host = \"example.net\", certificate = \"{}\", key = \"{}\" }}]",
        certificate.display(),
        key.display()
    );
    let settings = Settings::demo()
        .with("server.hosts", "[\"example.net\"]")
        .with("xmpp.certificates", of_host);
    let service = Service::demo(settings);
    let port = service.xmpp_port;
    let standard = service.data_directory().join("certificate.pem");
    assert!(trusts(port, "example.net", &certificate));
    assert!(trusts(port, "example.org", &standard));
    assert!(!trusts(port, "example.net", &standard));
    assert!(!trusts(port, "example.org", &certificate));

    make(folder.path(), "example.net");
    assert!(
        !trusts(port, "example.net", &certificate),
        "the new one is not known yet"
    );
    let asked = Command::new("kill")
        .args(["-HUP", &service.process_id().to_string()])
        .status();
    assert!(asked.is_ok_and(|status| status.success()), "kill -HUP");
    let until = Instant::now() + PATIENCE;
    while !trusts(port, "example.net", &certificate) {
        assert!(Instant::now() < until, "the new certificate is not shown");
    }
}
