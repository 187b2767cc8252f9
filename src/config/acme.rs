//! `[acme]`: certificates from an authority; meanings and defaults stand in `config.toml`.

use std::{net::SocketAddr, path::PathBuf};

use serde::Deserialize;

use super::{ConfigError, Http, Layers, values};
use crate::domain::address::Host;

/// `[acme]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acme {
    /// Empty: off.
    pub directory: String,
    pub agree_to_terms: bool,
    /// Empty: none.
    pub contact: String,
    /// Empty: those of the server.
    #[serde(deserialize_with = "values::domains")]
    pub domains: Vec<Host>,
    #[serde(deserialize_with = "values::address")]
    pub listen: SocketAddr,
    #[serde(deserialize_with = "values::optional_path")]
    pub root_certificate: Option<PathBuf>,
}

impl Acme {
    pub fn is_on(&self) -> bool {
        !self.directory.is_empty()
    }

    pub(super) fn check(&self, http: &Http, layers: &Layers) -> Result<(), ConfigError> {
        if !self.is_on() {
            return Ok(());
        }
        if !self.directory.starts_with("https://") {
            let expected = "expected a URL such as \"https://acme-v02.api.letsencrypt.org/directory\"";
            return Err(layers.invalid("acme.directory", expected));
        }
        if !self.agree_to_terms {
            let way_out = "the authority gives certificates to who agrees to its terms of service: read them and set this to true";
            return Err(layers.invalid("acme.agree_to_terms", way_out));
        }
        if !self.contact.is_empty() && !self.contact.contains('@') {
            return Err(layers.invalid("acme.contact", "expected an e-mail address, without mailto:"));
        }
        if http.certificate.is_some() {
            return Err(layers.invalid(
                "http.certificate",
                "acme.directory is set too: leave out one of the two",
            ));
        }
        Ok(())
    }
}
