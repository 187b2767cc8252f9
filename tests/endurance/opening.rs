//! A database that takes long to open, as while a new version rewrites a large one.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::API;
use super::support::ports::free_port;

struct Started {
    child: Child,
    port: u16,
}

impl Started {
    /// Starts the service and waits for nothing.
    fn begin(folder: &Path) -> Self {
        let port = free_port();
        let mut command = Command::new(env!("CARGO_BIN_EXE_firekeeper"));
        command.arg("serve").current_dir(folder).env_clear();
        command.env("FIREKEEPER__HTTP__LISTEN", format!("127.0.0.1:{port}"));
        for name in [
            "HTTP__TLS_LISTEN",
            "XMPP__LISTEN",
            "XMPP__TLS_LISTEN",
            "XMPP__PROXY_LISTEN",
        ] {
            command.env(format!("FIREKEEPER__{name}"), "127.0.0.1:0");
        }
        command.env("FIREKEEPER__HTTP__DRAIN_DELAY", "0s");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Self { child, port }
    }

    /// The status of a request; `None`: no answer.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        write!(
            stream,
            "GET {API}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        answer.split(' ').nth(1).map(str::to_owned)
    }

    /// Asks until the status is this one; false: the process has ended.
    fn comes_to(&mut self, status: &str, path: &str) -> bool {
        while self.child.try_wait().unwrap().is_none() {
            if self.get(path).as_deref() == Some(status) {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Somebody else holds the database when the service opens it, which waits five seconds for it; on a machine that is so
/// busy that nobody looks within these, it is tried again.
#[test]
fn a_service_that_still_opens_its_database_is_alive_and_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = Started::begin(folder.path());
    assert!(first.comes_to("200", "/system/readiness"));
    drop(first);
    let attempts = (0..5).any(|_| {
        let other = Connection::open(folder.path().join("data/firekeeper.db")).unwrap();
        other.pragma_update(None, "locking_mode", "EXCLUSIVE").unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let mut service = Started::begin(folder.path());
        if !service.comes_to("200", "/system/liveness") {
            return false;
        }
        let seen = ["/system/readiness", "/users"].map(|path| service.get(path));
        drop(other);
        if !service.comes_to("200", "/system/readiness") {
            return false;
        }
        assert_eq!(seen.each_ref().map(Option::as_deref), [Some("503"); 2]);
        assert_eq!(service.get("/users").as_deref(), Some("401"));
        true
    });
    assert!(attempts, "the service gave up five times");
}
