//! A service of rooms: it takes what is sent to its domain and gives it to what serves that kind of stanza.

use std::sync::Arc;

use super::{messages, presence, relay, requests};
use crate::domain::Result;
use crate::domain::address::{Address, FullAddress, Host, Localpart};
use crate::domain::page::PageRequest;
use crate::domain::room::{RoomPlace, RoomService};
use crate::engine::Engine;
use crate::engine::Service;
use crate::engine::refusal;
use crate::engine::serving::Serving;
use crate::engine::session::Session;
use crate::engine::stanza::{Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, Node, ns};
use crate::storage::room_services;

/// A service under its domain.
pub struct ChatService {
    pub host: Host,
    /// As it was made, in its letter case.
    pub name: String,
}

/// A stanza of a client to a service, to a room, or to somebody in a room.
pub struct Incoming {
    pub engine: Engine,
    pub service: Arc<ChatService>,
    pub sender: Arc<Session>,
    pub stanza: Stanza,
    /// As in the stanza.
    pub to: FullAddress,
}

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

impl Incoming {
    /// Where the room stands that it is for; `None`: it is for the service itself.
    pub fn place(&self) -> Option<RoomPlace> {
        Some(RoomPlace {
            host: self.service.host.clone(),
            service: self.service.name.clone(),
            name: Localpart::from_stored(self.to.bare.localpart()?),
        })
    }

    /// The room's address.
    pub fn room(&self) -> &Address {
        &self.to.bare
    }

    /// Who in the room it is for.
    pub fn nick(&self) -> Option<&str> {
        self.to.resource.as_deref()
    }

    /// Answers with an error; a message with what it said, and presence as the answer of a room. It tells that it comes
    /// from the room and not from the occupant whose address was used.
    pub fn refuse(&self, error: impl Into<StanzaError>) {
        let Some(mut answer) = self.stanza.error(&error.into()) else {
            return;
        };
        let around = match self.stanza.kind {
            Kind::Message(_) => self.stanza.content.clone(),
            Kind::Presence(_) => vec![Node::Element(Element::new("x", ns::MUC))],
            Kind::Iq(_) => return self.engine.deliver(&self.sender, answer),
        };
        if let Some(Node::Element(error)) = answer.content.last_mut()
            && self.to.bare.localpart().is_some()
        {
            error.set_attr("by", self.room());
        }
        answer.content.splice(0..0, around);
        self.engine.deliver(&self.sender, answer);
    }

    /// Answers as somebody who is not there.
    pub fn refuse_as_nobody(&self) {
        self.refuse(refusal::NOBODY);
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
