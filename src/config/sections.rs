//! The small sections; meanings and defaults stand in `config.toml`.

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

use super::values;
use crate::domain::address::Host;

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    #[serde(deserialize_with = "values::domain")]
    pub domain: Host,
    #[serde(deserialize_with = "values::domains")]
    pub hosts: Vec<Host>,
    pub data_dir: PathBuf,
    pub exchange_dir: PathBuf,
    pub initial_admin: bool,
    #[serde(deserialize_with = "values::optional_path")]
    pub initial_admin_password_file: Option<PathBuf>,
}

impl Server {
    /// Every host that is served, the primary one first.
    pub fn all_hosts(&self) -> impl Iterator<Item = &Host> {
        std::iter::once(&self.domain).chain(&self.hosts)
    }
}

/// `[storage]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Storage {
    #[serde(deserialize_with = "values::at_least_one")]
    pub max_group: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub write_queue: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub readers: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub cached_accounts: u32,
    /// Bytes.
    #[serde(deserialize_with = "values::size")]
    pub page_cache: usize,
}

/// `[accounts]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    #[serde(deserialize_with = "values::scram_iterations")]
    pub scram_iterations: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub hashing_queue: u32,
    /// Zero: verified credentials are not remembered.
    #[serde(deserialize_with = "values::duration")]
    pub credential_memory: Duration,
    #[serde(deserialize_with = "values::at_least_one")]
    pub credential_memory_size: u32,
    #[serde(deserialize_with = "values::at_least_one")]
    pub wrong_passwords: u32,
    #[serde(deserialize_with = "values::duration")]
    pub wrong_passwords_window: Duration,
}

/// `[audit]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    #[serde(deserialize_with = "values::duration")]
    pub retention: Duration,
}

/// `[userservice]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Userservice {
    pub enabled: bool,
}

/// `[upload]`: sizes in bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    pub enabled: bool,
    /// Empty: made of the domain and the port of `http.tls_listen`.
    pub url: String,
    #[serde(deserialize_with = "values::size")]
    pub max_size: usize,
    #[serde(deserialize_with = "values::size")]
    pub quota: usize,
    pub files: u32,
    /// Zero: for ever.
    #[serde(deserialize_with = "values::duration")]
    pub age: Duration,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    /// Directives of `tracing_subscriber::EnvFilter`, checked.
    #[serde(deserialize_with = "values::log_level")]
    pub level: String,
    pub access: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}
