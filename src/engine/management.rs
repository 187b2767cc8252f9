//! Stream management (XEP-0198): both sides tell how many stanzas they have, and a client that lost its connection goes
//! on with another. How stanzas are counted is the matter of a session's queue and of what reads its stream.

use std::sync::Arc;
use std::time::Duration;

use super::refusal;
use super::serving::Serving;
use super::session::{Delivery, Ending, Facts, Link, NotResumed, Outgoing, Session};
use super::stanza::{Condition, IqType, Kind};
use super::stream_error::StreamError;
use super::xml::{Element, ns};
use super::{Engine, message};
use crate::domain::address::{Address, Host};

/// Serves an element of stream management but `<r/>`, which has its place in the order of stanzas.
pub fn serve(engine: &Engine, session: &Arc<Session>, element: &Element) -> Result<Serving, StreamError> {
    match element.name() {
        "enable" => {
            let (engine, session) = (engine.clone(), Arc::clone(session));
            let asked = Resumption::asked(element);
            // Stanzas before it are not counted.
            Ok(Serving::Alone(Box::pin(
                async move { enable(&engine, &session, asked) },
            )))
        }
        "a" => {
            let h = count(element).ok_or(StreamError::BadFormat)?;
            let held = session.outbox().acknowledge(h)?;
            if !held.is_empty() {
                message::acknowledge(engine, session, held);
            }
            Ok(Serving::Done)
        }
        "resume" => {
            engine.send(session, Outgoing::nonza(failed(Condition::UnexpectedRequest, None)));
            Ok(Serving::Done)
        }
        _ => Err(StreamError::UnsupportedStanzaType),
    }
}

/// Tells the client how many of its stanzas have taken effect.
pub fn answer(engine: &Engine, session: &Arc<Session>) {
    if session.is_managed() {
        engine.send(session, Outgoing::nonza(acknowledgement(session)));
    }
}

pub fn acknowledgement(session: &Session) -> Element {
    Element::new("a", ns::STREAM_MANAGEMENT).with_attr("h", session.handled())
}

/// What a client wants of resumption.
struct Resumption {
    wanted: bool,
    /// No longer than this.
    max: Option<Duration>,
}

impl Resumption {
    fn asked(enable: &Element) -> Self {
        let seconds = enable.attr("max").and_then(|max| max.parse().ok());
        Self {
            wanted: matches!(enable.attr("resume"), Some("true" | "1")),
            max: seconds.map(Duration::from_secs),
        }
    }
}

fn enable(engine: &Engine, session: &Arc<Session>, asked: Resumption) {
    if !session.begin_counting() {
        let refused = failed(Condition::UnexpectedRequest, None);
        return engine.send(session, Outgoing::nonza(refused));
    }
    engine.send(session, Outgoing::Enabled(Box::new(enabled(engine, session, asked))));
}

/// Enables it for a session to which nothing has been written yet, and gives the answer to `<enable/>` (XEP-0386 §3.2).
pub fn enable_from_the_first(engine: &Engine, session: &Session, enable: &Element) -> Element {
    session.begin_counting();
    session.outbox().count_from_the_first();
    enabled(engine, session, Resumption::asked(enable))
}

fn enabled(engine: &Engine, session: &Session, asked: Resumption) -> Element {
    let enabled = Element::new("enabled", ns::STREAM_MANAGEMENT);
    let most = engine.settings().limits.resumption;
    let patience = asked.max.map_or(most, |max| max.min(most));
    // Who has no time to come back cannot.
    if !asked.wanted || patience.is_zero() {
        return enabled;
    }
    session.outbox().set_resumption(patience);
    enabled
        .with_attr("id", session.id())
        .with_attr("resume", "true")
        .with_attr("max", patience.as_secs())
}

/// The refusal of a request of stream management, with what is known of the count of the session that it is about.
pub fn failed(condition: Condition, h: Option<u32>) -> Element {
    Element::new("failed", ns::STREAM_MANAGEMENT)
        .with_optional_attr("h", h)
        .with_child(Element::new(condition.name(), ns::STANZA_ERRORS))
}

fn count(element: &Element) -> Option<u32> {
    element.attr("h")?.parse().ok()
}

/// Why a session is not resumed.
pub enum Refused {
    /// The client may go on and bind a resource.
    Answer(Element),
    /// The stream ends.
    Fault(StreamError),
}

/// Goes on with a session of `bare` on a connection that has these `facts`. A connection that the session still has ends
/// with `conflict`; what it has read takes effect first, and is in the count that the client is told. `greet` makes of
/// that what the stream begins with.
pub async fn resume(
    engine: &Engine,
    bare: &Address,
    host: &Host,
    facts: Facts,
    request: &Element,
    greet: impl Fn(&Session, Element) -> Vec<Element>,
) -> Result<(Arc<Session>, Arc<Link>), Refused> {
    let (Some(h), Some(id)) = (count(request), request.attr("previd")) else {
        return Err(Refused::Answer(failed(Condition::BadRequest, None)));
    };
    let unknown = || Refused::Answer(failed(Condition::ItemNotFound, engine.departed().find(bare, id)));
    let session = engine
        .registry()
        .sessions(bare)
        .into_iter()
        .find(|session| session.id() == id && session.host() == host)
        .ok_or_else(unknown)?;
    loop {
        let resumed = || {
            let resumed = Element::new("resumed", ns::STREAM_MANAGEMENT)
                .with_attr("h", session.handled())
                .with_attr("previd", id);
            greet(&session, resumed)
        };
        match session.outbox().resume(h, resumed) {
            Ok((link, held)) => {
                if !held.is_empty() {
                    message::acknowledge(engine, &session, held);
                }
                session.set_facts(facts);
                engine.metrics().resumptions.inc();
                return Ok((session, link));
            }
            Err(NotResumed::Gone) => return Err(unknown()),
            Err(NotResumed::TooHigh(error)) => return Err(Refused::Fault(error.into())),
            Err(NotResumed::Busy(link)) => {
                engine.part(&session, &link, Ending::Error(StreamError::Conflict));
                link.drained().await;
            }
        }
    }
}

/// Ends a session that nobody resumes in time.
pub fn expect_back(engine: &Engine, session: &Arc<Session>, parting: u32, patience: Duration) {
    let (waiting, expected) = (engine.downgrade(), Arc::downgrade(session));
    engine.spawn(async move {
        tokio::time::sleep(patience).await;
        let (Some(engine), Some(session)) = (waiting.upgrade(), expected.upgrade()) else {
            return;
        };
        if session.outbox().expire(parting) {
            engine.departed().note(&session);
            engine.end(&session, Ending::Lost);
        }
    });
}

/// Gives back what the client of an ended session has not got, or did not say it has. Nothing is written to it any more.
pub fn settle(engine: &Engine, session: &Arc<Session>) {
    let remains = session.outbox().take_remains();
    let is_held = remains.iter().any(|delivery| delivery.held.is_some());
    for delivery in remains {
        give_back(engine, session, Outgoing::Stanza(delivery));
    }
    message::release(engine, session);
    if is_held {
        let others = engine.registry().sessions(&session.address().bare);
        let taking = |session: &&Arc<Session>| session.priority().is_some_and(|priority| priority >= 0);
        if let Some(other) = others.iter().find(taking) {
            engine.spawn(message::flush(engine, other));
        }
    }
}

/// Routes a message once more, to whoever is there for the account; whoever asked something is told that nobody answers.
pub fn give_back(engine: &Engine, session: &Arc<Session>, outgoing: Outgoing) {
    let Outgoing::Stanza(Delivery { stanza, held, .. }) = outgoing else {
        return;
    };
    if !session.is_managed() {
        return;
    }
    match stanza.kind {
        // What is in the offline store waits there.
        Kind::Message(_) if held.is_some() => {}
        Kind::Message(kind) => message::reroute(engine, session, kind, &stanza),
        Kind::Iq(IqType::Get | IqType::Set) => refusal::bounce(engine, &stanza, Condition::RecipientUnavailable),
        Kind::Iq(_) | Kind::Presence(_) => {}
    }
}
