//! The data directory: made for its owner only, refused on NFS, and locked by the one process that uses it.
//!
//! SQLite's own locks do not stop two services from answering over one database; this lock does (DESIGN: "the data
//! directory is locked by the running service").

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::fs::{NFS_SUPER_MAGIC, statfs};

/// A data directory in use by this process, until dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

/// Why a data directory cannot be used. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    #[error("server.data_dir = {} cannot be used: {cause}; name a directory that this user may write", path.display())]
    Unusable { path: PathBuf, cause: io::Error },
    #[error("server.data_dir = {} does not exist: name the one of the service", path.display())]
    Missing { path: PathBuf },
    #[error(
        "server.data_dir = {} is on NFS, where a database gets damaged: name a directory on a local disk",
        path.display()
    )]
    Network { path: PathBuf },
    #[error(
        "server.data_dir = {} is in use by {holder}: stop that one, or name another directory",
        path.display()
    )]
    Locked { path: PathBuf, holder: String },
}

impl DataDir {
    /// Locks the directory of a service that has run before.
    pub fn open_existing(path: &Path) -> Result<Self, DataDirError> {
        if !path.exists() {
            return Err(DataDirError::Missing { path: path.to_owned() });
        }
        Self::open(path)
    }

    /// Makes the directory when it is missing, and locks it.
    pub fn open(path: &Path) -> Result<Self, DataDirError> {
        let unusable = |cause| DataDirError::Unusable {
            path: path.to_owned(),
            cause,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .map_err(unusable)?;
        if statfs(path).map_err(|cause| unusable(cause.into()))?.f_type == NFS_SUPER_MAGIC {
            return Err(DataDirError::Network { path: path.to_owned() });
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let lock_path = path.join("lock");
        let mut lock = options.open(&lock_path).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let holder = fs::read_to_string(&lock_path).unwrap_or_default();
                return Err(DataDirError::Locked {
                    path: path.to_owned(),
                    holder: holder_named(holder.trim()),
                });
            }
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        lock.set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(unusable)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn database(&self) -> PathBuf {
        self.path.join("firekeeper.db")
    }
}

/// Writes a file that only its owner may read. It is complete and on disk, or not there.
pub fn write_private(path: &Path, content: &str) -> io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(content.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

fn holder_named(process: &str) -> String {
    if process.is_empty() {
        "another process".to_owned()
    } else {
        format!("process {process}")
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_directory_is_made_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b");
        let data_dir = DataDir::open(&path).unwrap();
        assert_eq!(mode(data_dir.path()), 0o700);
        assert_eq!(mode(&path.join("lock")), 0o600);
    }

    #[test]
    fn a_directory_in_use_is_refused_until_it_is_free() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataDir::open(folder.path()).unwrap();
        let message = DataDir::open(folder.path()).unwrap_err().to_string();
        let process = format!("process {}", std::process::id());
        assert!(
            message.contains("server.data_dir") && message.contains(&process),
            "{message}"
        );
        drop(first);
        DataDir::open(folder.path()).unwrap();
    }

    #[test]
    fn a_path_that_is_a_file_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let message = DataDir::open(file.path()).unwrap_err().to_string();
        assert!(message.contains("server.data_dir"), "{message}");
    }

    #[test]
    fn a_private_file_is_private_also_when_it_was_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("initial-credentials");
        fs::write(&path, "old").unwrap();
        write_private(&path, "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(mode(&path), 0o600);
    }
}
