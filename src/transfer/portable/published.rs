//! What people have published, as XEP-0227 §4.10 has it: the configuration of each node and its items. Their own nodes
//! only; who else was subscribed to them is not read.

use jiff::Timestamp;

use crate::domain::address::AccountAddress;
use crate::domain::pubsub::{Item, Node, NodeAddress, NodeConfig, PubsubLimits};
use crate::domain::{Error, Result};
use crate::engine::xml::{Element, ns};
use crate::storage::Transaction;
use crate::storage::pubsub::{items, nodes};

/// What the other server has kept is kept here.
const ANY: PubsubLimits = PubsubLimits {
    nodes: u64::MAX,
    items: u32::MAX,
    bytes: u64::MAX,
    subscriptions: u64::MAX,
    affiliations: u64::MAX,
};

/// Stores one element out of `<pubsub/>` for its owner.
pub fn put(transaction: &mut Transaction<'_>, owner: &AccountAddress, part: &Element, now: Timestamp) -> Result<()> {
    let is_configuration = part.is("configure", ns::PUBSUB_OWNER);
    if !is_configuration && !part.is("items", ns::PUBSUB) {
        let reason = "only configurations and items of nodes are read";
        return Err(Error::invalid("part", part.name(), reason));
    }
    let name = part.attr("node").filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Error::invalid("node", "", "it has no name"))?;
    let node = find_or_make(transaction, owner, name, now)?;
    if is_configuration {
        return nodes::set_config(transaction, &node, &configuration(&node.config, part));
    }
    for item in part.children().filter(|item| item.is("item", ns::PUBSUB)) {
        let item = Item {
            id: item.attr("id").unwrap_or("current").to_owned(),
            publisher: owner.to_address(),
            at: now,
            payload: item.children().next().map(ToString::to_string),
        };
        items::put(transaction, &node, &item, u32::MAX, &ANY)?;
    }
    Ok(())
}

fn find_or_make(transaction: &mut Transaction<'_>, owner: &AccountAddress, name: &str, now: Timestamp) -> Result<Node> {
    let address = NodeAddress {
        service: owner.to_address(),
        name: name.to_owned(),
    };
    match nodes::find(transaction, &address)? {
        Some(node) => Ok(node),
        None => nodes::insert(
            transaction,
            &address,
            &owner.to_address(),
            NodeConfig::of_account(),
            now,
            &ANY,
        ),
    }
}

/// What a form makes of a configuration; what means nothing here changes nothing.
fn configuration(config: &NodeConfig, part: &Element) -> NodeConfig {
    let mut config = config.clone();
    let form = part.child("x", ns::DATA_FORMS);
    let fields = form.into_iter().flat_map(Element::children);
    for field in fields.filter(|field| field.is("field", ns::DATA_FORMS)) {
        let values = field.children().filter(|value| value.is("value", ns::DATA_FORMS));
        let values: Vec<String> = values.map(|value| value.text().into_owned()).collect();
        let _unknown = config.set(field.attr("var").unwrap_or_default(), &values);
    }
    config
}
