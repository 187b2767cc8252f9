//! What a session has announced that it can do.

use std::sync::Arc;

use crate::domain::presence::CapabilitiesHash;
use crate::engine::stanza::Stanza;
use crate::engine::xml::ns;

/// Behind the name of a node: the client wants to be notified (XEP-0163 §4.3).
const NOTIFY: &str = "+notify";

/// What is known of one session.
#[derive(Debug, Default)]
pub struct Announced {
    pub announcement: Option<Announcement>,
    /// `None`: not known yet.
    pub features: Option<Features>,
    /// The id of the request that the client has not answered.
    pub question: Option<Box<str>>,
}

impl Announced {
    /// Whether the client wants to hear of what is published at nodes of this name (XEP-0163 §4.3).
    pub fn wants(&self, node: &str) -> bool {
        let Some(features) = &self.features else { return false };
        features.contains(&format!("{node}{NOTIFY}"))
    }

    /// Whether it is known what the client wants, and that is something else.
    pub fn refuses(&self, node: &str) -> bool {
        self.features.is_some() && !self.wants(node)
    }

    /// The nodes of which the client wants to hear.
    pub fn notified(&self) -> Vec<String> {
        let features = self.features.as_ref();
        let notified = features.map(|features| features.notified().map(str::to_owned).collect());
        notified.unwrap_or_default()
    }
}

/// What a presence says that a client can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announcement {
    pub node: String,
    pub ver: String,
    /// `None`: it is of the time before hashes, and tells nothing to anybody else (§9).
    pub algorithm: Option<String>,
}

impl Announcement {
    pub fn read(presence: &Stanza) -> Option<Self> {
        let c = presence.child("c", ns::CAPS)?;
        Some(Self {
            node: c.attr("node")?.to_owned(),
            ver: c.attr("ver")?.to_owned(),
            algorithm: c.attr("hash").map(str::to_owned),
        })
    }

    pub fn hash(&self) -> Option<CapabilitiesHash> {
        Some(CapabilitiesHash {
            algorithm: self.algorithm.clone()?,
            hash: self.ver.clone(),
        })
    }
}

/// What a client can do, in order; shared by all that have the same hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Features(Arc<[Box<str>]>);

impl Features {
    /// Takes them in order.
    pub fn of(features: &[&str]) -> Self {
        Self(features.iter().map(|feature| Box::from(*feature)).collect())
    }

    pub fn contains(&self, feature: &str) -> bool {
        self.0.binary_search_by(|known| (**known).cmp(feature)).is_ok()
    }

    /// The nodes of which the client wants to hear.
    pub fn notified(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|feature| feature.strip_suffix(NOTIFY))
    }
}
