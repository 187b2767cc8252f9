//! What people have published at their own nodes, as XEP-0227 has it: the configuration of each node, who may do what
//! there, who is subscribed, and its items.

use jiff::Timestamp;

use crate::domain::address::{AccountAddress, Address, FullAddress};
use crate::domain::pubsub::{
    Item, Node, NodeAddress, NodeAffiliation, NodeConfig, NodeSubscription, NodeSubscriptionState, PubsubLimits,
    SubscriptionOptions,
};
use crate::domain::{Error, Result};
use crate::engine::xml::{Element, ns};
use crate::storage::Transaction;
use crate::storage::pubsub::{affiliations, items, nodes, subscriptions};

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
    let about = match (part.ns(), part.name()) {
        (ns::PUBSUB_OWNER, "configure") => About::Configuration,
        (ns::PUBSUB_OWNER, "affiliations") => About::Affiliations,
        (ns::PUBSUB_OWNER, "subscriptions") => About::Subscriptions,
        (ns::PUBSUB, "items") => About::Items,
        (_, name) => {
            return Err(Error::invalid(
                "part",
                name,
                "it says nothing of a node that is known here",
            ));
        }
    };
    let name = part.attr("node").filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Error::invalid("node", "", "it has no name"))?;
    let node = find_or_make(transaction, owner, name, now)?;
    match about {
        About::Configuration => nodes::set_config(transaction, &node, &configuration(&node.config, part)),
        About::Affiliations => put_affiliations(transaction, &node, part),
        About::Subscriptions => put_subscriptions(transaction, &node, part),
        About::Items => put_items(transaction, owner, &node, part, now),
    }
}

/// What an element says of a node.
enum About {
    Configuration,
    Affiliations,
    Subscriptions,
    Items,
}

fn put_affiliations(transaction: &mut Transaction<'_>, node: &Node, part: &Element) -> Result<()> {
    for one in part.children().filter(|one| one.is("affiliation", ns::PUBSUB_OWNER)) {
        let name = one.attr("affiliation").unwrap_or_default();
        let affiliation = NodeAffiliation::parse(name);
        let affiliation = affiliation.ok_or_else(|| Error::invalid("affiliation", name, "it is none of XEP-0060"))?;
        let address = Address::parse(one.attr("jid").unwrap_or_default())?;
        affiliations::set(transaction, node, &address, affiliation, &ANY)?;
    }
    Ok(())
}

/// Those that wait for nothing but an approval; without an id of their own the subscriber is one.
fn put_subscriptions(transaction: &mut Transaction<'_>, node: &Node, part: &Element) -> Result<()> {
    for one in part.children().filter(|one| one.is("subscription", ns::PUBSUB_OWNER)) {
        let state = one.attr("subscription").and_then(NodeSubscriptionState::parse);
        let Some(state) = state else { continue };
        let subscriber = FullAddress::parse(one.attr("jid").unwrap_or_default())?;
        let subscription = NodeSubscription {
            id: one.attr("subid").map_or_else(|| subscriber.to_string(), str::to_owned),
            subscriber,
            state,
            options: SubscriptionOptions::default(),
        };
        subscriptions::put(transaction, node, &subscription)?;
    }
    Ok(())
}

fn put_items(
    transaction: &mut Transaction<'_>,
    owner: &AccountAddress,
    node: &Node,
    part: &Element,
    now: Timestamp,
) -> Result<()> {
    let items = part.children().filter(|item| item.is("item", ns::PUBSUB));
    let items: Vec<_> = items
        .map(|item| Item {
            id: item.attr("id").unwrap_or("current").to_owned(),
            publisher: item
                .attr("publisher")
                .and_then(|publisher| FullAddress::parse(publisher).ok())
                .map_or_else(|| owner.to_address(), |publisher| publisher.bare),
            at: now,
            payload: item.children().next().map(ToString::to_string),
        })
        .collect();
    items::put(transaction, node, &items, u32::MAX, &ANY)?;
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
