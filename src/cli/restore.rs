//! `restore FILE`: replaces the database by a backup while no service runs.

use std::path::Path;

use super::progress::Bar;
use crate::{
    app,
    config::{Config, Sources},
    data_dir::DataDir,
    transfer::restore::{check, restore},
};

pub fn run(sources: &Sources, file: &Path, dry_run: bool) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    let server = &config.server;
    if dry_run {
        let verified = check(file, &server.domain)?;
        println!(
            "{} is sound (schema {}) and could be restored",
            file.display(),
            verified.schema
        );
        return Ok(());
    }
    let data_dir = DataDir::open(&server.data_dir)?;
    let bar = Bar::new("restore");
    let kept = restore(&data_dir, file, &server.domain, app::clock().now(), bar.progress())?;
    drop(bar);
    println!("{} is restored", file.display());
    if let Some(kept) = kept {
        println!("the former database is kept in {}", kept.display());
    }
    Ok(())
}
