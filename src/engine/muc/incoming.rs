//! What is sent to a service of rooms.

use std::sync::Arc;

use crate::domain::address::{Address, FullAddress, Host, Localpart};
use crate::domain::room::RoomPlace;
use crate::engine::Engine;
use crate::engine::refusal;
use crate::engine::session::Session;
use crate::engine::stanza::{Kind, Stanza, StanzaError};
use crate::engine::xml::{Element, Node, ns};

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
