//! Arguments, exit codes, and one line on standard error when something is wrong.

use std::fs;

use super::place::{Place, assert_fails, stdout};

#[test]
fn version_names_the_program_and_its_version() {
    let output = Place::new().run(&["version"]);
    assert!(output.status.success());
    assert_eq!(stdout(&output), format!("firekeeper {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn an_unknown_command_is_a_usage_error() {
    let output = Place::new().run(&["dance"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn check_config_shows_what_was_changed_and_where() {
    let place = Place::new();
    fs::write(
        place.path().join("config.toml"),
        "[server]\ndomain = 'one.example'\n[openfire]\nsecret = 'hunter2'",
    )
    .unwrap();
    let mut command = place.command(&["check-config", "--set", "log.access=true"]);
    let output = command.env("FIREKEEPER__HTTP__DRAIN_DELAY", "0s").output().unwrap();
    assert!(output.status.success());
    let shown = stdout(&output);
    for line in [
        "http.drain_delay = \"0s\" (from the environment variable FIREKEEPER__HTTP__DRAIN_DELAY)",
        "log.access = true (from --set)",
        "openfire.secret = … (from config.toml)",
        "server.domain = \"one.example\" (from config.toml)",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line:?} is not in {shown}");
    }
    assert_eq!(
        fs::read_dir(place.path()).unwrap().count(),
        1,
        "check-config made a file"
    );
}

#[test]
fn a_bad_configuration_stops_every_command() {
    let place = Place::new();
    fs::write(place.path().join("config.toml"), "[openfire]\nauth = 'none'").unwrap();
    for command in [&["check-config"][..], &["serve"], &[]] {
        assert_fails(
            &place.run(command),
            2,
            &["openfire.auth", "none", "config.toml", "`basic`"],
        );
    }
    assert_fails(
        &place.run(&["--config", "nowhere.toml"]),
        2,
        &["nowhere.toml", "--config"],
    );
}

#[test]
fn the_log_is_made_of_json_lines_when_asked_for() {
    let place = Place::new();
    let service = place.serve(&["serve", "--set", "log.format=json"]);
    for line in service.log().lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(entry["timestamp"].is_string() && entry["message"].is_string(), "{line}");
    }
}
