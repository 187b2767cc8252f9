//! What the process asks of the operating system: open files, and the signals that end or reload it.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::{env, io};

use rustix::{
    fs::Mode,
    process::{Resource, getrlimit, setrlimit, umask},
};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// From now on only the owner can read what this process writes: the database holds keys of passwords.
pub fn keep_files_private() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// Raises the limit of open files to the highest that this user may have: a connection is an open file.
pub fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    limit.current = limit.maximum;
    if let Err(cause) = setrlimit(Resource::Nofile, limit) {
        tracing::warn!(%cause, "the limit of open files stays as it is");
    }
}

/// Puts this program in the place of the process, with the arguments and the environment that it was started with. Comes
/// back only when that is not possible. Under a supervisor, whose sockets are gone by now, the process fails instead,
/// which makes that start it again.
pub fn begin_anew() -> io::Error {
    if env::var_os("NOTIFY_SOCKET").is_some() {
        return io::Error::other("an administrator ordered a restart, and the supervisor is to make it");
    }
    let program = match env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    Command::new(program).args(env::args_os().skip(1)).exec()
}

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// SIGTERM or SIGINT.
    Stop,
    /// SIGHUP.
    Reload,
}

/// The signals of the process from now on.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    pub async fn next(&mut self) -> Wish {
        tokio::select! {
            _ = self.terminate.recv() => Wish::Stop,
            _ = self.interrupt.recv() => Wish::Stop,
            _ = self.hangup.recv() => Wish::Reload,
        }
    }

    /// The next signal that ends the process.
    pub async fn stop(&mut self) {
        while self.next().await != Wish::Stop {}
    }
}
