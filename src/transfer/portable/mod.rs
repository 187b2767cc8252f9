//! Everything, in two files: people in XEP-0227, which other servers read, and beside it JSON lines with what has no form
//! there. Into a new database both bring back what they were made of.

mod export;
mod import;
mod published;

use std::path::{Path, PathBuf};

pub use export::{ExportError, export};
pub use import::import;

/// Where the two files are: `people.xml` and `people.jsonl`, or `firekeeper.xml` and `firekeeper.jsonl` in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    pub people: PathBuf,
    pub rows: PathBuf,
}

impl Files {
    pub fn at(path: &Path) -> Self {
        let people = match path.extension() {
            Some(kind) if kind.eq_ignore_ascii_case("xml") => path.to_owned(),
            _ => path.join("firekeeper.xml"),
        };
        Self {
            rows: people.with_extension("jsonl"),
            people,
        }
    }
}
