//! Subscriptions and affiliations as the owners of a node see and change them (XEP-0060 §8.8, §8.9). Of several changes
//! those that are possible are made; the answer names the others, with what they leave as it was.

use std::collections::HashSet;

use super::approval::approve;
use super::audience::standing;
use super::error::Refusal;
use super::lost::follow_access_of;
use super::messages::{blocks_caller, send, tell_owners, tell_subscriber};
use super::place::node_id;
use super::subscribe::{element, insert};
use super::{Answer, Call, named};
use crate::domain::address::{Address, FullAddress};
use crate::domain::pubsub::{
    Closed, Node, NodeAffiliation, NodeSubscription, NodeSubscriptionState, SubscriptionOptions,
};
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::Transaction;
use crate::storage::pubsub::{affiliations as affiliations_table, subscriptions as subscriptions_table};

const SUBSCRIPTIONS: &str = "subscriptions";
const SUBSCRIPTION: &str = "subscription";
const AFFILIATIONS: &str = "affiliations";
const AFFILIATION: &str = "affiliation";

fn list(name: &'static str, node: &str, entries: impl IntoIterator<Item = Element>) -> Element {
    let list = Element::new(name, ns::PUBSUB_OWNER)
        .with_attr("node", node)
        .with_children(entries);
    Element::new("pubsub", ns::PUBSUB_OWNER).with_child(list)
}

/// The answer to changes of which these could not be made (§8.8.2.4, §8.9.2.4).
fn outcome(name: &'static str, node: &str, refused: Vec<Element>) -> Answer {
    if refused.is_empty() {
        return Ok(None);
    }
    let unchanged = list(name, node, refused);
    Err(StanzaError::new(Condition::NotAcceptable).with_payload(unchanged))
}

/// Those who are subscribed; who waits to be approved is not.
pub async fn subscriptions(call: Call, asked: &Element) -> Answer {
    let name = named(asked);
    let (node, mut all) = call
        .read(move |call, connection| {
            let node = call.own_node(connection, name.as_deref())?;
            let all = subscriptions_table::list(connection, &node)?;
            Ok((node.address.name, all))
        })
        .await?;
    all.retain(|one| one.state == NodeSubscriptionState::Subscribed);
    let all = all.iter().map(|one| element(one, None, ns::PUBSUB_OWNER));
    Ok(Some(list(SUBSCRIPTIONS, &node, all)))
}

/// A subscription as an owner wants it.
struct NewState {
    subscriber: FullAddress,
    id: Option<String>,
    /// `None`: there is to be none.
    state: Option<NodeSubscriptionState>,
}

impl NewState {
    /// `None`: there are no such states or addresses.
    fn read(asked: &Element) -> Option<Self> {
        let state = asked.attr(SUBSCRIPTION)?;
        Some(Self {
            subscriber: FullAddress::parse(asked.attr("jid")?).ok()?,
            id: asked.attr("subid").map(str::to_owned),
            state: match NodeSubscriptionState::parse(state) {
                None if state != NodeSubscriptionState::name_or_none(None) => return None,
                state => state,
            },
        })
    }
}

pub async fn set_subscriptions(call: Call, asked: &Element) -> Answer {
    let name = node_id(asked.attr("node"))?.to_owned();
    // Without a state nothing is changed (§8.8.2.1).
    let wanted = asked.children().filter(|one| one.is(SUBSCRIPTION, ns::PUBSUB_OWNER));
    let wanted: Vec<Element> = wanted.filter(|one| one.attr(SUBSCRIPTION).is_some()).cloned().collect();
    if wanted.iter().any(|one| one.attr("jid").is_none()) {
        return Err(Condition::BadRequest.into());
    }
    let node = name.clone();
    let refused = call
        .change(move |call, transaction| {
            let node = call.own_node(transaction, Some(&name))?;
            let mut refused = Vec::new();
            for asked in &wanted {
                let new = NewState::read(asked);
                let is_set = match &new {
                    Some(new) => set_subscription(call, transaction, &node, new)?,
                    None => false,
                };
                if !is_set {
                    let state = present(transaction, &node, new.as_ref())?.first().map(|one| one.state);
                    let state = NodeSubscriptionState::name_or_none(state);
                    let unchanged = Element::new(SUBSCRIPTION, ns::PUBSUB_OWNER)
                        .with_optional_attr("jid", asked.attr("jid"))
                        .with_attr(SUBSCRIPTION, state)
                        .with_optional_attr("subid", asked.attr("subid"));
                    refused.push(unchanged);
                }
            }
            Ok(refused)
        })
        .await?;
    outcome(SUBSCRIPTIONS, &node, refused)
}

/// The subscriptions that are meant.
fn present(
    transaction: &Transaction<'_>,
    node: &Node,
    new: Option<&NewState>,
) -> Result<Vec<NodeSubscription>, Refusal> {
    let Some(new) = new else { return Ok(Vec::new()) };
    let mut present = subscriptions_table::list_of(transaction, node, &new.subscriber.bare)?;
    present.retain(|one| one.subscriber == new.subscriber && new.id.as_ref().is_none_or(|id| *id == one.id));
    Ok(present)
}

/// Whether it was possible.
fn set_subscription(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    new: &NewState,
) -> Result<bool, Refusal> {
    let present = present(transaction, node, Some(new))?;
    if present.is_empty() && (new.id.is_some() || new.state.is_none()) {
        return Ok(false);
    }
    let Some(state) = new.state else {
        for one in present {
            subscriptions_table::remove(transaction, node, &one.id)?;
            tell_subscriber(call, transaction, node, &one, None);
            tell_owners(call, transaction, node, &one, None)?;
        }
        return Ok(true);
    };
    // Whoever is subscribed is notified, so it is nobody but who may read the node.
    let standing = standing(&call.engine, transaction, node, &new.subscriber.bare)?;
    if !matches!(standing.may_read(node.config.access), Ok(()) | Err(Closed::NotApproved)) {
        return Ok(false);
    }
    if present.is_empty() && blocks_caller(call, transaction, &new.subscriber)? {
        return Ok(false);
    }
    if present.is_empty() {
        let options = SubscriptionOptions::default();
        let made = insert(call, transaction, node, &new.subscriber, state, &options)?;
        tell_subscriber(call, transaction, node, &made, Some(state));
        tell_owners(call, transaction, node, &made, Some(state))?;
        return Ok(true);
    }
    for mut one in present {
        match (one.state, state) {
            (NodeSubscriptionState::Pending, NodeSubscriptionState::Subscribed) => {
                approve(call, transaction, node, one)?;
            }
            (NodeSubscriptionState::Subscribed, NodeSubscriptionState::Pending) => {
                one.state = state;
                subscriptions_table::put(transaction, node, &one)?;
                tell_subscriber(call, transaction, node, &one, Some(state));
            }
            (NodeSubscriptionState::Pending, NodeSubscriptionState::Pending)
            | (NodeSubscriptionState::Subscribed, NodeSubscriptionState::Subscribed) => {}
        }
    }
    Ok(true)
}

pub async fn affiliations(call: Call, asked: &Element) -> Answer {
    let name = named(asked);
    let (node, all) = call
        .read(move |call, connection| {
            let node = call.own_node(connection, name.as_deref())?;
            let all = affiliations_table::list(connection, &node)?;
            Ok((node.address.name, all))
        })
        .await?;
    let all = all
        .iter()
        .map(|(address, affiliation)| affiliated(address.as_str(), *affiliation, ns::PUBSUB_OWNER));
    Ok(Some(list(AFFILIATIONS, &node, all)))
}

fn affiliated(address: &str, affiliation: NodeAffiliation, namespace: &'static str) -> Element {
    Element::new(AFFILIATION, namespace)
        .with_attr("jid", address)
        .with_attr(AFFILIATION, affiliation.name())
}

/// What somebody is to be to a node.
struct NewAffiliation {
    /// As the owner wrote it.
    jid: String,
    /// `None`: it is no address.
    address: Option<Address>,
    /// `None`: there is no such affiliation.
    affiliation: Option<NodeAffiliation>,
}

impl NewAffiliation {
    fn read(asked: &Element) -> Option<Self> {
        let jid = asked.attr("jid")?;
        Some(Self {
            jid: jid.to_owned(),
            // §4.1: affiliations are those of bare addresses.
            address: FullAddress::parse(jid).ok().map(|address| address.bare),
            affiliation: NodeAffiliation::parse(asked.attr(AFFILIATION)?),
        })
    }
}

pub async fn set_affiliations(call: Call, asked: &Element) -> Answer {
    let name = node_id(asked.attr("node"))?.to_owned();
    let entries = asked.children().filter(|one| one.is(AFFILIATION, ns::PUBSUB_OWNER));
    let wanted: Option<Vec<_>> = entries
        .filter(|one| one.attr(AFFILIATION).is_some())
        .map(NewAffiliation::read)
        .collect();
    let mut wanted = wanted.ok_or(Condition::BadRequest)?;
    // §8.9.2.4
    let mut named = HashSet::new();
    if !wanted
        .iter()
        .filter_map(|one| one.address.as_ref())
        .all(|address| named.insert(address))
    {
        return Err(Condition::BadRequest.into());
    }
    // New owners come first, so that one may take over from another.
    wanted.sort_by_key(|one| one.affiliation != Some(NodeAffiliation::Owner));
    let node = name.clone();
    let refused = call
        .change(move |call, transaction| {
            let node = call.own_node(transaction, Some(&name))?;
            let mut refused = Vec::new();
            for one in &wanted {
                let is_set = match (&one.address, one.affiliation) {
                    (Some(address), Some(affiliation)) => {
                        set_affiliation(call, transaction, &node, address, affiliation)?
                    }
                    _ => false,
                };
                if !is_set {
                    let present = match &one.address {
                        Some(address) => affiliations_table::find(transaction, &node, address)?,
                        None => NodeAffiliation::None,
                    };
                    refused.push(affiliated(&one.jid, present, ns::PUBSUB_OWNER));
                }
            }
            Ok(refused)
        })
        .await?;
    outcome(AFFILIATIONS, &node, refused)
}

/// Whether it was possible.
fn set_affiliation(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    address: &Address,
    affiliation: NodeAffiliation,
) -> Result<bool, Refusal> {
    let before = affiliations_table::find(transaction, node, address)?;
    if before == affiliation {
        return Ok(true);
    }
    if before == NodeAffiliation::Owner && !has_another_owner(call, transaction, node, address)? {
        return Ok(false);
    }
    affiliations_table::set(transaction, node, address, affiliation, call.limits())?;
    follow_access_of(call, transaction, node, address)?;
    // §8.9.4
    let list = Element::new(AFFILIATIONS, ns::PUBSUB)
        .with_attr("node", &node.address.name)
        .with_child(affiliated(address.as_str(), affiliation, ns::PUBSUB));
    let content = Element::new("pubsub", ns::PUBSUB).with_child(list);
    send(call, transaction, address.clone().into(), content);
    Ok(true)
}

/// §8.9.2.4: somebody owns it, and at an account that is the account itself.
fn has_another_owner(
    call: &Call,
    transaction: &Transaction<'_>,
    node: &Node,
    address: &Address,
) -> Result<bool, Refusal> {
    if call.place.account.is_some() {
        return Ok(call.place.address != *address);
    }
    let all = affiliations_table::list(transaction, node)?;
    let mut others = all.iter().filter(|(other, _)| other != address);
    Ok(others.any(|(_, affiliation)| *affiliation == NodeAffiliation::Owner))
}
