//! `serve`: the life of the service process, from its configuration to the signal that ends it.

use std::thread;

use anyhow::Context;
use tokio::runtime;

use super::process::{self, Signals, Wish};
use crate::{
    app::App,
    config::{Config, Sources},
    domain::service::Stop,
    supervisor::{Phase, tell},
    telemetry,
};

pub fn run(sources: &Sources) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    telemetry::start(&config.log).context("log.level")?;
    process::raise_open_files();
    let runtime = runtime::Builder::new_multi_thread()
        .max_blocking_threads(blocking_threads(&config))
        .enable_all()
        .build()
        .context("start the runtime")?;
    let stopped = runtime.block_on(serve(&config, sources.demo))?;
    drop(runtime);
    match stopped {
        Stop::ShutDown => Ok(()),
        Stop::Restart => Err(process::begin_anew()).context("start anew"),
    }
}

/// One for each connection that reads, for each processor that hashes passwords, and for the rest. Not more: a thread that
/// finds the next query waiting goes on without sleeping, while many would wake each other and wait for a connection.
fn blocking_threads(config: &Config) -> usize {
    let readers = config.storage.readers as usize;
    readers + thread::available_parallelism().map_or(1, usize::from) + 1
}

async fn serve(config: &Config, demo: bool) -> anyhow::Result<Stop> {
    let mut signals = Signals::listen().context("listen to signals")?;
    if demo {
        tracing::warn!("this is a demonstration: everybody knows its passwords and its secret");
    }
    let app = App::start(config, demo).await?;
    tracing::info!(server.domain = %config.server.domain, "started");
    tell(Phase::Ready);
    let stop = loop {
        let wish = tokio::select! {
            wish = signals.next() => wish,
            stop = app.stop_wanted() => break stop,
        };
        if wish == Wish::Stop {
            break Stop::ShutDown;
        }
        tell(Phase::Reloading);
        app.reload().await;
        tell(Phase::Ready);
    };
    tell(Phase::Stopping);
    tracing::info!("stopping; a second signal stops at once");
    tokio::select! {
        () = app.stop() => {}
        () = signals.stop() => {
            tracing::warn!("stopped at once");
            return Ok(Stop::ShutDown);
        }
    }
    Ok(stop)
}
