//! Why a configuration cannot be used: each error names the setting, its value, where it was set and the way out.

use std::path::PathBuf;

use super::Origin;

/// The first fault found in a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration file cannot be read or is no TOML.
    #[error("cannot read the configuration file {}: {reason}", path.display())]
    File { path: PathBuf, reason: String },

    /// No setting has this name.
    #[error("unknown setting {key} = {value} ({origin}): {way_out}")]
    Unknown {
        key: String,
        value: String,
        origin: Origin,
        way_out: String,
    },

    /// The value does not fit the setting.
    #[error("{key} = {value} ({origin}) cannot be used: {reason}")]
    Invalid {
        key: String,
        value: String,
        origin: Origin,
        reason: String,
    },

    /// A `--set` without `section.key=value`.
    #[error("--set {text:?} is no setting: write --set section.key=value, such as --set http.listen=127.0.0.1:8080")]
    Setting { text: String },
}
