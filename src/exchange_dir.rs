//! The one folder where commands of the running service may read and write files (`server.exchange_dir`).
//!
//! Whoever may give commands must not be able to make the service overwrite its configuration or read another's files.

use std::{
    fs::DirBuilder,
    io,
    os::unix::fs::DirBuilderExt,
    path::{Component, Path, PathBuf},
};

use crate::domain::Error;

/// The folder; it is made when it is first used.
#[derive(Clone, Debug)]
pub struct ExchangeDir(PathBuf);

impl ExchangeDir {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where the file `name` is or shall be: `Invalid` for a name that leads out of the folder.
    pub fn file(&self, name: &str) -> Result<PathBuf, Error> {
        let relative = Path::new(name);
        let is_plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_plain || name.is_empty() {
            return Err(self.outside(name));
        }
        let unusable = |cause: io::Error| {
            Error::unavailable(format!(
                "server.exchange_dir = {} cannot be used: {cause}",
                self.0.display()
            ))
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.0)
            .map_err(unusable)?;
        let folder = self.0.canonicalize().map_err(unusable)?;
        let path = folder.join(relative);
        // A link below the folder may lead out of it again.
        let parent = path.parent().and_then(|parent| parent.canonicalize().ok());
        match parent {
            Some(parent) if parent.starts_with(&folder) && !path.is_symlink() => Ok(path),
            _ => Err(self.outside(name)),
        }
    }

    fn outside(&self, name: &str) -> Error {
        let reason = format!(
            "name a file in server.exchange_dir = {}, counted from there",
            self.0.display()
        );
        Error::invalid("file", name, reason)
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn a_file_stands_in_the_folder_and_nowhere_else() {
        let place = tempfile::tempdir().unwrap();
        let exchange = ExchangeDir::new(place.path().join("exchange"));
        let path = exchange.file("backup.db").unwrap();
        assert_eq!(path, place.path().canonicalize().unwrap().join("exchange/backup.db"));
        fs::create_dir(place.path().join("exchange/sub")).unwrap();
        exchange.file("sub/backup.db").unwrap();
        symlink(place.path(), place.path().join("exchange/out")).unwrap();
        symlink(place.path().join("other"), place.path().join("exchange/link.db")).unwrap();
        for name in [
            "",
            "/etc/passwd",
            "../backup.db",
            "sub/../../x",
            ".",
            "out/backup.db",
            "link.db",
            "missing/x",
        ] {
            let message = exchange.file(name).unwrap_err().to_string();
            assert!(message.contains("server.exchange_dir"), "{name:?}: {message}");
        }
    }
}
