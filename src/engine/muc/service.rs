//! A service of rooms: it takes what is sent to its domain and gives it to what serves that kind of stanza.

use std::sync::Arc;

use super::incoming::{ChatService, Incoming};
use super::{messages, presence, relay, requests};
use crate::domain::Result;
use crate::domain::address::Host;
use crate::domain::page::PageRequest;
use crate::domain::room::RoomService;
use crate::engine::Engine;
use crate::engine::Service;
use crate::engine::serving::Serving;
use crate::engine::session::Session;
use crate::engine::stanza::{Kind, Stanza};
use crate::storage::room_services;

struct Served(Arc<ChatService>);

impl Service for Served {
    fn take(&self, engine: &Engine, sender: &Arc<Session>, stanza: Stanza) -> Serving {
        let Some(to) = stanza.to.clone() else {
            return Serving::Done;
        };
        let kind = stanza.kind;
        let incoming = Incoming {
            engine: engine.clone(),
            service: Arc::clone(&self.0),
            sender: Arc::clone(sender),
            stanza,
            to,
        };
        match kind {
            Kind::Message(kind) => messages::take(incoming, kind),
            Kind::Presence(kind) => Serving::Alone(Box::pin(presence::take(incoming, kind))),
            Kind::Iq(_) if incoming.nick().is_some() => Serving::Alone(Box::pin(relay::take(incoming))),
            Kind::Iq(_) => Serving::Alone(Box::pin(requests::take(incoming))),
        }
    }
}

/// Begins to serve every service that is stored.
pub async fn register_services(engine: &Engine) -> Result<()> {
    for host in engine.hosts().to_vec() {
        let mut page = PageRequest::first();
        loop {
            let (of_host, asked) = (host.clone(), page);
            let found = engine
                .store()
                .read(move |connection| room_services::list(connection, &of_host, &asked))
                .await?;
            for service in &found.items {
                register(engine, &host, &service.name);
            }
            match found.next {
                Some(next) => page = PageRequest::after(Some(next)),
                None => break,
            }
        }
    }
    Ok(())
}

/// Serves a service from now on.
pub fn register(engine: &Engine, host: &Host, name: &str) {
    // What makes no domain could not be stored.
    let Ok(domain) = RoomService::domain(name, host) else {
        return;
    };
    let service = ChatService {
        host: host.clone(),
        name: name.to_owned(),
    };
    engine
        .router()
        .register(domain.as_str(), Arc::new(Served(Arc::new(service))));
}
