//! `backup FILE`: made by the running service in `server.exchange_dir` and moved from there; when none runs, made here.

use std::{
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context, bail};

use super::progress::Bar;
use crate::{
    config::{Config, Sources},
    control::{Client, Reply, Request},
    data_dir::DataDir,
    transfer::{
        backup::back_up,
        place::{check_free, move_into_place},
    },
};

pub fn run(sources: &Sources, file: &Path) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    let data_dir = &config.server.data_dir;
    check_free(file)?;
    match Client::connect(data_dir)? {
        Some(service) => {
            let copy = back_up_through(service, format!("backup-{}.db", process::id()))?;
            move_into_place(&copy, file)
                .with_context(|| format!("the backup is complete, but stands in {}", copy.display()))?;
        }
        None => back_up_here(data_dir, file)?,
    }
    println!("the backup is in {}", file.display());
    Ok(())
}

/// A copy that the running service makes in `server.exchange_dir`, and where it is.
pub fn back_up_through(mut service: Client, file: String) -> anyhow::Result<PathBuf> {
    let bar = Bar::new("backup");
    match service.send(&Request::BackUp { file }, |step| bar.show(step))? {
        Reply::BackedUp { path } => Ok(path),
        Reply::Failed { reason } => bail!("{reason}"),
        _ => bail!("the running service answered with something else; use the program it runs from"),
    }
}

fn back_up_here(data_dir: &Path, file: &Path) -> anyhow::Result<()> {
    let data_dir = DataDir::open_existing(data_dir)?;
    let bar = Bar::new("backup");
    Ok(back_up(&data_dir, file, bar.progress())?)
}
