//! `serve`: the life of the service process, from its configuration to the signal that ends it.

use anyhow::Context;

use crate::{
    config::{Config, Sources},
    telemetry,
};

pub fn run(sources: &Sources) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    telemetry::start(&config.log).context("log.level")?;
    tracing::info!(server.domain = config.server.domain, "configuration read");
    Ok(())
}
