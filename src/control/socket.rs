//! The control socket of the running service.

use std::{
    fs::{self, Permissions},
    io,
    ops::ControlFlow,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    pin::pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream, unix::OwnedWriteHalf},
    sync::{
        Semaphore,
        mpsc::{self, error::TrySendError},
    },
    time::timeout,
};

use super::{MAX_LINE, Reply, Request, operator, perform, socket_path};
use crate::{
    admin::{Admin, AdminSession, Caller},
    data_dir::DataDir,
    domain::progress::{Progress, Step},
    exchange_dir::ExchangeDir,
};

/// Commands that are served at the same time; further ones wait.
const MAX_CONNECTIONS: usize = 16;
/// For the next line of a client, and for it to read one.
const PATIENCE: Duration = Duration::from_secs(60);

/// The socket, until dropped.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

#[derive(Debug, thiserror::Error)]
#[error(
    "the control socket {} cannot be made: {cause}; a shorter server.data_dir on a local disk can hold one",
    path.display()
)]
pub struct SocketError {
    path: PathBuf,
    cause: io::Error,
}

impl Socket {
    /// Makes the socket, in place of one that a dead service left: the lock on the directory proves that it is dead.
    pub fn bind(data_dir: &DataDir) -> Result<Self, SocketError> {
        let path = socket_path(data_dir.path());
        let made = || {
            match fs::remove_file(&path) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
                _ => {}
            }
            let listener = UnixListener::bind(&path)?;
            fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            Ok(listener)
        };
        match made() {
            Ok(listener) => Ok(Self { listener, path }),
            Err(cause) => Err(SocketError { path, cause }),
        }
    }

    /// Answers commands until the future is dropped.
    pub async fn serve(self, admin: Admin, exchange: ExchangeDir) {
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            let stream = match self.listener.accept().await {
                Ok((stream, _)) => stream,
                Err(cause) => {
                    tracing::warn!(%cause, "a command was not accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            let (admin, exchange) = (admin.clone(), exchange.clone());
            tokio::spawn(async move {
                let _place = place;
                if let Err(cause) = converse(stream, &admin, &exchange).await {
                    tracing::debug!(%cause, "a command ended early");
                }
            });
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if let Err(cause) = fs::remove_file(&self.path) {
            tracing::debug!(%cause, "the control socket was gone already");
        }
    }
}

async fn converse(stream: UnixStream, admin: &Admin, exchange: &ExchangeDir) -> io::Result<()> {
    let user = stream.peer_cred()?.uid();
    // Between `bind` and `set_permissions` the mode alone may let others in.
    if !operator::may_operate(user) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let session = admin.session(Caller::operator(operator::name(user)));
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader);
    loop {
        let mut line = String::new();
        if timeout(PATIENCE, (&mut lines).take(MAX_LINE).read_line(&mut line)).await?? == 0 {
            return Ok(());
        }
        let reply = match serde_json::from_str::<Request>(&line) {
            Ok(request) => perform_aloud(&session, exchange, request, &mut writer).await?,
            Err(cause) => Reply::Failed {
                reason: format!("the running service does not know this command: {cause}"),
            },
        };
        write(&mut writer, &reply).await?;
    }
}

/// Performs a request and writes how far it has come while it takes its time.
async fn perform_aloud(
    session: &AdminSession,
    exchange: &ExchangeDir,
    request: Request,
    writer: &mut OwnedWriteHalf,
) -> io::Result<Reply> {
    let (tell, mut told) = mpsc::channel::<Step>(1);
    // A client that is behind misses a step; one that has gone ends the work.
    let progress: Progress = Box::new(move |step| match tell.try_send(step) {
        Err(TrySendError::Closed(_)) => ControlFlow::Break(()),
        Ok(()) | Err(TrySendError::Full(_)) => ControlFlow::Continue(()),
    });
    let mut work = pin!(perform(session, exchange, request, progress));
    loop {
        tokio::select! {
            reply = &mut work => return Ok(reply),
            Some(Step { done, total }) = told.recv() => write(writer, &Reply::Progress { done, total }).await?,
        }
    }
}

async fn write(writer: &mut OwnedWriteHalf, reply: &Reply) -> io::Result<()> {
    let mut answer = serde_json::to_vec(reply)?;
    answer.push(b'\n');
    timeout(PATIENCE, writer.write_all(&answer)).await?
}
