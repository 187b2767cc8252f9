//! Answers of a room to requests. Who changes something is told of its success at a fixed place among what the room tells
//! others of the change (XEP-0045 §8 to §10), so not when everything is over.

use std::sync::Arc;

use super::incoming::Incoming;
use crate::engine::Engine;
use crate::engine::session::Session;
use crate::engine::stanza::Stanza;
use crate::engine::xml::Element;

/// What a request comes to that is not refused.
pub enum Reply {
    Result(Option<Element>),
    /// The sender has been informed already, at its place among what others are told.
    Given,
}

/// A request whose sender is informed of its success where the change takes place.
#[derive(Clone)]
pub struct Request {
    sender: Arc<Session>,
    result: Arc<Stanza>,
}

impl Request {
    pub fn of(incoming: &Incoming) -> Self {
        Self {
            sender: Arc::clone(&incoming.sender),
            result: Arc::new(incoming.stanza.result(None)),
        }
    }

    /// Tells the sender that it is done.
    pub fn inform(&self, engine: &Engine) {
        engine.deliver_to(&self.sender, &self.result);
    }
}
