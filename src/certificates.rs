//! Certificates of every listener with TLS: read from PEM files or made once, and read again while the service
//! runs. TLS 1.2 and 1.3 with the ring provider; no client certificates.

mod der;
mod end_point;
mod validity;

use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

pub use validity::{Validity, validity};

/// Names of the files of a certificate that the service made itself.
const CERTIFICATE_FILE: &str = "certificate.pem";
const KEY_FILE: &str = "key.pem";

/// Why there is no usable certificate.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("cannot read {}: {source}; it must be a PEM file that the service may read", path.display())]
    Unreadable { path: PathBuf, source: pem::Error },
    #[error("{} holds no certificate; it must be a PEM file with the certificate chain, the server's first", path.display())]
    NoCertificate { path: PathBuf },
    #[error("the key in {} cannot be used with the certificate in {}: {source}", key.display(), certificate.display())]
    Unusable {
        certificate: PathBuf,
        key: PathBuf,
        source: rustls::Error,
    },
    #[error("cannot make a self-signed certificate for {hosts:?}: {source}; set http.certificate and http.key")]
    NotMade { hosts: Vec<String>, source: rcgen::Error },
    #[error("cannot write {}: {source}; make the folder writable or set http.certificate and http.key", path.display())]
    Unwritable { path: PathBuf, source: io::Error },
}

/// A certificate with its key that can be exchanged under running listeners. Clones are the same one.
#[derive(Clone)]
pub struct Certificates(Arc<Inner>);

/// A certificate ready to be shown, to each of the protocols that are spoken here.
struct Current {
    https: Arc<ServerConfig>,
    xmpp: Arc<ServerConfig>,
    /// Of the server's certificate, for channel binding.
    digest: Option<Arc<[u8]>>,
    validity: Option<Validity>,
}

struct Inner {
    certificate: PathBuf,
    key: PathBuf,
    current: ArcSwap<Current>,
    /// When the files were last changed before they were read.
    changed: Mutex<[Option<SystemTime>; 2]>,
}

impl Certificates {
    /// Reads a certificate chain and its private key. Blocks on the file system.
    pub fn read(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let changed = [modified(certificate), modified(key)];
        let current = read_current(certificate, key)?;
        Ok(Self(Arc::new(Inner {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            current: ArcSwap::from_pointee(current),
            changed: Mutex::new(changed),
        })))
    }

    /// Reads the service's own certificate in `directory`, which is made when it is not there: self-signed,
    /// ECDSA P-256, for `hosts` and the loopback names. Blocks on the file system.
    pub fn self_signed(directory: &Path, hosts: &[String]) -> Result<Self, TlsError> {
        let (certificate, key) = (directory.join(CERTIFICATE_FILE), directory.join(KEY_FILE));
        if !certificate.exists() || !key.exists() {
            let (made, made_key) = make(hosts)?;
            write(&key, &made_key, 0o600)?;
            write(&certificate, &made, 0o644)?;
        }
        Self::read(&certificate, &key)
    }

    /// Reads one file with a key and its chain, or makes it: self-signed, as `self_signed` does. Blocks on the file system.
    pub fn in_one_file(path: &Path, hosts: &[String]) -> Result<Self, TlsError> {
        if !path.exists() {
            let (certificate, key) = make(hosts)?;
            write(path, &format!("{key}{certificate}"), 0o600)?;
        }
        Self::read(path, path)
    }

    /// Reads the files again. On an error the certificate in use stays. Blocks on the file system.
    pub fn reload(&self) -> Result<(), TlsError> {
        let inner = &self.0;
        *inner.changed() = [modified(&inner.certificate), modified(&inner.key)];
        inner
            .current
            .store(Arc::new(read_current(&inner.certificate, &inner.key)?));
        Ok(())
    }

    /// Looks at the files every `interval` and reads them again when they have changed; never returns.
    pub async fn watch(self, interval: Duration) {
        loop {
            tokio::time::sleep(interval).await;
            let certificates = self.clone();
            let reloaded = tokio::task::spawn_blocking(move || certificates.reload_changed()).await;
            match reloaded {
                Ok(Ok(true)) => tracing::info!(certificate = %self.0.certificate.display(), "certificate read again"),
                Ok(Err(error)) => tracing::error!(%error, "the certificate in use stays"),
                Ok(Ok(false)) | Err(_) => {}
            }
        }
    }

    /// For HTTPS.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.current.load().https))
    }

    /// For XMPP, with the digest of the server's certificate that binds a login to it (RFC 5929 §4.1), if it has one.
    pub fn xmpp(&self) -> (Arc<ServerConfig>, Option<Arc<[u8]>>) {
        let current = self.0.current.load();
        (Arc::clone(&current.xmpp), current.digest.clone())
    }

    /// From when until when the certificate in use may be used; `None`: it does not say so as it should.
    pub fn validity(&self) -> Option<Validity> {
        self.0.current.load().validity
    }

    fn reload_changed(&self) -> Result<bool, TlsError> {
        let inner = &self.0;
        let found = [modified(&inner.certificate), modified(&inner.key)];
        if found == *inner.changed() {
            return Ok(false);
        }
        self.reload().map(|()| true)
    }
}

impl Inner {
    fn changed(&self) -> std::sync::MutexGuard<'_, [Option<SystemTime>; 2]> {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|metadata| metadata.modified()).ok()
}

fn read_current(certificate: &Path, key: &Path) -> Result<Current, TlsError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |source| TlsError::Unreadable { path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(certificate))?;
    let Some(first) = chain.first() else {
        return Err(TlsError::NoCertificate {
            path: certificate.to_owned(),
        });
    };
    let (digest, validity) = (end_point::digest(first), validity(first));
    let private_key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private_key))
        .map_err(|source| TlsError::Unusable {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            source,
        })?;
    // Tickets keep what a session needs with the client.
    config.ticketer = rustls::crypto::ring::Ticketer::new().map_err(|source| TlsError::Unusable {
        certificate: certificate.to_owned(),
        key: key.to_owned(),
        source,
    })?;
    // A client that asks for another protocol is refused, so that none is talked into the wrong one.
    let speaking = |protocol: &[u8]| {
        let mut config = config.clone();
        config.alpn_protocols = vec![protocol.to_vec()];
        Arc::new(config)
    };
    Ok(Current {
        https: speaking(b"http/1.1"),
        xmpp: speaking(b"xmpp-client"),
        digest,
        validity,
    })
}

/// A self-signed certificate for `hosts` and the loopback names, and its key, as PEM.
fn make(hosts: &[String]) -> Result<(String, String), TlsError> {
    let not_made = |source| TlsError::NotMade {
        hosts: hosts.to_owned(),
        source,
    };
    let mut names: Vec<String> = hosts
        .iter()
        .map(|host| idna::domain_to_ascii(host).unwrap_or_else(|_| host.clone()))
        .collect();
    for loopback in ["localhost", "127.0.0.1", "::1"] {
        if !names.iter().any(|name| name == loopback) {
            names.push(loopback.to_owned());
        }
    }
    let mut params = rcgen::CertificateParams::new(names.clone()).map_err(not_made)?;
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, names.swap_remove(0));
    let pair = rcgen::KeyPair::generate().map_err(not_made)?;
    let made = params.self_signed(&pair).map_err(not_made)?;
    Ok((made.pem(), pair.serialize_pem()))
}

/// Replaces a file in one step, so that nobody reads half of it or a key with wider permissions.
fn write(path: &Path, text: &str, mode: u32) -> Result<(), TlsError> {
    let draft = path.with_extension("new");
    let write_draft = || {
        if draft.exists() {
            std::fs::remove_file(&draft)?;
        }
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&draft, path)
    };
    write_draft().map_err(|source| TlsError::Unwritable {
        path: path.to_owned(),
        source,
    })
}
