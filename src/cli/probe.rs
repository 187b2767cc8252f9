//! `probe`: asks the running service how it is, for containers without another HTTP client.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, bail};
use clap::ValueEnum;

use crate::{
    config::{Config, Http, RouteGroup, Sources},
    start::reachable,
};

const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Probe {
    /// Does only a restart help?
    Liveness,
    /// May requests be sent here?
    Readiness,
}

pub fn run(sources: &Sources, probe: Probe) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    let Some(address) = address(&config.http) else {
        bail!(
            "no listener without TLS answers probes: set http.listeners = [{{ listen = \"127.0.0.1:9100\", routes = \
             [\"probes\"] }}]"
        );
    };
    let name = match probe {
        Probe::Liveness => "liveness",
        Probe::Readiness => "readiness",
    };
    let status = ask(address, &format!("/plugins/restapi/v1/system/{name}"))
        .with_context(|| format!("{name}: no answer from {address}"))?;
    if status != "200" {
        bail!("{name}: {address} answered {status}");
    }
    Ok(())
}

/// The listener made for probes, else the usual one.
fn address(http: &Http) -> Option<SocketAddr> {
    let mut further = http.listeners.iter();
    let made_for_it = further.find(|listener| !listener.tls && listener.routes.contains(&RouteGroup::Probes));
    made_for_it
        .map(|listener| listener.listen)
        .or(http.listen)
        .map(reachable)
}

/// The status of the answer.
fn ask(address: SocketAddr, path: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut head = [0; 12];
    stream.read_exact(&mut head)?;
    let head = String::from_utf8_lossy(&head);
    head.strip_prefix("HTTP/1.1 ")
        .map(str::to_owned)
        .context("this is no HTTP")
}
