//! The program as it is started: arguments, exit codes, and one line on standard error when something is wrong.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use tempfile::TempDir;

/// A folder of its own as the working directory, and no settings from the environment of the test.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firekeeper"));
        command.args(arguments).current_dir(self.path()).env_clear();
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Asserts failure with `code` and one line that holds `parts`.
fn assert_fails(output: &Output, code: i32, parts: &[&str]) {
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

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
