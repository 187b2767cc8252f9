//! `[openfire]`: the Openfire REST API; meanings and defaults stand in `config.toml`.

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;

use super::{ConfigError, Layers, values};
use crate::domain::{address::Address, network::IpRange, secret::Secret, setting};

/// `[openfire]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Openfire {
    pub enabled: bool,
    pub auth: Auth,
    /// Empty: the one made at the first start counts.
    pub secret: Secret,
    #[serde(deserialize_with = "values::optional_path")]
    pub secret_file: Option<PathBuf>,
    /// Empty: none.
    pub previous_secret: Secret,
    #[serde(deserialize_with = "values::optional_path")]
    pub previous_secret_file: Option<PathBuf>,
    /// Empty: `admin` of the domain. Beside accounts that their operator made administrators.
    #[serde(deserialize_with = "values::accounts")]
    pub administrators: Vec<Address>,
    /// Empty: everybody.
    pub allowed_ips: Vec<String>,
    pub json_profile: JsonProfile,
    pub strict_json: bool,
    pub writable_security_properties: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    Basic,
    Secret,
    /// No class can be loaded here: acts as `Secret`, with a warning.
    Custom,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JsonProfile {
    Modern,
    Legacy,
}

impl Openfire {
    /// The properties that this section sets, by key; `made` is the secret of the first start, for
    /// where none is configured.
    pub fn properties(&self, made: &Secret) -> BTreeMap<&'static str, Secret> {
        let auth = match self.auth {
            Auth::Basic => "basic",
            Auth::Secret => "secret",
            Auth::Custom => "custom",
        };
        let secret = if self.secret.is_empty() { made } else { &self.secret };
        let mut properties = BTreeMap::from([
            (setting::ENABLED, Secret::new(self.enabled.to_string())),
            (setting::AUTH_MODE, Secret::new(auth)),
            (setting::SECRET, secret.clone()),
        ]);
        let lists = [
            (setting::ADMINISTRATORS, joined(&self.administrators)),
            (setting::ALLOWED_ADDRESSES, self.allowed_ips.join(",")),
        ];
        properties.extend(
            lists
                .into_iter()
                .filter(|(_, list)| !list.is_empty())
                .map(|(key, list)| (key, Secret::new(list))),
        );
        properties
    }

    /// Every item of `allowed_ips` can be read. A demonstration starts all the same, and such an item matches nothing,
    /// as it does where it is stored as a property.
    pub(super) fn check(&self, layers: &Layers) -> Result<(), ConfigError> {
        if layers.is_demonstration() {
            return Ok(());
        }
        let unreadable = self.allowed_ips.iter().find_map(|item| item.parse::<IpRange>().err());
        unreadable.map_or(Ok(()), |reason| Err(layers.invalid("openfire.allowed_ips", reason)))
    }
}

fn joined(items: &[impl ToString]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
