//! What is published at some nodes is kept in older places too, and the other way round: bookmarks and avatars. It
//! happens in the job of the change, so that nobody ever sees one without the other.

use super::error::Refusal;
use super::storing::{Given, store_and_tell};
use super::{Call, Place, avatar, bookmarks};
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::pubsub::{Node, NodeConfig};
use crate::engine::Engine;
use crate::engine::xml::{Element, ns};
use crate::storage::Transaction;
use crate::storage::pubsub::nodes;

/// Something was published at, or removed from, a node.
pub fn changed(call: &Call, transaction: &mut Transaction<'_>, node: &Node) -> Result<(), Refusal> {
    if call.place.account.is_none() {
        return Ok(());
    }
    match node.address.name.as_str() {
        ns::BOOKMARKS2 => bookmarks::from_items(call, transaction),
        ns::BOOKMARKS => bookmarks::from_node(call, transaction),
        ns::AVATAR_METADATA => avatar::from_metadata(call, transaction),
        _ => Ok(()),
    }
}

impl Call {
    /// What the server does for an account.
    pub(super) fn of_account(engine: &Engine, account: &AccountAddress) -> Self {
        let place = Place::of_account(account);
        Self {
            engine: engine.clone(),
            requester: place.address.clone().into(),
            place,
        }
    }

    /// The account's node of this name; it is made with `config` where there is none.
    pub(super) fn node_or_new(
        &self,
        transaction: &mut Transaction<'_>,
        name: &str,
        config: NodeConfig,
    ) -> Result<Node> {
        let address = self.place.node(name);
        if let Some(node) = nodes::find(transaction, &address)? {
            return Ok(node);
        }
        let now = self.engine.clock().now();
        nodes::insert(transaction, &address, self.who(), config, now, self.limits())
    }

    /// Publishes what was converted. It is not converted back.
    pub(super) fn put_converted(
        &self,
        transaction: &mut Transaction<'_>,
        node: &Node,
        id: &str,
        payload: Element,
    ) -> Result<(), Refusal> {
        let given = Given {
            id: id.to_owned(),
            payload: Some(payload),
            has_several_payloads: false,
        };
        store_and_tell(self, transaction, node, &[given])
    }
}
