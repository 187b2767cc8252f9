//! Everything, in two files: people in XEP-0227, which other servers read, and beside it JSON lines with what has no form
//! there. Uploaded files stand in a folder beside them. Into a new database both bring back what they were made of.

mod export;
mod import;
mod published;

use std::path::{Path, PathBuf};

use crate::storage::{portable::Row, upload_files::Stored};

pub use export::{ExportError, export};
pub use import::{import, remove_unwanted};

/// Where the two files are: `people.xml` and `people.jsonl`, or `firekeeper.xml` and `firekeeper.jsonl` in a folder; and
/// uploaded files: `people.uploads`, or `firekeeper.uploads` there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    pub people: PathBuf,
    pub rows: PathBuf,
    pub uploads: PathBuf,
}

impl Files {
    pub fn at(path: &Path) -> Self {
        let people = match path.extension() {
            Some(kind) if kind.eq_ignore_ascii_case("xml") => path.to_owned(),
            _ => path.join("firekeeper.xml"),
        };
        Self {
            rows: people.with_extension("jsonl"),
            uploads: people.with_extension("uploads"),
            people,
        }
    }
}

/// The file of a row of uploads.
fn stored(row: &Row) -> Option<Stored> {
    Some(Stored {
        id: row.get("id")?.as_str()?.to_owned(),
        bytes: row.get("bytes")?.as_u64()?,
    })
}
