//! `backup FILE`: made by the running service in `server.exchange_dir` and moved from there; when none runs, made here.

use std::{path::Path, process};

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
        Some(service) => back_up_through(service, file)?,
        None => back_up_here(data_dir, file)?,
    }
    println!("the backup is in {}", file.display());
    Ok(())
}

fn back_up_through(mut service: Client, file: &Path) -> anyhow::Result<()> {
    let bar = Bar::new("backup");
    let request = Request::BackUp {
        file: format!("backup-{}.db", process::id()),
    };
    match service.send(&request, |step| bar.show(step))? {
        Reply::BackedUp { path } => move_into_place(&path, file)
            .with_context(|| format!("the backup is complete, but stands in {}", path.display())),
        Reply::Failed { reason } => bail!("{reason}"),
        other => bail!("the running service answered with something else: {other:?}; use the program it runs from"),
    }
}

fn back_up_here(data_dir: &Path, file: &Path) -> anyhow::Result<()> {
    let data_dir = DataDir::open_existing(data_dir)?;
    let bar = Bar::new("backup");
    Ok(back_up(&data_dir, file, bar.progress())?)
}
