//! The command's end of the control socket. It blocks: a command does one thing at a time.

use std::{
    io::{self, BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use super::{Reply, Request, socket_path};
use crate::domain::progress::Step;

/// Longer than any change takes; a service that is silent for so long is stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection to the running service.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<UnixStream>,
}

#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    #[error("no answer from the running service: {0}; look into its log")]
    Io(#[from] io::Error),
    #[error("the running service answered what this version does not understand: {0}; use the program it runs from")]
    Message(#[from] serde_json::Error),
}

impl Client {
    /// `None` when no service runs on this data directory.
    pub fn connect(data_dir: &Path) -> Result<Option<Self>, ClientError> {
        let stream = match UnixStream::connect(socket_path(data_dir)) {
            Ok(stream) => stream,
            // A socket without a listener was left behind by a service that was killed.
            Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
                return Ok(None);
            }
            Err(cause) => return Err(cause.into()),
        };
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        Ok(Some(Self {
            stream: BufReader::new(stream),
        }))
    }

    /// Sends `request` and waits for the reply; `progress` hears of what takes long.
    pub fn send(&mut self, request: &Request, mut progress: impl FnMut(Step)) -> Result<Reply, ClientError> {
        let mut line = serde_json::to_vec(request)?;
        line.push(b'\n');
        self.stream.get_mut().write_all(&line)?;
        loop {
            let mut answer = String::new();
            if self.stream.read_line(&mut answer)? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            match serde_json::from_str(&answer)? {
                Reply::Progress { done, total } => progress(Step { done, total }),
                reply => return Ok(reply),
            }
        }
    }
}
