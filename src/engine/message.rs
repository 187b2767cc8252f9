//! Messages (RFC 6121 §5, §8).

use std::sync::Arc;

use super::Engine;
use super::dispatch::Serving;
use super::pipeline;
use super::router::Destination;
use super::session::Session;
use super::stanza::{Condition, Stanza};

/// Serves a message of a client.
pub fn send(engine: &Engine, session: &Arc<Session>, mut stanza: Stanza) -> Serving {
    let to = stanza.to.get_or_insert_with(|| {
        let mut own = session.address().clone();
        own.resource = None;
        own
    });
    match engine.router().destination(to.bare.host()) {
        Destination::Host => {
            deliver(engine, stanza);
            Serving::Done
        }
        Destination::Service(service) => Serving::Alone(service.take(engine, stanza)),
        Destination::Remote => {
            pipeline::refuse(engine, session, &stanza, &Condition::RemoteServerNotFound.into());
            Serving::Done
        }
    }
}

fn deliver(engine: &Engine, stanza: Stanza) {
    let Some(to) = &stanza.to else { return };
    let recipients = match engine.registry().find(to) {
        Some(session) => vec![session],
        None => engine
            .registry()
            .sessions(&to.bare)
            .into_iter()
            .filter(|session| session.priority().is_some_and(|priority| priority >= 0))
            .collect(),
    };
    if recipients.is_empty() {
        return pipeline::bounce(engine, &stanza, pipeline::NOBODY);
    }
    let stanza = Arc::new(stanza);
    for session in recipients {
        engine.deliver(&session, Arc::clone(&stanza));
    }
}
