//! A session: what its requests say goes to the stream in the order of their numbers, and what the stream says goes into
//! the oldest request that waits. Everything that it holds is bounded.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::body::{self, Incoming, Opening};
use crate::engine::listener::MessageEnd;

/// Requests that a client may have under way, and answers that are kept for those whose answer was lost.
pub const WINDOW: usize = 2;

const LONGEST_WAIT: u64 = 60;

/// Without a request for so long the client is gone.
const INACTIVITY: Duration = Duration::from_secs(60);

/// Bytes that wait for a request; beyond it nothing more is taken from the stream.
const MOST_WAITING: usize = 256 * 1024;

/// A request, and where its answer goes.
pub struct Asked {
    pub incoming: Incoming,
    pub answer: oneshot::Sender<String>,
}

pub struct Session {
    id: String,
    host: String,
    lang: Option<String>,
    wait: Duration,
    hold: usize,
    /// The number of the request that comes next.
    expected: u64,
    end: MessageEnd,
    /// Requests that came before their turn.
    early: BTreeMap<u64, Asked>,
    /// Requests that wait, oldest first, and until when.
    held: VecDeque<(u64, oneshot::Sender<String>, Instant)>,
    /// The last answers by number.
    answers: VecDeque<(u64, String)>,
    /// What waits for a request.
    waiting: Vec<String>,
    waiting_bytes: usize,
    /// The first answer tells of the session.
    is_new: bool,
    /// The stream has failed.
    has_failed: bool,
}

/// What happened.
enum Event {
    Asked(Option<Asked>),
    Said(Option<String>),
    Waited,
    Silence,
}

impl Session {
    pub fn new(id: String, opening: &Opening, rid: u64, end: MessageEnd) -> Self {
        Self {
            id,
            host: opening.to.clone(),
            lang: opening.lang.clone(),
            wait: Duration::from_secs(opening.wait.min(LONGEST_WAIT)),
            hold: opening.hold.min(1),
            expected: rid,
            end,
            early: BTreeMap::new(),
            held: VecDeque::new(),
            answers: VecDeque::new(),
            waiting: Vec::new(),
            waiting_bytes: 0,
            is_new: true,
            has_failed: false,
        }
    }

    /// Serves requests until the stream has ended or the client is gone.
    pub async fn run(mut self, mut asked: mpsc::Receiver<Asked>) {
        loop {
            let first = self.held.front().map(|(_, _, until)| *until);
            let may_take = self.waiting_bytes < MOST_WAITING;
            let silent = Instant::now() + INACTIVITY;
            let event = tokio::select! {
                biased;
                text = self.end.to_client.recv(), if may_take => Event::Said(text),
                asked = asked.recv() => Event::Asked(asked),
                () = sleep_until(first.unwrap_or(silent)), if first.is_some() => Event::Waited,
                () = sleep_until(silent), if first.is_none() => Event::Silence,
            };
            match event {
                Event::Said(Some(text)) => self.take(text),
                // The stream has ended.
                Event::Said(None) => return self.finish(),
                Event::Asked(Some(request)) => {
                    if !self.serve(request).await {
                        return;
                    }
                }
                Event::Waited => self.answer_first(),
                Event::Asked(None) | Event::Silence => return,
            }
        }
    }

    /// Takes what the stream says. All of it that is there goes into one answer.
    fn take(&mut self, text: String) {
        let mut next = Some(text);
        while let Some(text) = next {
            // The headers of streams are not for these clients; an error is the last thing that a stream says.
            if !text.starts_with("<open ") && !text.starts_with("<close ") {
                self.has_failed |= text.starts_with("<error ");
                self.waiting_bytes += text.len();
                self.waiting.push(text);
            }
            next = (self.waiting_bytes < MOST_WAITING)
                .then(|| self.end.to_client.try_recv().ok())
                .flatten();
        }
        if !self.waiting.is_empty() && !self.has_failed {
            self.answer_first();
        }
    }

    /// Serves a request in its turn. `false`: the session is over.
    async fn serve(&mut self, request: Asked) -> bool {
        let rid = request.incoming.rid;
        if let Some((_, answer)) = self.answers.iter().find(|(answered, _)| *answered == rid) {
            // Its answer was lost, so it gets it again (§14.3).
            let _the_client_may_be_gone = request.answer.send(answer.clone());
            return true;
        }
        if let Some(held) = self.held.iter_mut().find(|(held, ..)| *held == rid) {
            let _the_one_before = std::mem::replace(&mut held.1, request.answer).send(body::answer(&[], &[]));
            return true;
        }
        if rid < self.expected || rid >= self.expected + WINDOW as u64 {
            let _the_client_may_be_gone = request.answer.send(body::terminate("item-not-found"));
            return false;
        }
        self.early.insert(rid, request);
        while let Some(request) = self.early.remove(&self.expected) {
            self.expected += 1;
            self.hand_over(&request.incoming).await;
            let until = Instant::now() + self.wait;
            self.held.push_back((request.incoming.rid, request.answer, until));
            let has_something = !self.waiting.is_empty() && !self.has_failed;
            while self.held.len() > self.hold.max(usize::from(self.is_new)) || (has_something && self.held.len() == 1) {
                self.answer_first();
                if self.held.is_empty() {
                    break;
                }
            }
        }
        true
    }

    async fn hand_over(&self, incoming: &Incoming) {
        let begins = incoming.sid.is_none() || incoming.restarts;
        let opening = begins.then(|| body::open(&self.host, self.lang.as_deref()));
        let closing = incoming.terminates.then(body::close);
        let elements = incoming.elements.iter().cloned();
        for text in opening.into_iter().chain(elements).chain(closing) {
            if self.end.from_client.send(text).await.is_err() {
                // The stream has ended, and is about to say so.
                return;
            }
        }
    }

    /// Answers the request that has waited longest with all that waits for one.
    fn answer_first(&mut self) {
        let Some((rid, answer, _)) = self.held.pop_front() else {
            return;
        };
        let elements = std::mem::take(&mut self.waiting);
        self.waiting_bytes = 0;
        let text = if std::mem::take(&mut self.is_new) {
            let (wait, hold) = (self.wait.as_secs().to_string(), self.hold.to_string());
            let (requests, inactivity) = (WINDOW.to_string(), INACTIVITY.as_secs().to_string());
            let told = [
                ("sid", &*self.id),
                ("from", &self.host),
                ("wait", &wait),
                ("hold", &hold),
                ("requests", &requests),
                ("inactivity", &inactivity),
                ("polling", "2"),
                ("ver", "1.11"),
                ("xmpp:version", "1.0"),
                ("xmpp:restartlogic", "true"),
            ];
            body::answer(&told, &elements)
        } else {
            body::answer(&[], &elements)
        };
        self.answers.push_back((rid, text.clone()));
        if self.answers.len() > WINDOW {
            self.answers.pop_front();
        }
        let _the_client_may_be_gone = answer.send(text);
    }

    /// Tells every request that waits that the session is over.
    fn finish(mut self) {
        let elements = std::mem::take(&mut self.waiting);
        let mut told = vec![("type", "terminate")];
        if self.has_failed {
            told.push(("condition", "remote-stream-error"));
        }
        let last = body::answer(&told, &elements);
        for (_, answer, _) in self.held.drain(..) {
            let _the_client_may_be_gone = answer.send(last.clone());
        }
    }
}
