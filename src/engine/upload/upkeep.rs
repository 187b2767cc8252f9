//! Removes files that are too old, that belong to nobody, or that never came.

use std::io::ErrorKind;
use std::time::Duration;

use jiff::SignedDuration;

use super::Uploads;
use crate::domain::Result;
use crate::engine::Engine;
use crate::storage::uploads;

const INTERVAL: Duration = Duration::from_mins(5);

/// How long a place is kept for a file.
const PATIENCE: SignedDuration = SignedDuration::from_mins(15);

/// Files that go in one job.
const SLICE: usize = 100;

impl Engine {
    /// Keeps the files few from now on. Never ends, unless no files are taken.
    pub async fn keep_uploads_few(self) {
        let Some(files) = self.uploads() else { return };
        let begun = self
            .store()
            .write(|transaction| uploads::forget_coming(transaction))
            .await;
        if let Err(cause) = begun {
            tracing::warn!(%cause, "files that were being uploaded cannot be uploaded again");
        }
        let mut ticks = tokio::time::interval(INTERVAL);
        loop {
            ticks.tick().await;
            if let Err(cause) = remove_outdated(&files).await {
                tracing::warn!(%cause, "old uploaded files stay for now");
            }
        }
    }
}

async fn remove_outdated(files: &Uploads) -> Result<()> {
    let engine = &files.engine;
    let now = engine.clock().now();
    let age = engine.settings().upload.as_ref().and_then(|settings| settings.age);
    let stored = age
        .and_then(|age| SignedDuration::try_from(age).ok())
        .and_then(|age| now.checked_sub(age).ok());
    let expected = now.checked_sub(PATIENCE).unwrap_or(now);
    loop {
        let ids = engine
            .store()
            .read(move |connection| uploads::list_outdated(connection, stored, expected, SLICE))
            .await?;
        for id in &ids {
            let (whole, part) = files.places(id);
            for path in [whole, part] {
                match tokio::fs::remove_file(&path).await {
                    Err(error) if error.kind() != ErrorKind::NotFound => {
                        tracing::warn!(%error, path = %path.display(), "an uploaded file is not removed");
                    }
                    _ => {}
                }
            }
        }
        let last = ids.len() < SLICE;
        engine
            .store()
            .write(move |transaction| uploads::remove(transaction, &ids))
            .await?;
        if last {
            return Ok(());
        }
    }
}
