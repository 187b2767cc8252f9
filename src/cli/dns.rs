//! `dns`: the records that clients need to find the service, as lines of a zone file (RFC 1035 §5). It asks no name server.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use crate::{
    config::{Config, Sources},
    domain::address::Host,
};

/// Prints the records for the configuration. `addresses` are those of the machine as clients reach it.
pub fn run(sources: &Sources, addresses: &[IpAddr]) -> anyhow::Result<()> {
    let config = Config::load(sources)?;
    print!("{}", zone(&config, addresses));
    Ok(())
}

fn zone(config: &Config, addresses: &[IpAddr]) -> String {
    let mut lines = Vec::new();
    for host in config.server.all_hosts() {
        lines.push(format!("; {host}: where clients find this server (RFC 6120, XEP-0368)"));
        lines.push(service("_xmpp-client", host, "xmpp.listen", config.xmpp.listen));
        lines.push(service(
            "_xmpps-client",
            host,
            "xmpp.tls_listen",
            config.xmpp.tls_listen,
        ));
        lines.push("; and that it speaks to no other servers".to_owned());
        lines.push(format!(
            "{} IN SRV 0 0 0 .",
            name(&format!("_xmpp-server._tcp.{}", ascii(host)))
        ));
    }
    lines.push("; where these names lead".to_owned());
    let known = match addresses {
        [] => listened_on(config),
        given => given.iter().copied().collect(),
    };
    for host in named(config) {
        lines.extend(known.iter().map(|address| {
            let kind = if address.is_ipv4() { "A" } else { "AAAA" };
            format!("{} IN {kind} {address}", name(&host))
        }));
        if known.is_empty() {
            lines.push(format!("; {} IN A ...: give the addresses with --address", name(&host)));
        }
    }
    lines.push(
        "; rooms, files and the other services below these names need no records: clients reach them through"
            .to_owned(),
    );
    lines.push(
        "; their own connection. Browsers ask https://DOMAIN/.well-known/host-meta, on port 443, for WebSocket and"
            .to_owned(),
    );
    lines.push("; BOSH (XEP-0156): let what answers there pass it on to http.tls_listen".to_owned());
    lines.join("\n") + "\n"
}

/// A record for a listener, or why there is none.
fn service(label: &str, host: &Host, setting: &str, listen: Option<SocketAddr>) -> String {
    let owner = name(&format!("{label}._tcp.{}", ascii(host)));
    match listen {
        // As RFC 2782 has it for what is decidedly not there.
        None => format!("{owner} IN SRV 0 0 0 ."),
        Some(listen) if listen.ip().is_loopback() => {
            format!("; none for {owner}: {setting} = {listen} is reached from this machine only")
        }
        Some(listen) => format!("{owner} IN SRV 0 5 {} {}", listen.port(), name(&ascii(host))),
    }
}

/// Every name that must have an address: what clients and the certificate authority are told.
fn named(config: &Config) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = config.server.all_hosts().map(ascii).collect();
    if config.acme.is_on() {
        names.extend(config.acme.domains.iter().map(ascii));
    }
    names.extend(config.xmpp.proxy_host.clone());
    names.extend(host_of(&config.upload.url));
    names.retain(|name| name.trim_matches(['[', ']']).parse::<IpAddr>().is_err());
    names
}

/// Addresses on which something listens that others reach.
fn listened_on(config: &Config) -> BTreeSet<IpAddr> {
    let listeners = [config.xmpp.listen, config.xmpp.tls_listen, config.http.tls_listen];
    let addresses = listeners.into_iter().flatten().map(|listen| listen.ip());
    addresses
        .filter(|address| !address.is_loopback() && !address.is_unspecified())
        .collect()
}

/// The host in the URL of a folder.
fn host_of(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    uri.host().map(str::to_owned)
}

fn ascii(host: &Host) -> String {
    idna::domain_to_ascii(host.as_str()).unwrap_or_else(|_| host.to_string())
}

/// A name that stands for itself, wherever the line is put.
fn name(host: &str) -> String {
    format!("{}.", host.trim_end_matches('.'))
}
