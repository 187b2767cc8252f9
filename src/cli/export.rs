//! `export FILE|DIR`: from the running service through a backup, else from its database.

use std::{
    fs,
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context, bail};

use super::backup::back_up_through;
use super::progress::Bar;
use crate::{
    config::{Config, Sources},
    control::Client,
    data_dir::DataDir,
    domain::backup::BackupScope,
    transfer::portable::{Files, export},
};

pub fn run(sources: &Sources, path: &Path) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    let data_dir = &config.server.data_dir;
    let files = if let Some(service) = Client::connect(data_dir)? {
        export_through(service, data_dir, path)?
    } else {
        let data_dir = DataDir::open_existing(data_dir)?;
        if !data_dir.database().exists() {
            bail!(
                "there is no database in server.data_dir = {}",
                data_dir.path().display()
            );
        }
        let bar = Bar::new("export");
        export(&data_dir.database(), data_dir.path(), path, bar.progress())?
    };
    println!(
        "people are in {}, all else in {}",
        files.people.display(),
        files.rows.display()
    );
    if files.uploads.exists() {
        println!("uploaded files are in {}", files.uploads.display());
    }
    Ok(())
}

/// The service copies its database, which is read here and removed.
fn export_through(service: Client, data_dir: &Path, path: &Path) -> anyhow::Result<Files> {
    let (copy, _) = back_up_through(
        service,
        format!("export-{}.db", process::id()),
        BackupScope::DatabaseOnly,
    )?;
    let copy = Temporary(copy);
    let bar = Bar::new("export");
    export(&copy.0, data_dir, path, bar.progress()).with_context(|| format!("export to {}", path.display()))
}

/// A file that goes when it is dropped.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Err(cause) = fs::remove_file(&self.0) {
            eprintln!("firekeeper: {} is left over: {cause}", self.0.display());
        }
    }
}
