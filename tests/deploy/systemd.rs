//! The unit, its sockets, and the configuration of the package.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

use firekeeper::config::{Config, Sources};

use super::{configured, deployed, read};

/// The last value of each directive.
fn directives(unit: &str) -> BTreeMap<&str, &str> {
    unit.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('='))
        .collect()
}

fn seconds(text: &str) -> Duration {
    Duration::from_secs(text.strip_suffix('s').unwrap().parse().unwrap())
}

#[test]
fn the_unit_starts_the_program_with_what_the_package_installs() {
    let unit = read("systemd/firekeeper.service");
    let unit = directives(&unit);
    let config = configured(&deployed("debian/config.toml"));
    assert_eq!(unit["Type"], "notify");
    let mut words = unit["ExecStart"].split(' ');
    assert_eq!(words.next(), Some("/usr/bin/firekeeper"));
    let rest: Vec<_> = words.collect();
    let help = Command::new(env!("CARGO_BIN_EXE_firekeeper"))
        .args(&rest)
        .arg("--help")
        .output()
        .unwrap();
    assert!(help.status.success());
    let manifest = fs::read_to_string(deployed("../Cargo.toml")).unwrap();
    assert!(manifest.contains(&format!(
        "[\"deploy/debian/config.toml\", \"{}\"",
        rest[1].trim_start_matches('/')
    )));
    assert_eq!(
        config.server.data_dir.to_str().unwrap(),
        format!("/var/lib/{}", unit["StateDirectory"])
    );
    let stopping = config.http.drain_delay + config.http.limits.drain_timeout;
    assert!(seconds(unit["TimeoutStopSec"]) > 2 * stopping);
    let connections =
        config.http.limits.max_connections + config.xmpp.limits.connections + config.xmpp.limits.proxy_connections;
    assert!(unit["LimitNOFILE"].parse::<u32>().unwrap() > connections);
}

#[test]
fn the_credentials_that_the_unit_tells_of_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let unit = read("systemd/firekeeper.service");
    let names: Vec<_> = unit
        .lines()
        .filter_map(|line| line.split_once("LoadCredential=")?.1.split_once(':'))
        .map(|(name, _)| name)
        .collect();
    assert!(names.len() >= 3);
    for name in &names {
        fs::write(folder.path().join(name), "a secret").unwrap();
    }
    let config = Config::load(&Sources {
        file: Some(deployed("debian/config.toml")),
        environment: vec![("CREDENTIALS_DIRECTORY".into(), folder.path().into())],
        ..Sources::default()
    })
    .unwrap();
    assert_eq!(config.openfire.secret.expose(), "a secret");
    assert_eq!(config.http.key, Some(folder.path().join("http.key")));
}

#[test]
fn every_socket_stands_in_the_place_of_a_setting() {
    let passable = firekeeper::app::PASSABLE;
    let mut found = 0;
    for entry in fs::read_dir(deployed("systemd/sockets")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let socket = directives(&text);
        assert!(passable.contains(&socket["FileDescriptorName"]), "{socket:?}");
        assert_eq!(socket["Service"], "firekeeper.service");
        found += 1;
    }
    assert!(found > 1);
}

#[test]
fn systemd_understands_the_units() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        eprintln!("systemd-analyze is not installed: the units are not verified");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let unit = read("systemd/firekeeper.service").replace("/usr/bin/firekeeper", env!("CARGO_BIN_EXE_firekeeper"));
    let mut paths = vec![folder.path().join("firekeeper.service")];
    fs::write(&paths[0], unit).unwrap();
    for entry in fs::read_dir(deployed("systemd/sockets")).unwrap() {
        let path = entry.unwrap().path();
        let copy = folder.path().join(path.file_name().unwrap());
        fs::copy(path, &copy).unwrap();
        paths.push(copy);
    }
    let said = Command::new("systemd-analyze")
        .arg("verify")
        .args(&paths)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&said.stderr).into_owned();
    let ours: Vec<_> = said
        .lines()
        // manual pages come with the package
        .filter(|line| line.contains("firekeeper") && !line.contains("man firekeeper"))
        .collect();
    assert!(ours.is_empty(), "{said}");
}
