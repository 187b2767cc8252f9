//! What a client is sent: all that waits goes out in one write.

use std::io;
use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

use super::wire::Sink;
use crate::engine::Engine;
use crate::engine::session::{Ending, Link, Outgoing, Session, Work};
use crate::engine::xml::{Scope, write_element};
use crate::engine::{management, message};

/// Bytes of one write, about.
const BATCH: usize = 64 * 1024;

/// Writes what is queued until the session ends or goes on without this connection, or the client does not read it. Gives
/// back whether the client was told that its stream is over.
pub async fn run(engine: &Engine, session: &Arc<Session>, link: &Arc<Link>, mut sink: Sink) -> bool {
    let patience = engine.settings().limits.write_timeout;
    loop {
        match session.outbox().work(link, BATCH).await {
            Work::Write(batch) => {
                for outgoing in &batch.outgoing {
                    if let Outgoing::Stanza(delivery) = outgoing {
                        engine.metrics().count_sent(delivery.stanza.kind);
                    }
                }
                let written = timeout(patience, write(&mut sink, &batch.outgoing));
                if !matches!(written.await, Ok(Ok(()))) {
                    engine.part(session, link, Ending::Lost);
                    return false;
                }
                if !batch.held.is_empty() {
                    message::acknowledge(engine, session, batch.held);
                }
            }
            Work::End(ending) => {
                let finished = timeout(patience, finish(session, &mut sink, ending)).await;
                return ending != Ending::Lost && matches!(finished, Ok(Ok(())));
            }
        }
    }
}

async fn write(sink: &mut Sink, outgoing: &[Outgoing]) -> io::Result<()> {
    match sink {
        Sink::Bytes(socket) => {
            let mut out = Vec::new();
            for outgoing in outgoing {
                match outgoing {
                    Outgoing::Stanza(delivery) => delivery.stanza.write(delivery.to.as_deref(), &mut out),
                    Outgoing::Nonza(element) | Outgoing::Enabled(element) => {
                        write_element(element, Scope::CLIENT, &mut out);
                    }
                }
            }
            socket.write_all(&out).await?;
            socket.flush().await
        }
        Sink::Messages(messages) => {
            for outgoing in outgoing {
                match outgoing {
                    Outgoing::Stanza(delivery) => {
                        messages.send_stanza(&delivery.stanza, delivery.to.as_deref()).await?;
                    }
                    Outgoing::Nonza(element) | Outgoing::Enabled(element) => messages.send(element).await?,
                }
            }
            Ok(())
        }
    }
}

async fn finish(session: &Session, sink: &mut Sink, ending: Ending) -> io::Result<()> {
    let mut last = Vec::new();
    // XEP-0198 §4: who closes a stream says what he has got.
    if session.is_managed() && ending != Ending::Lost {
        last.push(management::acknowledgement(session));
    }
    if let Ending::Error(error) = ending {
        last.push(error.to_element());
    }
    match sink {
        Sink::Bytes(socket) => {
            if ending != Ending::Lost {
                let mut out = Vec::new();
                for element in &last {
                    write_element(element, Scope::CLIENT, &mut out);
                }
                out.extend_from_slice(b"</stream:stream>");
                socket.write_all(&out).await?;
            }
            socket.shutdown().await
        }
        Sink::Messages(messages) => {
            for element in &last {
                messages.send(element).await?;
            }
            messages.close().await
        }
    }
}
