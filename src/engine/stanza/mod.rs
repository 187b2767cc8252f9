//! Stanzas (RFC 6120 §8): what is routed. The head is read once; the content stays an element tree, and its bytes are
//! made once for everybody who gets it. What was received is never forwarded as bytes.

mod error;
mod read;
mod stored;
mod write;

use std::sync::{Arc, OnceLock};

pub use error::{Condition, StanzaError};
pub use read::{Refusal, read};

use super::budget::{Budget, Charge, Charged};
use super::xml::{Element, Node};
use crate::domain::address::FullAddress;

/// The kind of a stanza with its `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Message(MessageType),
    Presence(PresenceType),
    Iq(IqType),
}

/// RFC 6121 §5.2.2; an unknown type is `normal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageType {
    Normal,
    Chat,
    Groupchat,
    Headline,
    Error,
}

/// RFC 6121 §4.7.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PresenceType {
    Available,
    Unavailable,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
    Probe,
    Error,
}

/// RFC 6120 §8.2.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IqType {
    Get,
    Set,
    Result,
    Error,
}

/// A stanza, immutable once it is shared.
#[derive(Debug)]
pub struct Stanza {
    pub kind: Kind,
    /// Of what a client sent: its full address. `None` only in answers of its own account to a client.
    pub from: Option<FullAddress>,
    /// `None`: the sender's own account.
    pub to: Option<FullAddress>,
    pub id: Option<Box<str>>,
    pub lang: Option<Box<str>>,
    pub content: Vec<Node>,
    bytes: OnceLock<Box<[u8]>>,
    charged: Charged,
}

impl Stanza {
    pub fn new(kind: Kind) -> Self {
        Self {
            kind,
            from: None,
            to: None,
            id: None,
            lang: None,
            content: Vec::new(),
            bytes: OnceLock::new(),
            charged: Charged::default(),
        }
    }

    #[must_use]
    pub fn with_from(mut self, from: FullAddress) -> Self {
        self.from = Some(from);
        self
    }

    #[must_use]
    pub fn with_to(mut self, to: FullAddress) -> Self {
        self.to = Some(to);
        self
    }

    #[must_use]
    pub fn with_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    #[must_use]
    pub fn with_child(mut self, child: Element) -> Self {
        self.content.push(Node::Element(child));
        self
    }

    /// A copy that may be changed before it is shared.
    pub fn to_owned(&self) -> Self {
        Self {
            kind: self.kind,
            from: self.from.clone(),
            to: self.to.clone(),
            id: self.id.clone(),
            lang: self.lang.clone(),
            content: self.content.clone(),
            bytes: OnceLock::new(),
            charged: Charged::default(),
        }
    }

    /// Counts what it takes while it waits in any queue.
    pub fn charge(&self, budget: &Arc<Budget>) -> Arc<Charge> {
        self.charged.charge(budget, self.weight())
    }

    pub fn children(&self) -> impl Iterator<Item = &Element> {
        self.content.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            Node::Text(_) => None,
        })
    }

    pub fn child(&self, name: &str, ns: &str) -> Option<&Element> {
        self.children().find(|child| child.is(name, ns))
    }

    pub fn has_child_in(&self, ns: &str) -> bool {
        self.children().any(|child| child.ns() == ns)
    }

    /// The error that answers it, from whom it was sent to. `None` for what must never be answered: errors, and results
    /// of requests (RFC 6120 §8.3.1).
    pub fn error(&self, error: &StanzaError) -> Option<Self> {
        let kind = match self.kind {
            Kind::Message(MessageType::Error)
            | Kind::Presence(PresenceType::Error)
            | Kind::Iq(IqType::Result | IqType::Error) => return None,
            Kind::Message(_) => Kind::Message(MessageType::Error),
            Kind::Presence(_) => Kind::Presence(PresenceType::Error),
            Kind::Iq(_) => Kind::Iq(IqType::Error),
        };
        let mut answer = self.answer(kind);
        if matches!(kind, Kind::Iq(_)) {
            // Whatever it answers, it has an id (§8.3.1).
            answer.id.get_or_insert_default();
        }
        if let Some(payload) = &error.payload {
            answer = answer.with_child((**payload).clone());
        }
        Some(answer.with_child(error.to_element()))
    }

    /// The result that answers a request.
    pub fn result(&self, payload: Option<Element>) -> Self {
        let answer = self.answer(Kind::Iq(IqType::Result));
        match payload {
            Some(payload) => answer.with_child(payload),
            None => answer,
        }
    }

    fn answer(&self, kind: Kind) -> Self {
        let mut answer = Self::new(kind);
        answer.from.clone_from(&self.to);
        answer.to.clone_from(&self.from);
        answer.id.clone_from(&self.id);
        answer
    }
}

impl MessageType {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Normal => None,
            Self::Chat => Some("chat"),
            Self::Groupchat => Some("groupchat"),
            Self::Headline => Some("headline"),
            Self::Error => Some("error"),
        }
    }
}

impl PresenceType {
    fn name(self) -> Option<&'static str> {
        match self {
            Self::Available => None,
            Self::Unavailable => Some("unavailable"),
            Self::Subscribe => Some("subscribe"),
            Self::Subscribed => Some("subscribed"),
            Self::Unsubscribe => Some("unsubscribe"),
            Self::Unsubscribed => Some("unsubscribed"),
            Self::Probe => Some("probe"),
            Self::Error => Some("error"),
        }
    }

    /// One of the four that change subscriptions (RFC 6121 §3).
    pub fn is_subscription(self) -> bool {
        matches!(
            self,
            Self::Subscribe | Self::Subscribed | Self::Unsubscribe | Self::Unsubscribed
        )
    }
}

impl IqType {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Set => "set",
            Self::Result => "result",
            Self::Error => "error",
        }
    }

    pub fn is_request(self) -> bool {
        matches!(self, Self::Get | Self::Set)
    }
}
