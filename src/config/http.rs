//! `[http]`: listeners, TLS, proxies and limits; meanings and defaults stand in `config.toml`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use serde::Deserialize;

use super::values;
use crate::domain::network::IpRange;

/// `[http]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    #[serde(deserialize_with = "values::optional_address")]
    pub listen: Option<SocketAddr>,
    #[serde(deserialize_with = "values::optional_address")]
    pub tls_listen: Option<SocketAddr>,
    pub listeners: Vec<Listener>,
    #[serde(deserialize_with = "values::optional_path")]
    pub certificate: Option<PathBuf>,
    #[serde(deserialize_with = "values::optional_path")]
    pub key: Option<PathBuf>,
    pub trusted_proxies: Vec<IpRange>,
    pub request_ids: bool,
    #[serde(deserialize_with = "values::duration")]
    pub drain_delay: Duration,
    pub limits: Limits,
}

/// `[http.limits]`: sizes in bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    #[serde(deserialize_with = "values::size")]
    pub max_body: usize,
    #[serde(deserialize_with = "values::size")]
    pub max_head: usize,
    #[serde(deserialize_with = "values::at_least_one")]
    pub max_connections: u32,
    #[serde(deserialize_with = "values::duration")]
    pub header_timeout: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub body_timeout: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub write_timeout: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub idle_timeout: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub handshake_timeout: Duration,
    #[serde(deserialize_with = "values::duration")]
    pub drain_timeout: Duration,
}

/// A listener of its own port, beside `listen` and `tls_listen`, which serve every group.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listener {
    #[serde(deserialize_with = "values::address")]
    pub listen: SocketAddr,
    #[serde(default)]
    pub tls: bool,
    pub routes: Vec<RouteGroup>,
}

/// What a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RouteGroup {
    Admin,
    Probes,
    Xmpp,
    Upload,
    Metrics,
}

impl RouteGroup {
    pub const ALL: [Self; 5] = [Self::Admin, Self::Probes, Self::Xmpp, Self::Upload, Self::Metrics];
}
