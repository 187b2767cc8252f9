//! What `deploy/` says is what the program knows: paths, ports, settings, times. No container and no cluster is started.

mod docker;
mod kubernetes;
#[path = "../support/mod.rs"]
mod support;
mod systemd;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use firekeeper::config::{Config, Sources};

fn deployed(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy").join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(deployed(path)).unwrap_or_else(|cause| panic!("deploy/{path}: {cause}"))
}

/// The settings of a configuration file.
fn configured(path: &Path) -> Config {
    Config::load(&Sources {
        file: Some(path.to_owned()),
        ..Sources::default()
    })
    .unwrap_or_else(|error| panic!("{error}"))
}

/// Every port that a configuration listens on.
fn ports(config: &Config) -> BTreeSet<u16> {
    let usual = [
        config.http.listen,
        config.http.tls_listen,
        config.xmpp.listen,
        config.xmpp.tls_listen,
        config.xmpp.proxy_listen,
    ];
    let further = config.http.listeners.iter().map(|listener| listener.listen);
    usual
        .into_iter()
        .flatten()
        .chain(further)
        .map(|address| {
            assert!(address.ip().is_unspecified(), "nobody else reaches {address}");
            address.port()
        })
        .collect()
}
