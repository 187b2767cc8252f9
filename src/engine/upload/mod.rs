//! Files that clients put on the server (XEP-0363): the service `upload.<host>` gives out places for them. The files
//! themselves come and go over HTTP, which is not known here.

mod slot;
mod upkeep;

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub use slot::register;

use super::Engine;
use crate::domain::upload::{Upload, UploadState, is_id};
use crate::domain::{Error, Result};
use crate::storage::uploads;

/// The files of the server, for who serves them.
#[derive(Clone)]
pub struct Uploads {
    engine: Engine,
    folder: PathBuf,
}

impl Engine {
    /// `None`: no files are taken.
    pub fn uploads(&self) -> Option<Uploads> {
        let settings = self.settings().upload.as_ref()?;
        Some(Uploads {
            engine: self.clone(),
            folder: settings.folder.clone(),
        })
    }
}

impl Uploads {
    /// What is known of a file; nothing of an id that nobody was given.
    pub async fn find(&self, id: &str) -> Result<Option<Upload>> {
        if !is_id(id) {
            return Ok(None);
        }
        let id = id.to_owned();
        let store = self.engine.store();
        store.read(move |connection| uploads::find(connection, &id)).await
    }

    /// Where the content of a file stands, and where it stands while it comes. An id that was found names nothing else.
    pub fn places(&self, id: &str) -> (PathBuf, PathBuf) {
        let place = |ending: &str| Path::new(&self.folder).join(format!("{id}{ending}"));
        (place(""), place(".part"))
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// From now on somebody puts the file. `false`: somebody did before.
    pub async fn begin(&self, id: &str) -> Result<bool> {
        self.advance(id, UploadState::Expected, UploadState::Coming).await
    }

    /// It is on disk. `Unavailable` when its owner has gone meanwhile.
    pub async fn finish(&self, id: &str) -> Result<()> {
        if self.advance(id, UploadState::Coming, UploadState::Stored).await? {
            return Ok(());
        }
        Err(Error::unavailable("the file is not wanted any more"))
    }

    /// It did not come whole, and may be put again.
    pub async fn give_up(&self, id: &str) -> Result<()> {
        let moved = self.advance(id, UploadState::Coming, UploadState::Expected);
        moved.await.map(drop)
    }

    async fn advance(&self, id: &str, from: UploadState, to: UploadState) -> Result<bool> {
        let id = id.to_owned();
        let store = self.engine.store();
        store
            .write(move |transaction| uploads::advance(transaction, &id, from, to))
            .await
    }
}

/// Whether `permit` allows to put the file.
pub fn permits(upload: &Upload, permit: &str) -> bool {
    digest(permit).ct_eq(&upload.permit).into()
}

fn digest(permit: &str) -> Vec<u8> {
    Sha256::digest(permit.as_bytes()).to_vec()
}
