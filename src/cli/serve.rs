//! `serve`: the life of the service process, from its configuration to the signal that ends it.

use anyhow::Context;
use tokio::runtime;

use super::process::{self, Signals, Wish};
use crate::{
    config::{Config, Sources},
    data_dir::DataDir,
    telemetry,
};

pub fn run(sources: &Sources) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    telemetry::start(&config.log).context("log.level")?;
    process::raise_open_files();
    let data_dir = DataDir::open(&config.server.data_dir)?;
    let runtime = runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    runtime.block_on(serve(config, data_dir))
}

async fn serve(config: Config, data_dir: DataDir) -> anyhow::Result<()> {
    let mut signals = Signals::listen().context("listen to signals")?;
    tracing::info!(server.domain = %config.server.domain, data_dir = %data_dir.path().display(), "started");
    while signals.next().await == Wish::Reload {
        tracing::info!("certificates are read again");
    }
    tracing::info!("stopping; a second signal stops at once");
    Ok(())
}
