//! What a client is sent: all that waits goes out in one write.

use std::sync::Arc;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::engine::Engine;
use crate::engine::session::{Ending, Link, Outgoing, Session, Work};
use crate::engine::xml::{Scope, write_element};
use crate::engine::{management, message};

/// Bytes of one write, about.
const BATCH: usize = 64 * 1024;

/// Writes what is queued until the session ends or goes on without this connection, or the client does not read it.
pub async fn run<IO: AsyncWrite + Unpin>(engine: &Engine, session: &Arc<Session>, link: &Arc<Link>, io: &mut IO) {
    let patience = engine.settings().limits.write_timeout;
    loop {
        match session.outbox().work(link, BATCH).await {
            Work::Write(batch) => {
                let mut out = Vec::new();
                for outgoing in &batch.outgoing {
                    write(outgoing, &mut out);
                }
                let written = timeout(patience, async {
                    io.write_all(&out).await?;
                    io.flush().await
                });
                if !matches!(written.await, Ok(Ok(()))) {
                    engine.part(session, link, Ending::Lost);
                    return;
                }
                if !batch.held.is_empty() {
                    message::acknowledge(engine, session, batch.held);
                }
            }
            Work::End(ending) => {
                let _the_client_has_gone = timeout(patience, finish(session, io, ending)).await;
                return;
            }
        }
    }
}

fn write(outgoing: &Outgoing, out: &mut Vec<u8>) {
    match outgoing {
        Outgoing::Stanza(delivery) => delivery.stanza.write(delivery.to.as_deref(), out),
        Outgoing::Nonza(element) | Outgoing::Enabled(element) => write_element(element, Scope::CLIENT, out),
    }
}

async fn finish<IO: AsyncWrite + Unpin>(session: &Session, io: &mut IO, ending: Ending) -> std::io::Result<()> {
    let mut out = Vec::new();
    // XEP-0198 §4: who closes a stream says what he has got.
    if session.is_managed() && ending != Ending::Lost {
        write_element(&management::acknowledgement(session), Scope::CLIENT, &mut out);
    }
    match ending {
        Ending::Lost => return io.shutdown().await,
        Ending::Closed => {}
        Ending::Error(error) => write_element(&error.to_element(), Scope::CLIENT, &mut out),
    }
    out.extend_from_slice(b"</stream:stream>");
    io.write_all(&out).await?;
    io.shutdown().await
}
