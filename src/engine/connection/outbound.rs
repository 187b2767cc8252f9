//! What a client is sent: all that waits goes out in one write.

use std::sync::Arc;

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::engine::Engine;
use crate::engine::message;
use crate::engine::session::{Ending, Outgoing, Session, Work};
use crate::engine::xml::{Scope, write_element};

/// Bytes of one write, about.
const BATCH: usize = 64 * 1024;

/// Writes what is queued until the session ends or the client does not read it.
pub async fn run<IO: AsyncWrite + Unpin>(engine: &Engine, session: &Arc<Session>, io: &mut IO) {
    let patience = engine.settings().limits.write_timeout;
    loop {
        match session.outbox().work(BATCH).await {
            Work::Write(batch) => {
                let mut out = Vec::new();
                for outgoing in &batch {
                    write(outgoing, &mut out);
                }
                let written = timeout(patience, async {
                    io.write_all(&out).await?;
                    io.flush().await
                });
                if !matches!(written.await, Ok(Ok(()))) {
                    engine.end(session, Ending::Lost);
                    return;
                }
                let held: Vec<i64> = batch.iter().filter_map(Outgoing::held).collect();
                if !held.is_empty() {
                    message::acknowledge(engine, session, held);
                }
            }
            Work::End(ending) => {
                let _the_client_has_gone = timeout(patience, finish(io, ending)).await;
                return;
            }
        }
    }
}

fn write(outgoing: &Outgoing, out: &mut Vec<u8>) {
    match outgoing {
        Outgoing::Stanza(delivery) => delivery.stanza.write(delivery.to.as_deref(), out),
        Outgoing::Nonza(element) => write_element(element, Scope::CLIENT, out),
    }
}

async fn finish<IO: AsyncWrite + Unpin>(io: &mut IO, ending: Ending) -> std::io::Result<()> {
    let mut out = Vec::new();
    match ending {
        Ending::Lost => return io.shutdown().await,
        Ending::Closed => {}
        Ending::Error(error) => write_element(&error.to_element(), Scope::CLIENT, &mut out),
    }
    out.extend_from_slice(b"</stream:stream>");
    io.write_all(&out).await?;
    io.shutdown().await
}
