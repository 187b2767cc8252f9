//! Certificates, their exchange, and clients that do not speak TLS.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use firekeeper::certificates::Certificates;
use firekeeper::http::Limits;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;

use super::harness::{Client, GET, PATIENCE, Server, limits};

type TlsStream = tokio_rustls::client::TlsStream<TcpStream>;

fn certificates(directory: &tempfile::TempDir) -> Certificates {
    Certificates::self_signed(directory.path(), &["xmpp.example".into()]).unwrap()
}

/// A TLS client that trusts exactly the certificate in the folder.
async fn connect_tls(server: &Server, directory: &tempfile::TempDir, name: &str) -> std::io::Result<Client<TlsStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(directory.path().join("certificate.pem")).unwrap())
        .unwrap();
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .map(Client)
}

#[tokio::test]
async fn a_self_signed_certificate_serves_its_hosts_and_loopback() {
    let directory = tempfile::tempdir().unwrap();
    let server = Server::start_with(limits(), Some(certificates(&directory))).await;
    for name in ["xmpp.example", "localhost", "127.0.0.1"] {
        let mut client = connect_tls(&server, &directory, name).await.unwrap();
        client.send("GET /peer HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert_eq!(client.answer().await.body, "127.0.0.1 true");
    }
    assert!(connect_tls(&server, &directory, "other.example").await.is_err());
}

#[tokio::test]
async fn the_key_is_readable_by_its_owner_only_and_made_once() {
    let directory = tempfile::tempdir().unwrap();
    certificates(&directory);
    let key = directory.path().join("key.pem");
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let before = std::fs::read(&key).unwrap();
    certificates(&directory);
    assert_eq!(std::fs::read(&key).unwrap(), before);
}

#[tokio::test]
async fn a_changed_certificate_is_used_without_a_restart() {
    let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let certificates = certificates(&directory);
    let server = Server::start_with(limits(), Some(certificates.clone())).await;
    tokio::spawn(certificates.clone().watch(Duration::from_millis(20)));
    let mut open = connect_tls(&server, &directory, "localhost").await.unwrap();

    std::fs::write(directory.path().join("certificate.pem"), "garbage").unwrap();
    assert!(certificates.reload().is_err());
    self::certificates(&other);
    assert!(connect_tls(&server, &other, "localhost").await.is_err());

    for file in ["certificate.pem", "key.pem"] {
        std::fs::copy(other.path().join(file), directory.path().join(file)).unwrap();
    }
    let start = Instant::now();
    while connect_tls(&server, &other, "localhost").await.is_err() {
        assert!(start.elapsed() < PATIENCE, "the new certificate is not used");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    open.send(GET).await;
    assert_eq!(open.answer().await.status, 200);
}

#[tokio::test]
async fn a_handshake_that_is_garbage_or_never_ends_is_dropped() {
    let directory = tempfile::tempdir().unwrap();
    let short_of_a_handshake = Limits {
        handshake_timeout: Duration::from_secs(2),
        ..limits()
    };
    let server = Server::start_with(short_of_a_handshake, Some(certificates(&directory))).await;
    let mut plain = server.connect_and_send(GET).await;
    assert!(!plain.rest().await.contains("HTTP"));
    let mut stalled = server.connect_and_send("\x16\x03\x01").await;
    stalled.rest().await;
    server.wait_for_open(0).await;
    let mut client = connect_tls(&server, &directory, "localhost").await.unwrap();
    client.send(GET).await;
    assert_eq!(client.answer().await.status, 200);
}

#[tokio::test]
async fn a_key_of_another_certificate_is_an_error_that_names_both_files() {
    let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    certificates(&directory);
    certificates(&other);
    let read = |certificate: &str, key: &str| {
        Certificates::read(&directory.path().join(certificate), &other.path().join(key))
            .err()
            .unwrap()
            .to_string()
    };
    let error = read("certificate.pem", "key.pem");
    assert!(
        error.contains("certificate.pem") && error.contains("key.pem"),
        "{error}"
    );
    let error = read("missing.pem", "key.pem");
    assert!(
        error.contains("cannot read") && error.contains("missing.pem"),
        "{error}"
    );
}
