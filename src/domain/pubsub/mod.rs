//! Publish-subscribe (XEP-0060): nodes, to which somebody publishes items and of which others are notified. Nodes are at
//! a service, `pubsub.<host>`, or at an account (XEP-0163).

mod access;
mod config;
mod options;

use jiff::Timestamp;

pub use access::{AccessModel, Closed, PublishModel, Standing};
pub use config::{Expiry, ItemReply, MAX_ITEMS_WORD, NodeConfig, NotificationType, SendLast, Unacceptable};
pub use options::SubscriptionOptions;

use super::address::{Address, FullAddress};

/// What somebody is to a node (§4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NodeAffiliation {
    Owner,
    Publisher,
    PublishOnly,
    Member,
    #[default]
    None,
    Outcast,
}

const AFFILIATIONS: &[(NodeAffiliation, &str)] = &[
    (NodeAffiliation::Owner, "owner"),
    (NodeAffiliation::Publisher, "publisher"),
    (NodeAffiliation::PublishOnly, "publish-only"),
    (NodeAffiliation::Member, "member"),
    (NodeAffiliation::None, "none"),
    (NodeAffiliation::Outcast, "outcast"),
];

impl NodeAffiliation {
    pub fn name(self) -> &'static str {
        name_of(AFFILIATIONS, self)
    }

    pub fn parse(name: &str) -> Option<Self> {
        parse_in(AFFILIATIONS, name)
    }
}

/// The state of a subscription (§4.2). No subscription waits here for its options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeSubscriptionState {
    /// An owner has to approve it.
    Pending,
    Subscribed,
}

/// Stands for there being no subscription.
const NO_SUBSCRIPTION: &str = "none";

const STATES: &[(NodeSubscriptionState, &str)] = &[
    (NodeSubscriptionState::Pending, "pending"),
    (NodeSubscriptionState::Subscribed, "subscribed"),
];

impl NodeSubscriptionState {
    pub fn name(self) -> &'static str {
        name_of(STATES, self)
    }

    pub fn parse(name: &str) -> Option<Self> {
        parse_in(STATES, name)
    }

    /// What stands for a state, or for there being no subscription.
    pub fn name_or_none(state: Option<Self>) -> &'static str {
        state.map_or(NO_SUBSCRIPTION, Self::name)
    }
}

/// Where a node is and what it is called there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeAddress {
    /// Of the service or the account.
    pub service: Address,
    pub name: String,
}

#[derive(Debug, Clone)]
pub struct Node {
    /// Its row.
    pub id: i64,
    pub address: NodeAddress,
    /// Whoever made it; what it holds counts for him.
    pub creator: Address,
    pub created: Timestamp,
    pub config: NodeConfig,
}

#[derive(Debug, Clone)]
pub struct NodeSubscription {
    pub subscriber: FullAddress,
    pub id: String,
    pub state: NodeSubscriptionState,
    pub options: SubscriptionOptions,
}

/// A node with all that belongs to it.
#[derive(Debug, Clone)]
pub struct NodeContent {
    pub node: Node,
    pub affiliations: Vec<(Address, NodeAffiliation)>,
    pub subscriptions: Vec<NodeSubscription>,
    /// In the order of their publication.
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub id: String,
    pub publisher: Address,
    pub at: Timestamp,
    /// One XML element.
    pub payload: Option<String>,
}

/// How much there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PubsubLimits {
    /// Made by one account.
    pub nodes: u64,
    /// At one node: what `max` means.
    pub items: u32,
    /// Of the items at all nodes that one account made.
    pub bytes: u64,
    /// To one node, pending ones included.
    pub subscriptions: u64,
    /// At one node.
    pub affiliations: u64,
}

fn name_of<T: PartialEq + Copy>(names: &[(T, &'static str)], value: T) -> &'static str {
    let found = names.iter().find(|(known, _)| *known == value);
    found.map(|(_, name)| *name).unwrap_or_default()
}

fn parse_in<T: Copy>(names: &[(T, &str)], name: &str) -> Option<T> {
    names.iter().find(|(_, known)| *known == name).map(|(value, _)| *value)
}
