//! The certificate of the running service, as an HTTPS client sees it.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    path::Path,
    sync::Arc,
};

use firekeeper::certificates::Certificates;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};

use super::place::{Place, wait_until};

const FILES: [&str; 2] = ["certificate.pem", "key.pem"];

/// Asks over TLS, trusting nothing but the certificate in `folder`; the status line.
fn get(address: &str, folder: &Path) -> Option<String> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(folder.join(FILES[0])).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    let mut connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = TcpStream::connect(address).unwrap();
    let mut stream = rustls::Stream::new(&mut connection, &mut socket);
    let request = "GET /plugins/restapi/v1/system/liveness HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.lines().next().map(str::to_owned)
}

#[test]
fn a_hangup_makes_https_clients_see_the_new_certificate() {
    let place = Place::new();
    let (used, new) = (place.path().join("used"), place.path().join("new"));
    for folder in [&used, &new] {
        fs::create_dir(folder).unwrap();
        Certificates::self_signed(folder, &["example.org".into()]).unwrap();
    }
    let setting = |key: &str, file: &str| format!("http.{key}={}", used.join(file).display());
    let (certificate, key) = (setting("certificate", FILES[0]), setting("key", FILES[1]));
    let service = place.serve(&["serve", "--set", &certificate, "--set", &key]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    let (_, rest) = text.split_once("https://").unwrap();
    let address = rest.split('/').next().unwrap();
    assert_eq!(get(address, &used).as_deref(), Some("HTTP/1.1 200 OK"));
    assert_eq!(get(address, &new), None);

    // what looks at the age of the files sees no change, so the signal alone can tell
    let before = fs::read(used.join(FILES[0])).unwrap();
    for file in FILES {
        let age = fs::metadata(used.join(file)).unwrap().modified().unwrap();
        fs::copy(new.join(file), used.join(file)).unwrap();
        File::options()
            .append(true)
            .open(used.join(file))
            .unwrap()
            .set_modified(age)
            .unwrap();
    }
    assert_ne!(fs::read(used.join(FILES[0])).unwrap(), before);
    assert_eq!(get(address, &new), None, "nothing was read again yet");
    service.signal("-HUP");
    wait_until("the new certificate is shown", || get(address, &new).is_some());
    assert_eq!(get(address, &new).as_deref(), Some("HTTP/1.1 200 OK"));
    assert_eq!(service.stop(), Some(0));
}
