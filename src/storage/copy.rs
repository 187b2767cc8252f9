//! A copy of the whole database while it is in use (SQLite's backup API), and of the files beside it.
//!
//! The copy is what was committed when it began: a read transaction holds that state, so changes neither wait for the
//! copy nor make it begin anew. Until its end the write-ahead log cannot be folded back beyond that state, and grows.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::ControlFlow;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use crate::domain::progress::{Progress, Step};

/// Pages that are copied at a time: 1 MiB.
const PAGES: i32 = 256;

/// How much of the disk a copy may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// All: nobody else is there.
    Fast,
    /// A pause after each piece leaves room for the writer.
    Gentle,
}

/// Why there is no copy. What was begun of it has been removed.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    #[error("{} cannot be read: {cause}", path.display())]
    Source { path: PathBuf, cause: rusqlite::Error },
    #[error("{} cannot be written: {cause}", path.display())]
    Target {
        path: PathBuf,
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("stopped, because nobody waits for it any more")]
    Stopped,
}

/// Copies the database `from` into the new file `to`, for its owner only. It is on disk when this returns.
pub fn copy(from: &Path, to: &Path, pace: Pace, progress: &mut Progress) -> Result<(), CopyError> {
    let source = open_source(from).map_err(|cause| CopyError::Source {
        path: from.to_owned(),
        cause,
    })?;
    let mut options = OpenOptions::new();
    let made = options.write(true).create_new(true).mode(0o600).open(to);
    let file = made.map_err(|cause| target(to, cause))?;
    let copied = run(&source, to, pace, progress).and_then(|()| file.sync_all().map_err(|cause| target(to, cause)));
    if copied.is_err() {
        // The first error is the one to tell; a file that cannot be removed is no news beside it.
        drop(fs::remove_file(to));
    }
    copied
}

/// A connection that sees what is committed now, and only that.
fn open_source(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch("BEGIN")?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

fn run(source: &Connection, to: &Path, pace: Pace, progress: &mut Progress) -> Result<(), CopyError> {
    let failed = |cause: rusqlite::Error| target(to, cause);
    let mut copy = Connection::open(to).map_err(failed)?;
    // What is not finished is thrown away, and what is finished is synchronised as a whole.
    copy.pragma_update(None, "journal_mode", "OFF").map_err(failed)?;
    copy.pragma_update(None, "synchronous", "OFF").map_err(failed)?;
    let backup = Backup::new(source, &mut copy).map_err(failed)?;
    loop {
        let outcome = backup.step(PAGES).map_err(failed)?;
        let pages = backup.progress();
        let step = Step {
            done: u64::try_from(pages.pagecount - pages.remaining).unwrap_or(0),
            total: u64::try_from(pages.pagecount).unwrap_or(0),
        };
        if progress(step) == ControlFlow::Break(()) {
            return Err(CopyError::Stopped);
        }
        match outcome {
            StepResult::Done => break,
            StepResult::More if pace == Pace::Gentle => thread::sleep(Duration::from_millis(5)),
            StepResult::More => {}
            // Somebody else has the source for a moment.
            _ => thread::sleep(Duration::from_millis(50)),
        }
    }
    drop(backup);
    // One file without companions, which can be read where nothing can be written.
    copy.pragma_update(None, "journal_mode", "DELETE").map_err(failed)?;
    copy.close().map_err(|(_, cause)| failed(cause))
}

pub(super) fn target(path: &Path, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> CopyError {
    CopyError::Target {
        path: path.to_owned(),
        cause: cause.into(),
    }
}

/// Makes the names in `folder` durable.
pub fn synchronise_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
