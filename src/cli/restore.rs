//! `restore FILE`: replaces the database and uploaded files by a backup while no service runs.

use std::path::Path;

use super::{noting::record, progress::Bar};
use crate::{
    app,
    config::{Config, Sources},
    data_dir::DataDir,
    domain::clock::now_in_milliseconds,
    transfer::{
        backup::beside,
        restore::{Count, check, restore},
    },
};

pub fn run(sources: &Sources, file: &Path, dry_run: bool) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    let server = &config.server;
    if dry_run {
        let found = check(file, &server.domain, &server.data_dir)?;
        println!(
            "{} is sound (schema {}) and could be restored",
            file.display(),
            found.schema
        );
        tell(found.files, file);
        return Ok(());
    }
    let data_dir = DataDir::open(&server.data_dir)?;
    let bar = Bar::new("restore");
    let record = record("restored", file, now_in_milliseconds(&*app::clock()));
    let restored = restore(&data_dir, file, &server.domain, &record, bar.progress())?;
    drop(bar);
    println!("{} is restored", file.display());
    tell(restored.files, file);
    if let Some(kept) = restored.kept {
        println!("the former database is kept in {}", kept.display());
    }
    Ok(())
}

/// Says what of the uploaded files there is.
fn tell(files: Count, backup: &Path) {
    if files.found > 0 {
        println!("{} uploaded files are there", files.found);
    }
    if files.missing > 0 {
        println!(
            "{} uploaded files are not there: they are neither in {} nor in the data directory",
            files.missing,
            beside(backup).display()
        );
    }
}
