//! The door to the database: `read` and `write`, each on its own threads.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::lanes::Lane;
use super::open::{self, OpenError, Options};
use super::writer::{Listener, Transaction, Writer};
use super::{offline, restoration, rooms};
use crate::domain::health::WriterState;
use crate::domain::{Error, Result};

#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    pub(super) readers: r2d2::Pool<r2d2_sqlite::SqliteConnectionManager>,
    pub(super) writer: Writer,
}

impl Store {
    /// Opens or makes the database at `path`.
    pub fn open(path: &Path, options: &Options) -> Result<Self, OpenError> {
        if let Err(cause) = restoration::clean_up(path) {
            tracing::warn!(%cause, "what an interrupted restoration has left stays for now");
        }
        let connection = open::open_writer(path, options.page_cache)?;
        rooms::remove_temporary(&connection)
            .and_then(|()| offline::release_all(&connection))
            .map_err(|cause| OpenError::Unreadable {
                path: path.to_owned(),
                cause: Box::new(cause),
            })?;
        let readers = open::open_readers(path, options)?;
        let writer = Writer::start(connection, options).map_err(|cause| OpenError::Writer {
            path: path.to_owned(),
            cause,
        })?;
        Ok(Self {
            path: path.to_owned(),
            readers,
            writer,
        })
    }

    /// Adds a listener that hears of every change from now on.
    pub fn listen(&self, listener: Listener) {
        self.writer.listen(listener);
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `query` on a reader's connection, off the async threads.
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let readers = self.readers.clone();
        let reading = tokio::task::spawn_blocking(move || {
            let connection = readers
                .get()
                .map_err(|_| Error::unavailable("no database connection is free"))?;
            query(&connection)
        });
        reading.await.map_err(Error::internal)?
    }

    /// Runs `job` in the writer's next transaction and answers once that is on disk. The job may
    /// run twice (when others of its group failed), so it must not consume what it captured; it is
    /// committed even if the caller stops waiting.
    pub async fn write<T: Send + 'static>(
        &self,
        job: impl FnMut(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.submit(Lane::Changes, job).await
    }

    /// Queues a job of a client's stanza at once, behind all that was queued so before; awaiting it is only for the
    /// answer. Otherwise as [`Store::write`], but bulk changes do not stand in its way.
    pub fn submit<T, J>(&self, job: J) -> impl Future<Output = Result<T>> + Send + use<T, J>
    where
        T: Send + 'static,
        J: FnMut(&mut Transaction<'_>) -> Result<T> + Send + 'static,
    {
        self.writer.submit(Lane::Chat, job)
    }

    /// What the writer is doing, for the probes.
    pub fn writer_state(&self) -> WriterState {
        self.writer.state()
    }

    /// Finishes every job that is queued and closes the writer. Later writes are `Unavailable`.
    pub async fn close(&self) {
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{TestStore, query_plan};
    use super::*;

    #[tokio::test]
    async fn a_start_reads_no_table_from_end_to_end() {
        let test = TestStore::with_accounts(&[]).await;
        test.read(|connection| {
            for (sql, index) in [
                (rooms::REMOVE_TEMPORARY, "rooms_of_one_run"),
                (offline::RELEASE_ALL, "offline_messages_held"),
            ] {
                let steps = query_plan(connection, sql, []);
                assert!(steps.iter().any(|step| step.contains(index)), "{sql}\n{steps:#?}");
            }
            Ok(())
        })
        .await;
    }
}
