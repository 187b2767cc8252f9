//! Brings a finished file, or a folder of files, to the place that was asked for. Nothing that stands there is replaced.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
};

use crate::storage::copy::synchronise_folder;

/// Why a file could not be brought to its place.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    #[error("{} exists already: name another file, or remove it", path.display())]
    Taken { path: PathBuf },
    #[error("{} cannot be written: {cause}", path.display())]
    Unwritable { path: PathBuf, cause: io::Error },
}

/// `Taken` when something stands at `path`.
pub fn check_free(path: &Path) -> Result<(), PlaceError> {
    match path.symlink_metadata() {
        Ok(_) => Err(PlaceError::Taken { path: path.to_owned() }),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(cause) => Err(unwritable(path)(cause)),
    }
}

/// The name under which `path` is made; it becomes `path` when it is complete.
pub fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    path.with_file_name(name)
}

/// Moves the complete file or folder of files `from` to `to`, onto another disk as well.
pub fn move_into_place(from: &Path, to: &Path) -> Result<(), PlaceError> {
    check_free(to)?;
    let moved = match fs::rename(from, to) {
        Err(cause) if cause.kind() == io::ErrorKind::CrossesDevices => copy_into_place(from, to),
        other => other,
    };
    moved
        .and_then(|()| synchronise_folder(folder_of(to)))
        .map_err(unwritable(to))
}

fn copy_into_place(from: &Path, to: &Path) -> io::Result<()> {
    let unfinished = unfinished(to);
    if from.is_dir() {
        copy_folder(from, &unfinished)
            .and_then(|()| fs::rename(&unfinished, to))
            .inspect_err(|_| drop(fs::remove_dir_all(&unfinished)))?;
        return fs::remove_dir_all(from);
    }
    copy_file(from, &unfinished)
        .and_then(|()| fs::rename(&unfinished, to))
        .inspect_err(|_| drop(fs::remove_file(&unfinished)))?;
    fs::remove_file(from)
}

fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    DirBuilder::new().mode(0o700).create(to)?;
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        copy_file(&from.join(&name), &to.join(&name))?;
    }
    synchronise_folder(to)
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    fs::File::open(to)?.sync_all()
}

/// The folder that `path` stands in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> PlaceError {
    let path = path.to_owned();
    move |cause| PlaceError::Unwritable { path, cause }
}
