//! Pebble, the certificate authority for tests, and the server of names that comes with it: all names lead to this machine.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firekeeper::certificates::Certificates;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::json;

use super::support::ports::free_port;

/// A certificate authority until it is dropped.
pub struct Authority {
    folder: tempfile::TempDir,
    port: u16,
    management: u16,
    /// Where it asks whether a domain is served.
    pub challenge_port: u16,
    processes: Vec<Child>,
}

/// The program `name`: in the folder that `PEBBLE` names, or installed.
fn program(name: &str) -> Option<PathBuf> {
    let own = std::env::var_os("PEBBLE").map(PathBuf::from);
    let installed = std::env::var_os("PATH").unwrap_or_default();
    own.into_iter()
        .chain(std::env::split_paths(&installed))
        .map(|folder| folder.join(name))
        .find(|path| path.exists())
}

impl Authority {
    /// One whose certificates are valid for so many seconds; `None` where Pebble is not installed.
    pub fn start(validity: u32) -> Option<Self> {
        let (Some(pebble), Some(names)) = (program("pebble"), program("pebble-challtestsrv")) else {
            eprintln!("pebble is not installed: certificates are not ordered (tests/acme/run installs it)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        Certificates::self_signed(folder.path(), &["localhost".to_owned()]).unwrap();
        let [port, management, challenge_port, names_port] = [(); 4].map(|()| free_port());
        let config = json!({"pebble": {
            "listenAddress": format!("127.0.0.1:{port}"),
            "managementListenAddress": format!("127.0.0.1:{management}"),
            "certificate": folder.path().join("certificate.pem"),
            "privateKey": folder.path().join("key.pem"),
            "httpPort": challenge_port,
            "tlsPort": challenge_port,
            "keyAlgorithm": "ecdsa",
            "retryAfter": {"authz": 1, "order": 1},
            "profiles": {"default": {"description": "the only one", "validityPeriod": validity}},
        }});
        let file = folder.path().join("pebble.json");
        fs::write(&file, config.to_string()).unwrap();
        let log = File::create(folder.path().join("log.txt")).unwrap();
        let names = Command::new(names)
            .args([
                "-dnsserver",
                &format!("127.0.0.1:{names_port}"),
                "-defaultIPv4",
                "127.0.0.1",
                "-defaultIPv6",
                "",
            ])
            .args(["-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", ""])
            .args(["-management", &format!("127.0.0.1:{}", free_port())])
            .stdout(log.try_clone().unwrap())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        let pebble = Command::new(pebble)
            .arg("-config")
            .arg(&file)
            .args(["-dnsserver", &format!("127.0.0.1:{names_port}")])
            .env("PEBBLE_VA_NOSLEEP", "1")
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        let authority = Self {
            folder,
            port,
            management,
            challenge_port,
            processes: vec![names, pebble],
        };
        let since = Instant::now();
        while [management, names_port]
            .iter()
            .any(|port| TcpStream::connect(("127.0.0.1", *port)).is_err())
        {
            assert!(since.elapsed() < Duration::from_mins(1), "{}", authority.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(authority)
    }

    pub fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }

    pub fn directory(&self) -> String {
        format!("https://{}/dir", self.host())
    }

    /// The root of its own TLS.
    pub fn root_certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log.txt")).unwrap_or_default()
    }

    /// What its certificates end in.
    pub fn roots(&self) -> RootCertStore {
        let mut own = RootCertStore::empty();
        own.add(CertificateDer::from_pem_file(self.root_certificate()).unwrap())
            .unwrap();
        let mut stream = connect(self.management, "localhost", own).expect("the management of pebble");
        stream
            .write_all(b"GET /roots/0 HTTP/1.0\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        // Pebble leaves without a goodbye of TLS.
        let _ = stream.read_to_string(&mut answer);
        let (_, pem) = answer.split_once("\r\n\r\n").unwrap();
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap())
            .unwrap();
        roots
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        for process in &mut self.processes {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// A TLS connection to a port of this machine under a name, after its handshake; `None`: its certificate is not believed.
pub fn connect(port: u16, name: &str, roots: RootCertStore) -> Option<StreamOwned<ClientConnection, TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut connection = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut socket = TcpStream::connect(("127.0.0.1", port)).ok()?;
    while connection.is_handshaking() {
        connection.complete_io(&mut socket).ok()?;
    }
    Some(StreamOwned::new(connection, socket))
}
