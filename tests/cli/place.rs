//! The built program in a folder of its own.

use std::{
    fs::{self, File},
    io::{Read, Write},
    net::TcpStream,
    os::unix::{fs::PermissionsExt, net::UnixStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// A folder of its own as the working directory, and no settings from the environment of the test.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn data(&self, name: &str) -> PathBuf {
        self.path().join("data").join(name)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_firekeeper"));
        command.args(arguments).current_dir(self.path()).env_clear();
        for name in [
            "HTTP__LISTEN",
            "HTTP__TLS_LISTEN",
            "XMPP__LISTEN",
            "XMPP__TLS_LISTEN",
            "XMPP__PROXY_LISTEN",
        ] {
            command.env(format!("FIREKEEPER__{name}"), "127.0.0.1:0");
        }
        command.env("FIREKEEPER__HTTP__DRAIN_DELAY", "0s");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed, for its output.
    pub fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {message}");
        stdout(&output)
    }

    /// Runs a command on a terminal, for all that it writes there; the error is that of a command that failed.
    pub fn on_terminal(&self, arguments: &str) -> Result<String, String> {
        let program = self.command(&[]);
        let line = format!("'{}' {arguments}", program.get_program().to_string_lossy());
        let mut command = Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(self.path());
        command.env_clear().env("TERM", "xterm").env("SHELL", "/bin/sh");
        command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = stdout(&output);
        if output.status.success() { Ok(said) } else { Err(said) }
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Output {
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

    /// Where the API of the first start listens.
    pub fn address(&self) -> String {
        let text = fs::read_to_string(self.data("initial-credentials")).unwrap();
        let url = credential(&text, "REST API");
        url.strip_prefix("http://")
            .unwrap()
            .split('/')
            .next()
            .unwrap()
            .to_owned()
    }

    /// Starts the service and waits until it takes commands.
    pub fn serve(&self, arguments: &[&str]) -> Service {
        self.serve_with(arguments, |_| {})
    }

    /// The same, with a change of the command that starts it.
    pub fn serve_with(&self, arguments: &[&str], change: impl FnOnce(&mut Command)) -> Service {
        let log = self.path().join("log.txt");
        let file = File::create(&log).unwrap();
        let mut command = self.command(arguments);
        command.stdout(file.try_clone().unwrap());
        change(&mut command);
        let child = command.stderr(file).spawn().unwrap();
        let mut service = Service { child, log };
        let since = Instant::now();
        while UnixStream::connect(self.data("control.sock")).is_err() {
            let ended = service.child.try_wait().unwrap();
            assert!(ended.is_none(), "the service ended: {}", service.log());
            assert!(since.elapsed() < Duration::from_secs(60), "{}", service.log());
            thread::sleep(Duration::from_millis(10));
        }
        service
    }
}

pub struct Service {
    pub child: Child,
    log: PathBuf,
}

impl Service {
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// Asks it to stop and returns its exit code.
    pub fn stop(mut self) -> Option<i32> {
        self.signal("-TERM");
        self.child.wait().unwrap().code()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Asserts failure with `code` and one line that holds `parts`.
pub fn assert_fails(output: &Output, code: i32, parts: &[&str]) {
    let message = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert_eq!(message.lines().count(), 1, "{message}");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

/// The value behind a label of `initial-credentials`.
pub fn credential(text: &str, label: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(label)).unwrap();
    line.trim().to_owned()
}

/// The status of a request.
pub fn get(address: &str, path: &str, authorization: &str) -> u16 {
    exchange(address, path, authorization)
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

/// The body of the answer to a request that must succeed.
pub fn fetch(address: &str, path: &str, authorization: &str) -> String {
    let answer = exchange(address, path, authorization);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{path}: {answer}");
    body.to_owned()
}

fn exchange(address: &str, path: &str, authorization: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = format!("Host: {address}\r\nAuthorization: {authorization}\r\nConnection: close");
    write!(stream, "GET {path} HTTP/1.1\r\n{head}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// Waits for a condition, as long as a busy machine may need.
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let since = Instant::now();
    while !condition() {
        assert!(since.elapsed() < Duration::from_secs(60), "waited in vain: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
