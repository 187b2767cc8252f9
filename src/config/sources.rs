//! Where settings come from: the file, the demonstration, credentials, the environment, the command line, in this order.

use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

use toml::Table;

use super::{ConfigError, Layers, Origin};

const FILE: &str = "config.toml";
const PREFIX: &str = "FIREKEEPER__";
/// systemd.exec(5), Credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// What `--demo` sets: the state in which people and tests try the service out.
const DEMO: &str = r#"
[server]
domain = "example.org"
data_dir = "data-demo"
[openfire]
enabled = true
auth = "secret"
secret = "potato"
[userservice]
enabled = true
"#;

/// What a start was given. No `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub struct Sources {
    /// Must exist when named; otherwise `config.toml` of the working directory counts, if there is one.
    pub file: Option<PathBuf>,
    pub demo: bool,
    /// Variables `FIREKEEPER__SECTION__KEY`, and `CREDENTIALS_DIRECTORY`; others are ignored.
    pub environment: Vec<(OsString, OsString)>,
    /// `section.key=value`, from the command line.
    pub settings: Vec<String>,
}

impl Sources {
    /// The merged settings.
    pub fn layers(&self) -> Result<Layers, ConfigError> {
        let mut layers = Layers::new()?;
        if let Some((path, table)) = self.read_file()? {
            layers.overlay(&table, &Origin::File(path))?;
        }
        if self.demo {
            layers.overlay(&parse(Path::new("--demo"), DEMO)?, &Origin::Demo)?;
        }
        self.overlay_credentials(&mut layers)?;
        self.overlay_environment(&mut layers)?;
        for text in &self.settings {
            let (key, value) = text
                .split_once('=')
                .ok_or_else(|| ConfigError::Setting { text: text.clone() })?;
            layers.set_text(key.trim(), value, &Origin::CommandLine)?;
        }
        Ok(layers)
    }

    /// The folder from which relative paths count.
    pub fn folder(&self) -> PathBuf {
        self.file
            .as_deref()
            .and_then(Path::parent)
            .map(Path::to_path_buf)
            .unwrap_or_default()
    }

    fn read_file(&self) -> Result<Option<(PathBuf, Table)>, ConfigError> {
        let path = self.file.clone().unwrap_or_else(|| PathBuf::from(FILE));
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some((path.clone(), parse(&path, &text)?))),
            Err(cause) if cause.kind() == io::ErrorKind::NotFound && self.file.is_none() => Ok(None),
            Err(cause) => Err(ConfigError::File {
                path,
                reason: format!("{cause}; name an existing file with --config"),
            }),
        }
    }

    /// Files of the folder that a supervisor made for secrets, named like the setting that they hold.
    fn overlay_credentials(&self, layers: &mut Layers) -> Result<(), ConfigError> {
        let variable = |(name, _): &&(OsString, OsString)| name == CREDENTIALS;
        let Some((_, folder)) = self.environment.iter().find(variable) else {
            return Ok(());
        };
        let folder = Path::new(folder);
        let unreadable = |cause: io::Error| ConfigError::File {
            path: folder.to_owned(),
            reason: format!("{cause}; {CREDENTIALS} must name a folder that this user may read"),
        };
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            // Beside the files, Kubernetes keeps links to folders whose names begin with dots.
            let (Some(name), Some(value)) = (path.file_name().and_then(|name| name.to_str()), path.to_str()) else {
                continue;
            };
            if !name.starts_with('.') {
                layers.set_file(name, value, &Origin::Credential(path.clone()))?;
            }
        }
        Ok(())
    }

    fn overlay_environment(&self, layers: &mut Layers) -> Result<(), ConfigError> {
        let mut settings = Vec::new();
        for (name, value) in &self.environment {
            let Some(name) = name.to_str() else { continue };
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            settings.push((name, key.to_lowercase().replace("__", "."), value));
        }
        settings.sort();
        for (name, key, value) in &settings {
            let origin = Origin::Environment((*name).to_owned());
            let Some(value) = value.to_str() else {
                return Err(layers.invalid(key, format!("{name} is not UTF-8")));
            };
            // A twin in the same place, see `Layers::overlay`; a variable that is set but empty counts as not set.
            let twin = format!("{key}_file");
            if !value.is_empty()
                && settings
                    .iter()
                    .any(|(_, other, text)| *other == twin && !text.is_empty())
            {
                return Err(layers.invalid(&twin, format!("{name} is set too: keep one of the two")));
            }
            layers.set_text(key, value, &origin)?;
        }
        Ok(())
    }
}

fn parse(path: &Path, text: &str) -> Result<Table, ConfigError> {
    text.parse().map_err(|cause: toml::de::Error| ConfigError::File {
        path: path.to_owned(),
        reason: located(&cause, text),
    })
}

/// The message and where: without the line itself, which may hold a secret.
fn located(cause: &toml::de::Error, text: &str) -> String {
    let before = cause.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    format!("line {line}: {}", cause.message())
}
