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
    domain::backup::BackupScope,
    transfer::backup::{back_up, beside, check_backup_free, move_backup_into_place},
};

pub fn run(sources: &Sources, file: &Path, without_uploads: bool) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    let data_dir = &config.server.data_dir;
    let scope = if without_uploads {
        BackupScope::DatabaseOnly
    } else {
        BackupScope::Everything
    };
    check_backup_free(file)?;
    let files = match Client::connect(data_dir)? {
        Some(service) => {
            let (copy, files) = back_up_through(service, format!("backup-{}.db", process::id()), scope)?;
            move_backup_into_place(&copy, file)
                .with_context(|| format!("the backup is complete, but stands in {}", copy.display()))?;
            files
        }
        None => back_up_here(data_dir, file, scope)?,
    };
    println!("the backup is in {}", file.display());
    if files > 0 {
        println!("{files} uploaded files are in {}", beside(file).display());
    }
    Ok(())
}

/// A copy that the running service makes in `server.exchange_dir`: where it is, and how many uploaded files are beside it.
pub fn back_up_through(mut service: Client, file: String, scope: BackupScope) -> anyhow::Result<(PathBuf, u64)> {
    let bar = Bar::new("backup");
    let uploads = scope == BackupScope::Everything;
    match service.send(&Request::BackUp { file, uploads }, |step| bar.show(step))? {
        Reply::BackedUp { path, files } => Ok((path, files)),
        Reply::Failed { reason } => bail!("{reason}"),
        _ => bail!("the running service answered with something else; use the program it runs from"),
    }
}

fn back_up_here(data_dir: &Path, file: &Path, scope: BackupScope) -> anyhow::Result<u64> {
    let data_dir = DataDir::open_existing(data_dir)?;
    let bar = Bar::new("backup");
    Ok(back_up(&data_dir, file, scope, bar.progress())?)
}
