//! Nodes that are for their owner alone, though clients may forget to say so (XEP-0223): how they are made.

use crate::domain::pubsub::{AccessModel, NodeConfig, SendLast};
use crate::engine::xml::ns;

/// How a node of an account is made that a client says nothing else about; `None`: as any other.
pub fn config_of(node: &str) -> Option<NodeConfig> {
    match node {
        ns::BOOKMARKS2 | ns::CONTACTS => Some(of_many()),
        ns::BOOKMARKS => Some(of_one()),
        _ => None,
    }
}

/// An item for each thing; they are asked for.
pub fn of_many() -> NodeConfig {
    NodeConfig {
        max_items: None,
        send_last: SendLast::Never,
        ..of_one()
    }
}

/// One item with everything.
pub fn of_one() -> NodeConfig {
    NodeConfig {
        access: AccessModel::Whitelist,
        ..NodeConfig::of_account()
    }
}
