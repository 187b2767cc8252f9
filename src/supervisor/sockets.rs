//! Listening sockets that the supervisor opened for the service. Each has the name of the setting in whose place it
//! stands, such as `FileDescriptorName=http.tls_listen`; several may have the same.

use std::{env, io, net::TcpListener};

use listenfd::ListenFd;

/// Sockets that nobody has taken yet.
#[derive(Debug, Default)]
pub struct Sockets(Vec<(String, TcpListener)>);

/// Why a socket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PassedSocketError {
    #[error("the socket {name:?} that was passed to the service cannot be used: {cause}; pass listening TCP sockets")]
    Unusable { name: String, cause: io::Error },
    #[error(
        "a socket named {name:?} was passed to the service, which has no use for it: its FileDescriptorName must be a \
         setting that is not empty, one of {expected}"
    )]
    Unknown { name: String, expected: String },
}

impl Sockets {
    /// Those that this process was started with.
    pub fn inherited() -> Result<Self, PassedSocketError> {
        let mut passed = ListenFd::from_env();
        let names = env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut names = names.split(':').map(str::to_owned);
        let mut sockets = Vec::new();
        for index in 0..passed.len() {
            let name = names.next().unwrap_or_default();
            let taken = passed.take_tcp_listener(index).and_then(|socket| {
                socket
                    .map(|socket| socket.set_nonblocking(true).map(|()| socket))
                    .transpose()
            });
            match taken {
                Ok(Some(socket)) => sockets.push((name, socket)),
                Ok(None) => {}
                Err(cause) => return Err(PassedSocketError::Unusable { name, cause }),
            }
        }
        Ok(Self(sockets))
    }

    /// Takes those that stand in the place of `setting`.
    pub fn take(&mut self, setting: &str) -> Vec<TcpListener> {
        let (taken, rest) = std::mem::take(&mut self.0)
            .into_iter()
            .partition(|(name, _)| name == setting);
        self.0 = rest;
        let taken: Vec<_> = taken;
        taken.into_iter().map(|(_, socket)| socket).collect()
    }

    /// Every socket has been taken; `settings` are those that may name one.
    pub fn expect_empty(&self, settings: &[&str]) -> Result<(), PassedSocketError> {
        match self.0.first() {
            None => Ok(()),
            Some((name, _)) => Err(PassedSocketError::Unknown {
                name: name.clone(),
                expected: settings.join(", "),
            }),
        }
    }
}
