//! Layers of TOML over the defaults: knows for each key its kind and where its value was set; refuses unknown keys.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};
use toml::{Table, Value};

use super::{ConfigError, DEFAULTS};

/// What is shown instead of a secret.
const HIDDEN: &str = "…";

/// Settings that name files with credentials and do not end in `_file`.
const NAMES_OF_FILES: [&str; 2] = ["http.certificate", "http.key"];

/// Where a value was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File(PathBuf),
    Demo,
    /// The file.
    Credential(PathBuf),
    /// The name of the variable.
    Environment(String),
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::File(path) => write!(f, "from {}", path.display()),
            Self::Demo => f.write_str("set by --demo"),
            Self::Credential(path) => write!(f, "from the credential {}", path.display()),
            Self::Environment(name) => write!(f, "from the environment variable {name}"),
            Self::CommandLine => f.write_str("from --set"),
        }
    }
}

/// The merged settings.
#[derive(Clone)]
pub struct Layers {
    values: Table,
    defaults: Table,
    origins: BTreeMap<String, Origin>,
}

impl Layers {
    /// The defaults alone.
    pub fn new() -> Result<Self, ConfigError> {
        let defaults: Table = DEFAULTS.parse().map_err(|cause: toml::de::Error| ConfigError::File {
            path: "config.toml (compiled in)".into(),
            reason: cause.to_string(),
        })?;
        Ok(Self {
            values: defaults.clone(),
            defaults,
            origins: BTreeMap::new(),
        })
    }

    /// Whether `--demo` is among the layers.
    pub fn is_demonstration(&self) -> bool {
        self.origins.values().any(|origin| matches!(origin, Origin::Demo))
    }

    /// Lays a whole table over what is there.
    pub fn overlay(&mut self, table: &Table, origin: &Origin) -> Result<(), ConfigError> {
        self.overlay_section("", table, origin)
    }

    fn overlay_section(&mut self, section: &str, table: &Table, origin: &Origin) -> Result<(), ConfigError> {
        for (name, value) in table {
            let key = join(section, name);
            match (self.default(&key), value) {
                (Some(Value::Table(_)), Value::Table(inner)) => self.overlay_section(&key, inner, origin)?,
                _ => self.set(&key, value.clone(), origin)?,
            }
        }
        let both = table
            .keys()
            .find(|name| set_in(table, name) && set_in(table, &format!("{name}_file")));
        match both {
            Some(name) => Err(self.invalid(
                &join(section, &format!("{name}_file")),
                format!("{name} is set in the same place: keep one of the two"),
            )),
            None => Ok(()),
        }
    }

    /// Sets one key from a text: verbatim where the default is a text, otherwise as TOML, a list also with commas.
    pub fn set_text(&mut self, key: &str, text: &str, origin: &Origin) -> Result<(), ConfigError> {
        let value = match self.default(key) {
            Some(Value::String(_)) | None => Some(Value::String(text.to_owned())),
            Some(Value::Array(_)) => Some(list(text)),
            Some(_) => toml_value(text),
        };
        self.set(key, value.unwrap_or_else(|| Value::String(text.to_owned())), origin)
    }

    /// Names the file that holds the value of `key`: by its twin that ends in `_file`, or itself if it names files anyway.
    pub fn set_file(&mut self, key: &str, path: &str, origin: &Origin) -> Result<(), ConfigError> {
        let twin = format!("{key}_file");
        let key = if self.default(&twin).is_some() { &twin } else { key };
        if !key.ends_with("_file") && !NAMES_OF_FILES.contains(&key) {
            return Err(self.unknown(key, &Value::String(path.to_owned()), origin));
        }
        self.set(key, Value::String(path.to_owned()), origin)
    }

    fn set(&mut self, key: &str, value: Value, origin: &Origin) -> Result<(), ConfigError> {
        let Some(default) = self.default(key) else {
            return Err(self.unknown(key, &value, origin));
        };
        if !default.same_type(&value) {
            return Err(ConfigError::Invalid {
                key: key.to_owned(),
                value: self.without_secret(key, &value),
                origin: origin.clone(),
                reason: format!("expected {}", kind(default)),
            });
        }
        if let (Some(twin), false) = (self.twin(key), is_empty(&value)) {
            self.store(&twin, Value::String(String::new()), origin);
        }
        self.store(key, value, origin);
        Ok(())
    }

    fn store(&mut self, key: &str, value: Value, origin: &Origin) {
        let mut table = &mut self.values;
        let mut rest = key;
        while let Some((section, inner)) = rest.split_once('.') {
            let Some(Value::Table(next)) = table.get_mut(section) else {
                return;
            };
            (table, rest) = (next, inner);
        }
        table.insert(rest.to_owned(), value);
        self.origins.insert(key.to_owned(), origin.clone());
    }

    /// Where the value of `key` was set.
    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or(Origin::Default)
    }

    /// Settings that are not at their default: key, value as shown to people, origin.
    pub fn changed(&self) -> impl Iterator<Item = (&str, String, &Origin)> {
        self.origins
            .iter()
            .filter(|(key, _)| look_up(&self.values, key) != look_up(&self.defaults, key))
            .map(|(key, origin)| (key.as_str(), self.shown(key), origin))
    }

    /// Reads the settings into their types.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, ConfigError> {
        serde_path_to_error::deserialize(Value::Table(self.values.clone())).map_err(|error| {
            let key = setting_of(error.path());
            let reason = error.inner().to_string();
            self.invalid(&key, reason.trim_end().replace('\n', " "))
        })
    }

    /// The error of a setting whose value cannot be used.
    pub fn invalid(&self, key: &str, reason: impl Into<String>) -> ConfigError {
        ConfigError::Invalid {
            key: key.to_owned(),
            value: self.shown(key),
            origin: self.origin(key),
            reason: reason.into(),
        }
    }

    fn shown(&self, key: &str) -> String {
        match look_up(&self.values, key) {
            Some(Value::String(text)) if self.is_secret(key) && !text.is_empty() => HIDDEN.to_owned(),
            Some(value) => value.to_string(),
            None => "nothing".to_owned(),
        }
    }

    fn default(&self, key: &str) -> Option<&Value> {
        look_up(&self.defaults, key)
    }

    fn is_secret(&self, key: &str) -> bool {
        self.default(&format!("{key}_file")).is_some()
    }

    fn twin(&self, key: &str) -> Option<String> {
        let twin = key
            .strip_suffix("_file")
            .map_or_else(|| format!("{key}_file"), str::to_owned);
        self.default(&twin).map(|_| twin)
    }

    fn unknown(&self, key: &str, value: &Value, origin: &Origin) -> ConfigError {
        let near = self.nearest(key);
        ConfigError::Unknown {
            key: key.to_owned(),
            value: match &near {
                Some(near) if self.is_secret(near) => HIDDEN.to_owned(),
                _ => self.without_secret(key, value),
            },
            origin: origin.clone(),
            way_out: match near {
                Some(near) => format!("did you mean {near}?"),
                None => "remove it; the config.toml of the project lists every setting".to_owned(),
            },
        }
    }

    /// A secret under a mistyped name, or in a table that stands where none should, is still a secret.
    fn without_secret(&self, key: &str, value: &Value) -> String {
        let value = value.to_string();
        let names_secret = |text: &str| ["secret", "password"].iter().any(|word| text.contains(word));
        if self.is_secret(key) || names_secret(key) || names_secret(&value) {
            HIDDEN.to_owned()
        } else {
            value
        }
    }

    fn nearest(&self, key: &str) -> Option<String> {
        let mut known = Vec::new();
        collect_keys("", &self.defaults, &mut known);
        known
            .into_iter()
            .map(|candidate| (strsim::damerau_levenshtein(key, &candidate), candidate))
            .filter(|(distance, _)| *distance <= 3)
            .min()
            .map(|(_, candidate)| candidate)
    }
}

fn join(section: &str, name: &str) -> String {
    if section.is_empty() {
        name.to_owned()
    } else {
        format!("{section}.{name}")
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_str().is_some_and(str::is_empty)
}

fn set_in(table: &Table, name: &str) -> bool {
    table.get(name).is_some_and(|value| !is_empty(value))
}

fn look_up<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        None => table.get(key),
        Some((section, rest)) => look_up(table.get(section)?.as_table()?, rest),
    }
}

fn collect_keys(section: &str, table: &Table, keys: &mut Vec<String>) {
    for (name, value) in table {
        match value {
            Value::Table(inner) => collect_keys(&join(section, name), inner, keys),
            _ => keys.push(join(section, name)),
        }
    }
}

fn kind(default: &Value) -> &'static str {
    match default {
        Value::Boolean(_) => "true or false",
        Value::Integer(_) | Value::Float(_) => "a number without quotes",
        Value::Array(_) => "a list in brackets, such as [\"a\", \"b\"]",
        Value::Table(_) => "a section with settings of its own",
        Value::String(_) | Value::Datetime(_) => "a text in quotes",
    }
}

/// The setting behind a path inside the values: positions in lists are left out.
fn setting_of(path: &Path) -> String {
    let names = path.iter().map_while(|segment| match segment {
        Segment::Map { key } => Some(key.as_str()),
        _ => None,
    });
    names.collect::<Vec<_>>().join(".")
}

fn toml_value(text: &str) -> Option<Value> {
    let mut table: Table = format!("value = {text}").parse().ok()?;
    (table.len() == 1).then(|| table.remove("value")).flatten()
}

/// A TOML list, a JSON list (JSON objects are no TOML), or texts between commas.
fn list(text: &str) -> Value {
    if !text.trim_start().starts_with('[') {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        return Value::Array(items.map(|item| Value::String(item.to_owned())).collect());
    }
    toml_value(text)
        .or_else(|| serde_json::from_str(text).ok().and_then(from_json))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

fn from_json(json: serde_json::Value) -> Option<Value> {
    Some(match json {
        serde_json::Value::Null => return None,
        serde_json::Value::Bool(value) => Value::Boolean(value),
        serde_json::Value::Number(number) => Value::Integer(number.as_i64()?),
        serde_json::Value::String(text) => Value::String(text),
        serde_json::Value::Array(items) => Value::Array(items.into_iter().map(from_json).collect::<Option<_>>()?),
        serde_json::Value::Object(fields) => Value::Table(
            fields
                .into_iter()
                .map(|(key, value)| Some((key, from_json(value)?)))
                .collect::<Option<_>>()?,
        ),
    })
}
