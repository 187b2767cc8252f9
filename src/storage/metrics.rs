//! What is measured of the database.

use crate::metrics::{Collectors, reading};

use super::store::Store;
use super::{audit, uploads};

impl Store {
    /// The metrics of this database.
    pub fn collectors(&self) -> Collectors {
        let writer = self.writer.metrics();
        let mut collectors: Collectors = vec![
            Box::new(writer.transaction.clone()),
            Box::new(writer.commit.clone()),
            Box::new(writer.group.clone()),
            Box::new(writer.failures.clone()),
        ];
        let mut read = |name, help, read: fn(&Store) -> Option<u64>| {
            let store = self.clone();
            collectors.push(reading(name, help, move || read(&store)));
        };
        read(
            "firekeeper_storage_write_queue_depth",
            "Changes that wait for the writer.",
            |store| Some(store.writer.queued().0 as u64),
        );
        read(
            "firekeeper_storage_write_queue_limit",
            "Changes that may wait for the writer; storage.write_queue.",
            |store| Some(store.writer.queued().1 as u64),
        );
        read(
            "firekeeper_storage_writer_alive",
            "1 while the writer runs; 0: only a restart helps.",
            |store| Some(store.writer_state().alive.into()),
        );
        read(
            "firekeeper_storage_failing",
            "1 while the last change could not be stored.",
            |store| Some(store.writer_state().failing.into()),
        );
        read(
            "firekeeper_storage_readers_busy",
            "Reading connections that are in use.",
            |store| {
                let pool = store.readers.state();
                Some(pool.connections.saturating_sub(pool.idle_connections).into())
            },
        );
        read(
            "firekeeper_storage_database_bytes",
            "Size of the database file.",
            |store| Some(size(store, "")),
        );
        read(
            "firekeeper_storage_log_bytes",
            "Size of the write-ahead log.",
            |store| Some(size(store, "-wal")),
        );
        read(
            "firekeeper_audit_entries",
            "Entries of the security audit log, by the numbers of the oldest and the newest.",
            |store| {
                let connection = store.readers.try_get()?;
                audit::span(&connection).ok()
            },
        );
        read(
            "firekeeper_upload_bytes",
            "Size of the files that clients have put, and of those that are to come.",
            |store| {
                let connection = store.readers.try_get()?;
                uploads::total(&connection).ok()
            },
        );
        collectors
    }
}

/// Bytes of the database file with this ending; 0 when there is none.
fn size(store: &Store, ending: &str) -> u64 {
    let mut path = store.path().as_os_str().to_owned();
    path.push(ending);
    std::fs::metadata(path).map_or(0, |file| file.len())
}
