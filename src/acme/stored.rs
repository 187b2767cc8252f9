//! What is kept between starts: the account, the certificate with its key in one file, so that the two are replaced
//! together, and what that certificate was ordered for.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::PathBuf,
};

use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde::{Deserialize, Serialize};

use super::{AcmeError, Settings};
use crate::{
    certificates::{Validity, validity},
    data_dir::write_private,
};

#[derive(Clone, Debug)]
pub struct Stored {
    folder: PathBuf,
}

/// What a certificate was ordered for.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Issued {
    directory: String,
    domains: Vec<String>,
}

impl Issued {
    pub fn by(settings: &Settings) -> Self {
        Self {
            directory: settings.directory.clone(),
            domains: settings.domains.clone(),
        }
    }
}

impl Stored {
    pub fn open(folder: PathBuf) -> Result<Self, AcmeError> {
        match DirBuilder::new().recursive(true).mode(0o700).create(&folder) {
            Ok(()) => Ok(Self { folder }),
            Err(cause) => Err(AcmeError::File { path: folder, cause }),
        }
    }

    /// The key and the chain.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("certificate.pem")
    }

    fn issued(&self) -> PathBuf {
        self.folder.join("issued.json")
    }

    fn account(&self) -> PathBuf {
        self.folder.join("account.json")
    }

    /// The validity of the certificate, if it is one that was ordered for `wanted`.
    pub fn validity(&self, wanted: &Issued) -> Option<Validity> {
        let issued = fs::read(self.issued()).ok()?;
        let issued: Issued = serde_json::from_slice(&issued).ok()?;
        let leaf = CertificateDer::from_pem_file(self.certificate()).ok()?;
        (issued == *wanted).then(|| validity(&leaf)).flatten()
    }

    /// Puts a new certificate in the place of the former one; it must be one, as the next start depends on it.
    pub fn replace(&self, bundle: &str, issued: &Issued) -> Result<Validity, AcmeError> {
        let leaf = CertificateDer::from_pem_slice(bundle.as_bytes()).map_err(|_| AcmeError::NoCertificate)?;
        let validity = validity(&leaf).ok_or(AcmeError::NoCertificate)?;
        let issued = serde_json::to_string(issued).map_err(io::Error::from);
        let issued = issued.and_then(|text| {
            write_private(&self.certificate(), bundle)?;
            write_private(&self.issued(), &text)
        });
        issued.map_err(|cause| AcmeError::File {
            path: self.folder.clone(),
            cause,
        })?;
        Ok(validity)
    }

    /// The credentials of the account, as the client of ACME wrote them.
    pub fn read_account<T: for<'de> Deserialize<'de>>(&self) -> Result<Option<T>, AcmeError> {
        let path = self.account();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(AcmeError::File { path, cause }),
        };
        match serde_json::from_slice(&text) {
            Ok(account) => Ok(Some(account)),
            Err(cause) => Err(AcmeError::Account { path, cause }),
        }
    }

    pub fn write_account(&self, account: &impl Serialize) -> Result<(), AcmeError> {
        let path = self.account();
        let written = serde_json::to_string(account)
            .map_err(io::Error::from)
            .and_then(|text| write_private(&path, &text));
        written.map_err(|cause| AcmeError::File { path, cause })
    }
}
