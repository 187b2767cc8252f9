//! The configuration: what can be set, where a value came from, and what it means.
//!
//! `config.toml` at the root of the project is compiled in and is the one source of defaults, of the known keys and of
//! the kind of each value. Layers are merged as TOML (`layers`), then read once into the types of the sections.
//! This module opens no network and no database; it reads the configuration file and the files of secrets.

mod acme;
mod error;
mod http;
mod layers;
mod openfire;
pub mod reference;
mod secret_files;
mod sections;
mod sources;
mod values;
mod xmpp;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use serde::Deserialize;

pub use acme::Acme;
pub use error::ConfigError;
pub use http::{Http, Limits, Listener, RouteGroup};
pub use layers::{Layers, Origin};
pub use openfire::{Auth, JsonProfile, Openfire};
pub use sections::{Accounts, Audit, Log, LogFormat, Server, Storage, Upload, Userservice};
pub use sources::Sources;
pub use values::parse_duration;
pub use xmpp::{Archive, Invitations, PushTold, Xmpp, XmppLimits};

use crate::domain::{secret::Secret, setting};

/// Every setting and its default, as shown to people.
pub const DEFAULTS: &str = include_str!("../../config.toml");

/// The settings of a running service, checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub http: Http,
    pub acme: Acme,
    pub storage: Storage,
    pub accounts: Accounts,
    pub audit: Audit,
    pub xmpp: Xmpp,
    pub openfire: Openfire,
    pub userservice: Userservice,
    pub upload: Upload,
    pub log: Log,
}

impl Config {
    /// Reads and checks everything that `sources` names.
    pub fn load(sources: &Sources) -> Result<Self, ConfigError> {
        Self::from_layers(&sources.layers()?, &sources.folder())
    }

    /// The settings of `layers`; relative paths count from `folder`.
    pub fn from_layers(layers: &Layers, folder: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = layers.read()?;
        config.resolve_paths(folder);
        secret_files::read(&mut config, layers)?;
        config.check(layers)?;
        Ok(config)
    }

    /// The settings that are also server properties, by the key of the property, with their text;
    /// `made` is the shared secret of the first start, for where none is configured.
    pub fn properties(&self, made: &Secret) -> BTreeMap<&'static str, Secret> {
        let mut properties = self.openfire.properties(made);
        let no = || Secret::new("false");
        properties.extend([
            (setting::DOMAIN, Secret::new(self.server.domain.as_str())),
            (setting::ANONYMOUS_LOGIN, Secret::new(self.xmpp.anonymous.to_string())),
            (setting::LOG_REQUESTS, no()),
        ]);
        let ports = [
            (setting::HTTP_PORT, self.http.listen),
            (setting::HTTPS_PORT, self.http.tls_listen),
        ];
        let ports = ports
            .into_iter()
            .filter_map(|(key, address)| Some((key, address?.port())));
        properties.extend(ports.map(|(key, port)| (key, Secret::new(port.to_string()))));
        properties
    }

    fn resolve_paths(&mut self, folder: &Path) {
        let server = &mut self.server;
        server.data_dir = folder.join(&server.data_dir);
        server.exchange_dir = match &server.exchange_dir {
            path if path.as_os_str().is_empty() => server.data_dir.join("exchange"),
            path => folder.join(path),
        };
        let optional: [&mut Option<PathBuf>; 7] = [
            &mut server.initial_admin_password_file,
            &mut self.http.certificate,
            &mut self.http.key,
            &mut self.acme.root_certificate,
            &mut self.openfire.secret_file,
            &mut self.openfire.previous_secret_file,
            &mut self.xmpp.turn_secret_file,
        ];
        for path in optional.into_iter().flatten() {
            *path = folder.join(&path);
        }
        for shown in &mut self.xmpp.certificates {
            shown.certificate = folder.join(&shown.certificate);
            shown.key = folder.join(&shown.key);
        }
    }

    /// What no single value shows: settings that must fit together.
    fn check(&self, layers: &Layers) -> Result<(), ConfigError> {
        if self.http.certificate.is_some() != self.http.key.is_some() {
            let (set, missing) = match self.http.certificate {
                Some(_) => ("http.certificate", "http.key"),
                None => ("http.key", "http.certificate"),
            };
            return Err(layers.invalid(set, format!("set {missing} too, or neither of the two")));
        }
        if self.http.listen.is_none() && self.http.tls_listen.is_none() && self.http.listeners.is_empty() {
            return Err(layers.invalid(
                "http.listen",
                "nothing would listen: set http.listen or http.tls_listen",
            ));
        }
        if let Some(twice) = self.server.hosts.iter().find(|host| **host == self.server.domain) {
            return Err(layers.invalid(
                "server.hosts",
                format!("{twice} is server.domain already, leave it out"),
            ));
        }
        self.acme.check(&self.http, layers)?;
        self.openfire.check(layers)
    }
}
