//! What a client sends, in its order: the effects of a stanza never come before those of an earlier one. Stanzas that
//! are stored wait for the disk side by side, within a window; everything else waits for those before it.

use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesOrdered;
use tokio::io::AsyncRead;
use tokio::time::timeout;

use super::wire::{Lost, next_frame};
use crate::engine::Engine;
use crate::engine::dispatch::{self, Serving};
use crate::engine::session::{Outgoing, Session};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, Frame, StreamParser, ns};

/// Stanzas of one session that may wait for the disk; beyond it nothing is read.
const WINDOW: usize = 64;

/// Why nothing more comes.
pub enum Ended {
    /// The client closed its stream.
    Closed,
    /// It has gone without a word.
    Lost,
    Fault(StreamError),
}

impl From<Lost> for Ended {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Gone => Self::Lost,
            Lost::Fault(error) => Self::Fault(error),
        }
    }
}

/// Serves what the client sends until it ends.
pub async fn run<IO: AsyncRead + Unpin>(
    engine: &Engine,
    session: &Arc<Session>,
    io: &mut IO,
    mut parser: StreamParser,
) -> Ended {
    let mut storing: FuturesOrdered<BoxFuture<'static, ()>> = FuturesOrdered::new();
    loop {
        let frame = tokio::select! {
            biased;
            Some(()) = storing.next() => continue,
            frame = patiently(engine, session, io, &mut parser), if storing.len() < WINDOW => frame,
        };
        let element = match frame {
            Ok(Frame::Element(element)) => element,
            Ok(Frame::Whitespace) => continue,
            Ok(Frame::Close) => {
                while storing.next().await.is_some() {}
                return Ended::Closed;
            }
            Ok(Frame::Open(_)) => return Ended::Fault(StreamError::BadFormat),
            Err(lost) => return lost.into(),
        };
        match dispatch::serve(engine, session, element) {
            Ok(Serving::Done) => {}
            Ok(Serving::Stored(stored)) => storing.push_back(stored),
            Ok(Serving::Alone(serving)) => {
                while storing.next().await.is_some() {}
                serving.await;
            }
            Err(error) => return Ended::Fault(error),
        }
    }
}

/// The next frame. A client that has been silent for long is asked for a sign of life, once.
async fn patiently<IO: AsyncRead + Unpin>(
    engine: &Engine,
    session: &Arc<Session>,
    io: &mut IO,
    parser: &mut StreamParser,
) -> Result<Frame, Lost> {
    let patience = engine.settings().limits.idle_timeout;
    if let Ok(frame) = timeout(patience, next_frame(io, parser)).await {
        return frame;
    }
    let ping = Element::new("iq", ns::JABBER_CLIENT)
        .with_attr("from", session.host())
        .with_attr("to", session.address())
        .with_attr("type", "get")
        .with_attr("id", "sign-of-life")
        .with_child(Element::new("ping", ns::PING));
    engine.send(session, Outgoing::Nonza(ping));
    match timeout(patience, next_frame(io, parser)).await {
        Ok(frame) => frame,
        Err(_) => Err(Lost::Fault(StreamError::ConnectionTimeout)),
    }
}
