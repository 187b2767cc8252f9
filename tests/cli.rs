//! The program as it is started: arguments, exit codes, one line on standard error when something is wrong, the first
//! start, and commands on accounts while the service runs and while it does not.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
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

    fn data(&self, name: &str) -> PathBuf {
        self.path().join("data").join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firekeeper"));
        command.args(arguments).current_dir(self.path()).env_clear();
        for name in ["HTTP__LISTEN", "HTTP__TLS_LISTEN", "XMPP__LISTEN", "XMPP__TLS_LISTEN"] {
            command.env(format!("FIREKEEPER__{name}"), "127.0.0.1:0");
        }
        command.env("FIREKEEPER__HTTP__DRAIN_DELAY", "0s");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed, for its output.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {message}");
        stdout(&output)
    }

    fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Starts the service and waits until it takes commands.
    fn serve(&self, arguments: &[&str]) -> Service {
        let log = self.path().join("log.txt");
        let file = File::create(&log).unwrap();
        let mut command = self.command(arguments);
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        let mut service = Service { child, log };
        let since = Instant::now();
        while UnixStream::connect(self.data("control.sock")).is_err() {
            let ended = service.child.try_wait().unwrap();
            assert!(ended.is_none(), "the service ended: {}", service.log());
            assert!(since.elapsed() < Duration::from_secs(30), "{}", service.log());
            thread::sleep(Duration::from_millis(10));
        }
        service
    }
}

struct Service {
    child: Child,
    log: PathBuf,
}

impl Service {
    fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Asks it to stop and returns its exit code.
    fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
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

/// The value behind a label of `initial-credentials`.
fn credential(text: &str, label: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(label)).unwrap();
    line.trim().to_owned()
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

#[test]
fn accounts_are_managed_while_the_service_runs() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    manage_accounts(&place);
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn accounts_are_managed_while_no_service_runs() {
    let place = Place::new();
    assert_eq!(place.serve(&["serve"]).stop(), Some(0));
    assert!(!place.data("control.sock").exists());
    manage_accounts(&place);
}

fn manage_accounts(place: &Place) {
    let jane = [
        "--password",
        "secret",
        "--name",
        "Jane Doe",
        "--email",
        "jane@example.com",
    ];
    place.done(&[&["account", "create", "Jane@localhost"], &jane[..]].concat());
    let john = place.run_with_input(
        &["account", "create", "john@localhost", "--password-stdin", "--admin"],
        "two words\n",
    );
    assert!(john.status.success());
    assert_eq!(
        place.done(&["account", "list"]),
        "admin@localhost\tAdministrator\t\njane@localhost\tJane Doe\tjane@example.com\njohn@localhost\t\t\n"
    );
    place.done(&["account", "set-password", "jane@localhost", "--password", "other"]);
    place.done(&["account", "lock", "jane@localhost"]);
    place.done(&["account", "unlock", "jane@localhost"]);

    let again = place.run(&["account", "create", "jane@localhost", "--password", "secret"]);
    assert_fails(&again, 1, &["jane@localhost", "exists already"]);
    let stranger = place.run(&["account", "create", "jane@elsewhere", "--password", "secret"]);
    assert_fails(&stranger, 1, &["elsewhere", "does not exist"]);
    assert_fails(
        &place.run(&["account", "lock", "nobody@localhost"]),
        1,
        &["nobody@localhost", "does not exist"],
    );
    assert_fails(&place.run(&["account", "lock", "nobody"]), 1, &["nobody", "user@host"]);
    let nothing = place.run_with_input(&["account", "set-password", "jane@localhost", "--password-stdin"], "\n");
    assert_fails(&nothing, 1, &["--password-stdin"]);
    let without = place.run(&["account", "create", "jim@localhost"]);
    assert_eq!(without.status.code(), Some(2));
}

#[test]
fn an_account_can_be_made_before_the_first_start() {
    let place = Place::new();
    place.done(&["account", "create", "jane@localhost", "--password", "secret"]);
    let _service = place.serve(&[]);
    let listed = place.done(&["account", "list"]);
    assert!(
        listed.contains("admin@localhost") && listed.contains("jane@localhost"),
        "{listed}"
    );
}

#[test]
fn the_first_start_leaves_an_admin_of_the_operator_alone() {
    let place = Place::new();
    place.done(&[
        "account",
        "create",
        "admin@localhost",
        "--password",
        "mine",
        "--name",
        "Mine",
    ]);
    let _service = place.serve(&[]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    assert!(text.contains("that you gave it"), "{text}");
    assert_eq!(place.done(&["account", "list"]), "admin@localhost\tMine\t\n");
}

#[test]
fn commands_do_not_make_a_data_directory_by_mistake() {
    let place = Place::new();
    assert_fails(
        &place.run(&["account", "list"]),
        1,
        &["server.data_dir", "data", "does not exist"],
    );
    assert!(!place.path().join("data").exists());
}

#[test]
fn a_data_directory_belongs_to_one_service() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    let process = format!("process {}", service.child.id());
    assert_fails(&place.run(&["serve"]), 1, &["server.data_dir", &process]);
    // A service that does not answer is not gone round: its database stays its own.
    fs::remove_file(place.data("control.sock")).unwrap();
    assert_fails(&place.run(&["account", "list"]), 1, &["server.data_dir", &process]);
}

#[test]
fn what_a_killed_service_left_is_no_obstacle() {
    let place = Place::new();
    drop(place.serve(&["serve"]));
    assert!(place.data("control.sock").exists());
    place.done(&["account", "create", "jane@localhost", "--password", "secret"]);
    let _service = place.serve(&["serve"]);
    assert!(place.done(&["account", "list"]).contains("jane@localhost"));
}

#[test]
fn the_first_start_leaves_its_credentials_in_a_file_of_the_owner() {
    let place = Place::new();
    let service = place.serve(&["serve"]);
    let file = place.data("initial-credentials");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(mode(&file), 0o600);
    for private in ["firekeeper.db", "control.sock", "lock"] {
        assert_eq!(mode(&place.data(private)) & 0o077, 0, "{private}");
    }
    let (password, secret) = (credential(&text, "password"), credential(&text, "shared secret"));
    assert_eq!((password.len(), secret.len()), (16, 16));
    assert!(
        text.contains(&format!("curl -u admin:{password} http://127.0.0.1:")),
        "{text}"
    );
    let log = service.log();
    assert!(log.contains("initial-credentials"), "{log}");
    assert!(!log.contains(&password) && !log.contains(&secret), "{log}");
    service.stop();

    fs::remove_file(&file).unwrap();
    place.serve(&["serve"]).stop();
    assert!(!file.exists(), "the credentials were shown twice");
}

#[test]
fn the_first_start_takes_the_password_of_admin_from_a_file() {
    let place = Place::new();
    let setting = "server.initial_admin_password_file=given.txt";
    assert_fails(
        &place.run(&["serve", "--set", setting, "--set", "log.level=error"]),
        1,
        &["server.initial_admin_password_file", "given.txt"],
    );
    fs::write(place.path().join("given.txt"), "from the file\n").unwrap();
    let service = place.serve(&["serve", "--set", setting]);
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    assert!(
        text.contains("admin@localhost") && !text.contains("from the file"),
        "{text}"
    );
    assert!(!service.log().contains("from the file"));
}

#[test]
fn the_first_start_can_do_without_admin() {
    let place = Place::new();
    let _service = place.serve(&[
        "serve",
        "--set",
        "server.initial_admin=false",
        "--set",
        "openfire.secret=given",
    ]);
    assert_eq!(place.done(&["account", "list"]), "");
    let text = fs::read_to_string(place.data("initial-credentials")).unwrap();
    assert!(!text.contains("given") && !text.contains("password"), "{text}");
}

#[test]
fn a_start_with_another_domain_is_refused() {
    let place = Place::new();
    place.serve(&["serve"]).stop();
    let other = place.run(&[
        "serve",
        "--set",
        "server.domain=other.example",
        "--set",
        "log.level=error",
    ]);
    assert_fails(
        &other,
        1,
        &["server.domain", "other.example", "localhost", "server.data_dir"],
    );
}

#[test]
fn a_demonstration_is_not_laid_over_other_data() {
    let place = Place::new();
    place.serve(&["serve", "--set", "server.domain=example.org"]).stop();
    let before = fs::read(place.data("firekeeper.db")).unwrap();
    let refused = place.run(&[
        "serve",
        "--demo",
        "--set",
        "server.data_dir=data",
        "--set",
        "log.level=error",
    ]);
    assert_fails(&refused, 1, &["--demo", "server.data_dir", "another directory"]);
    assert_eq!(fs::read(place.data("firekeeper.db")).unwrap(), before);
}

#[test]
fn a_demonstration_is_made_once() {
    let place = Place::new();
    fs::create_dir(place.path().join("data")).unwrap();
    fs::write(place.data("log.txt"), "a file that is not ours").unwrap();
    let arguments = ["--demo", "--set", "server.data_dir=data"];
    let account = |rest: &[&str]| place.done(&[&arguments[..], &["account"], rest].concat());
    let service = place.serve(&[&arguments[..], &["serve"]].concat());
    assert!(service.log().contains("demonstration"), "{}", service.log());
    assert_eq!(
        account(&["list"]),
        "admin@example.org\tAdministrator\tadmin@example.com\n\
         jane@example.org\tJane Doe\tjane.doe@example.com\n\
         john@example.org\tJohn Doe\tjohn.doe@example.com\n"
    );
    assert!(!place.data("initial-credentials").exists());
    account(&["create", "mine@example.org", "--password", "secret"]);
    service.stop();
    let _again = place.serve(&[&arguments[..], &["serve"]].concat());
    assert!(account(&["list"]).contains("mine@example.org"));
}
