//! What a client sends, in its order: the effects of a stanza never come before those of an earlier one. Stanzas that
//! are stored wait for the disk side by side, within a window; everything else waits for those before it.

use std::sync::Arc;

use futures::future::{BoxFuture, ready};
use futures::stream::FuturesOrdered;
use futures::{FutureExt, StreamExt};
use tokio::time::{Instant, timeout};

use super::lost::Lost;
use super::pace::Pace;
use super::wire::Source;
use crate::domain::address::Address;
use crate::engine::Engine;
use crate::engine::dispatch;
use crate::engine::management;
use crate::engine::serving::Serving;
use crate::engine::session::{Link, Outgoing, Session};
use crate::engine::stanza::{IqType, Kind, Stanza};
use crate::engine::stream_error::StreamError;
use crate::engine::xml::{Element, Frame, ns};

/// Stanzas of one session that may wait for the disk, and their bytes; beyond it nothing is read.
const WINDOW: usize = 64;
const WINDOW_BYTES: usize = 256 * 1024;

/// Why nothing more comes.
pub enum Ended {
    /// The client closed its stream.
    Closed,
    /// It has gone without a word.
    Lost,
    Fault(StreamError),
    /// The session has ended, or goes on without this connection.
    Stopped,
}

impl From<Lost> for Ended {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Gone => Self::Lost,
            Lost::Fault(error) => Self::Fault(error),
        }
    }
}

/// What takes its turn behind all that the client sent before.
#[derive(Clone, Copy)]
enum Turn {
    /// A stanza has taken effect.
    Stanza,
    /// The client asks how many have (XEP-0198 §4).
    Question,
}

/// A turn, and the bytes of the stanza that waits for it.
type Waiting = (Turn, usize);

/// A client's stream, and what of it has not taken effect.
struct Reading<'run> {
    engine: &'run Engine,
    session: &'run Arc<Session>,
    turns: FuturesOrdered<BoxFuture<'static, Waiting>>,
    /// Bytes of the stanzas that wait.
    bytes: usize,
    pace: Pace,
}

/// Serves what the client sends until it ends. All that was read has taken effect then.
pub async fn run(engine: &Engine, session: &Arc<Session>, link: &Link, source: &mut Source) -> Ended {
    let limits = &engine.settings().limits;
    let mut reading = Reading {
        engine,
        session,
        turns: FuturesOrdered::new(),
        bytes: 0,
        pace: Pace::new(limits.stanza_rate, limits.stanza_burst, Instant::now()),
    };
    let ended = reading.read(link, source).await;
    reading.drain().await;
    ended
}

impl Reading<'_> {
    async fn read(&mut self, link: &Link, source: &mut Source) -> Ended {
        loop {
            let may_read = self.turns.len() < WINDOW && self.bytes < WINDOW_BYTES;
            let next = async {
                self.pace.ready().await;
                patiently(self.engine, self.session, source).await
            };
            let frame = tokio::select! {
                biased;
                Some(waiting) = self.turns.next() => {
                    self.take_turn(waiting);
                    continue;
                }
                () = link.stopped() => return Ended::Stopped,
                frame = next, if may_read => frame,
            };
            let served = match frame {
                // Whoever reports an error has closed its stream (RFC 6120 §4.9.1.1).
                Ok(Frame::Element(element)) if element.is("error", ns::STREAM) => return Ended::Closed,
                Ok(Frame::Element(element)) => self.serve(element).await,
                Ok(Frame::Whitespace) => continue,
                Ok(Frame::Close) => return Ended::Closed,
                Ok(Frame::Open(_)) => return Ended::Fault(StreamError::BadFormat),
                Err(lost) => return lost.into(),
            };
            if let Err(error) = served {
                return Ended::Fault(error);
            }
        }
    }

    async fn serve(&mut self, element: Element) -> Result<(), StreamError> {
        self.pace.count(Instant::now());
        if element.is("r", ns::STREAM_MANAGEMENT) {
            self.turns.push_back(Box::pin(ready((Turn::Question, 0))));
            return Ok(());
        }
        let bytes = element.weight();
        let is_stanza = element.ns() == ns::JABBER_CLIENT;
        match dispatch::serve(self.engine, self.session, element)? {
            Serving::Done if is_stanza => self.turns.push_back(Box::pin(ready((Turn::Stanza, 0)))),
            Serving::Done => {}
            Serving::Stored(stored) => {
                self.bytes += bytes;
                self.turns
                    .push_back(Box::pin(stored.map(move |()| (Turn::Stanza, bytes))));
            }
            Serving::Alone(serving) => {
                self.drain().await;
                serving.await;
                if is_stanza {
                    self.take_turn((Turn::Stanza, 0));
                }
            }
        }
        Ok(())
    }

    async fn drain(&mut self) {
        while let Some(waiting) = self.turns.next().await {
            self.take_turn(waiting);
        }
    }

    fn take_turn(&mut self, (turn, bytes): Waiting) {
        self.bytes -= bytes;
        match turn {
            Turn::Stanza => self.session.count_handled(),
            Turn::Question => management::answer(self.engine, self.session),
        }
    }
}

/// The next frame. A client that has been silent for long is asked for a sign of life, once.
async fn patiently(engine: &Engine, session: &Arc<Session>, source: &mut Source) -> Result<Frame, Lost> {
    let patience = engine.settings().limits.idle_timeout;
    if let Ok(frame) = timeout(patience, source.next()).await {
        return frame;
    }
    engine.send(session, sign_of_life(session));
    match timeout(patience, source.next()).await {
        Ok(frame) => frame,
        Err(_) => Err(Lost::Fault(StreamError::ConnectionTimeout)),
    }
}

/// What every client answers: a question of stream management, or a ping (XEP-0199).
fn sign_of_life(session: &Session) -> Outgoing {
    if session.is_managed() {
        return Outgoing::nonza(Element::new("r", ns::STREAM_MANAGEMENT));
    }
    let ping = Stanza::new(Kind::Iq(IqType::Get))
        .with_from(Address::of_host(session.host()).into())
        .with_to(session.address().clone())
        .with_id("sign-of-life")
        .with_child(Element::new("ping", ns::PING));
    Outgoing::Stanza(ping.into())
}
