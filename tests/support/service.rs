//! One running service: the built binary, a temporary data directory, free ports, settings through the environment.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::ports::free_port;
use super::wire::{self, Answer, Request};

const READY: &str = "/plugins/restapi/v1/system/liveness";
const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(20);

/// Settings by their dotted name (`openfire.secret`), with the text that goes into the environment.
#[derive(Clone, Debug, Default)]
pub struct Settings(BTreeMap<String, String>);

impl Settings {
    /// What the recordings start from: the demonstration with secret mode, userservice on, settings writable.
    pub fn demo() -> Self {
        Self::default()
            .with("openfire.auth", "secret")
            .with("openfire.secret", "potato")
            .with("openfire.writable_security_properties", "true")
            .with("userservice.enabled", "true")
            .with("xmpp.allow_plaintext_login", "true")
            .with("http.drain_delay", "0s")
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), value.into());
        self
    }

    fn environment(&self) -> impl Iterator<Item = (String, &str)> {
        self.0.iter().map(|(name, value)| {
            let name = name.to_uppercase().replace('.', "__");
            (format!("FIREKEEPER__{name}"), value.as_str())
        })
    }
}

pub struct Service {
    directory: tempfile::TempDir,
    settings: Settings,
    arguments: Vec<String>,
    largest_file: Option<u64>,
    child: Option<Child>,
    pub http_port: u16,
    pub tls_port: u16,
    pub xmpp_port: u16,
}

impl Service {
    /// Starts `serve --demo` and waits until it answers.
    ///
    /// # Panics
    /// With the log of the service when it does not come up.
    pub fn demo(settings: Settings) -> Self {
        Self::start_with(settings, &["serve", "--demo"])
            .unwrap_or_else(|log| panic!("the service does not start:\n{log}"))
    }

    /// Starts the binary with these arguments; its log when it does not come up.
    pub fn start_with(settings: Settings, arguments: &[&str]) -> Result<Self, String> {
        let mut service = Self {
            directory: tempfile::Builder::new()
                .prefix("firekeeper-")
                .tempdir()
                .map_err(|error| error.to_string())?,
            settings,
            arguments: arguments.iter().map(ToString::to_string).collect(),
            largest_file: None,
            child: None,
            http_port: 0,
            tls_port: 0,
            xmpp_port: 0,
        };
        // Between choosing a port and listening on it, somebody else may take it: such a start ends early and is worth
        // another.
        let mut attempts = 0;
        loop {
            attempts += 1;
            service.http_port = free_port();
            service.tls_port = free_port();
            service.xmpp_port = free_port();
            match service.start() {
                Ok(()) => return Ok(service),
                Err(log) if attempts < 3 && log.contains("in use") => {}
                Err(log) => return Err(log),
            }
        }
    }

    /// Stops it in an orderly way and starts it again on the same data and ports.
    pub fn restart(&mut self) {
        self.stop();
        if let Err(log) = self.start() {
            panic!("the service does not start again:\n{log}");
        }
    }

    /// Waits until the process ends by itself.
    pub fn wait_for_end(&mut self) {
        let mut child = self.child.take().expect("a process");
        let since = Instant::now();
        while child.try_wait().expect("a child process").is_none() {
            assert!(
                since.elapsed() < STOP_LIMIT,
                "the service does not end:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// As `restart`, with these settings from now on.
    pub fn restart_with(&mut self, settings: Settings) {
        self.settings = settings;
        self.restart();
    }

    /// As `restart`, but the process is killed without a warning.
    pub fn kill_and_restart(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("a process to kill");
            child.wait().expect("its end");
        }
        self.restart();
    }

    /// As `restart`, with a disk that takes no file of more than so many bytes; `None`: any.
    pub fn restart_with_largest_file(&mut self, bytes: Option<u64>) {
        self.largest_file = bytes;
        self.restart();
    }

    /// Asks the process to end and waits for it.
    pub fn stop(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        let asked = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
        assert!(asked.is_ok_and(|status| status.success()), "kill -TERM");
        let since = Instant::now();
        while child.try_wait().expect("a child process").is_none() {
            if since.elapsed() > STOP_LIMIT {
                let _ = child.kill();
                panic!("the service does not stop:\n{}", self.log());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn send(&self, request: &Request) -> std::io::Result<Answer> {
        wire::exchange(self.http_port, request)
    }

    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// # Panics
    /// When the service was stopped.
    pub fn process_id(&self) -> u32 {
        self.child.as_ref().expect("a running service").id()
    }

    /// The most memory that the process has held so far, in bytes; `None` where the system does not tell (Linux does).
    pub fn most_memory(&self) -> Option<u64> {
        let id = self.child.as_ref()?.id();
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
        Some(kilobytes * 1024)
    }

    pub fn data_directory(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("log.txt")
    }

    /// The binary; under a limit for files through the shell, where writing beyond it is an error and no signal.
    fn program(&self) -> Command {
        let binary = env!("CARGO_BIN_EXE_firekeeper");
        let Some(bytes) = self.largest_file else {
            return Command::new(binary);
        };
        let mut shell = Command::new("sh");
        let limited = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" \"$@\"", bytes / 512);
        shell.args(["-c", &limited, binary]);
        shell
    }

    fn start(&mut self) -> Result<(), String> {
        let log = File::create(self.log_file()).expect("a log file");
        let root = env!("CARGO_MANIFEST_DIR");
        let own = Settings::default()
            .with("server.domain", "example.org")
            .with("server.data_dir", self.data_directory().to_string_lossy())
            .with("http.listen", format!("127.0.0.1:{}", self.http_port))
            .with("http.tls_listen", format!("127.0.0.1:{}", self.tls_port))
            .with("xmpp.listen", format!("127.0.0.1:{}", self.xmpp_port))
            .with("xmpp.tls_listen", format!("127.0.0.1:{}", free_port()))
            .with("xmpp.proxy_listen", "127.0.0.1:0");
        let mut child = self
            .program()
            .args(["--config", &format!("{root}/config.toml")])
            .args(&self.arguments)
            .envs(own.environment())
            .envs(self.settings.environment())
            .current_dir(self.directory.path())
            .stdin(Stdio::null())
            .stderr(log.try_clone().expect("a second handle"))
            .stdout(log)
            .spawn()
            .map_err(|error| error.to_string())?;
        let since = Instant::now();
        loop {
            // Somebody else may answer on the port that this one did not get; its control socket is its own.
            let is_itself = UnixStream::connect(self.data_directory().join("control.sock")).is_ok();
            if is_itself && self.send(&Request::get(READY)).is_ok() {
                self.child = Some(child);
                return Ok(());
            }
            let ended = child.try_wait().expect("a child process").is_some();
            if ended || since.elapsed() > START_LIMIT {
                let _ = child.kill();
                let _ = child.wait();
                return Err(self.log());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
