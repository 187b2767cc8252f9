//! What is sent to one client, and how a stream ends.

use std::sync::Arc;

use crate::domain::address::FullAddress;
use crate::engine::budget::{Budget, Charge};
use crate::engine::stanza::Stanza;
use crate::engine::stream_error::StreamError;
use crate::engine::xml::Element;

/// The most that a stanza counts in a queue. The answer to a request, a large roster say, may be larger than the whole
/// queue, and must reach a client that reads.
const HEAVIEST: usize = 256 * 1024;

/// A stanza on its way to one client.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub stanza: Arc<Stanza>,
    /// Whom it is for, where the stanza itself is shared by many recipients.
    pub to: Option<Arc<FullAddress>>,
    /// The row of the offline store that goes when the client has it.
    pub held: Option<i64>,
    /// What it counts while it waits.
    charge: Option<Arc<Charge>>,
}

impl Delivery {
    /// A stanza that others get too.
    pub fn shared(stanza: Arc<Stanza>, to: Arc<FullAddress>) -> Self {
        Self {
            to: Some(to),
            ..Self::from(stanza)
        }
    }

    /// The row of the offline store goes with it.
    #[must_use]
    pub fn with_held(mut self, row: Option<i64>) -> Self {
        self.held = row;
        self
    }

    /// Bytes that it takes in a queue, about.
    pub fn weight(&self) -> usize {
        self.stanza.weight().min(HEAVIEST)
    }

    /// The same as it goes into a queue, where it counts.
    pub(super) fn charged(mut self, budget: &Arc<Budget>) -> Self {
        if self.charge.is_none() {
            self.charge = Some(self.stanza.charge(budget));
        }
        self
    }
}

impl From<Arc<Stanza>> for Delivery {
    fn from(stanza: Arc<Stanza>) -> Self {
        Self {
            stanza,
            to: None,
            held: None,
            charge: None,
        }
    }
}

impl From<Stanza> for Delivery {
    fn from(stanza: Stanza) -> Self {
        Arc::new(stanza).into()
    }
}

#[derive(Debug, Clone)]
pub enum Outgoing {
    Stanza(Delivery),
    /// A first-level element that is no stanza.
    Nonza(Box<Element>),
    /// The nonza behind which stanzas are counted (XEP-0198 §3).
    Enabled(Box<Element>),
}

impl Outgoing {
    pub fn nonza(element: Element) -> Self {
        Self::Nonza(Box::new(element))
    }

    /// Bytes that it takes in a queue, about.
    pub fn weight(&self) -> usize {
        const NONZA: usize = 256;
        match self {
            Self::Stanza(delivery) => delivery.weight(),
            Self::Nonza(_) | Self::Enabled(_) => NONZA,
        }
    }
}

/// How a stream ends from our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// `</stream:stream>` without an error.
    Closed,
    Error(StreamError),
    /// The connection is lost: nothing can be told.
    Lost,
}
