//! Subscriptions and affiliations as the owners of a node see and change them (XEP-0060 §8.8, §8.9), and one's own
//! affiliations (§5.7).

use super::error::Refusal;
use super::place::node_id;
use super::subscribe::{element, send, tell_subscriber};
use super::{Answer, Call, named};
use crate::domain::address::{Address, FullAddress};
use crate::domain::pubsub::{Node, NodeAffiliation, NodeSubscription, NodeSubscriptionState, SubscriptionOptions};
use crate::domain::random::alphanumeric;
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::Transaction;
use crate::storage::pubsub::{affiliations as affiliations_table, subscriptions as subscriptions_table};

/// Letters and digits of the id of a subscription.
const SUBSCRIPTION_ID: usize = 24;

pub async fn subscriptions(call: Call, asked: &Element) -> Answer {
    let name = named(asked);
    let found = call
        .read(move |call, connection| {
            let node = call.own_node(connection, name.as_deref())?;
            let all = subscriptions_table::list(connection, &node)?;
            Ok((node.address.name, all))
        })
        .await?;
    let (node, all) = found;
    let list = Element::new("subscriptions", ns::PUBSUB_OWNER)
        .with_attr("node", node)
        .with_children(all.iter().map(|one| element(one, None, ns::PUBSUB_OWNER)));
    Ok(Some(Element::new("pubsub", ns::PUBSUB_OWNER).with_child(list)))
}

/// A subscription as an owner wants it.
struct NewState {
    subscriber: FullAddress,
    id: Option<String>,
    /// `None`: there is to be none.
    state: Option<NodeSubscriptionState>,
}

pub async fn set_subscriptions(call: Call, asked: &Element) -> Answer {
    let name = named(asked);
    node_id(name.as_deref())?;
    let not_acceptable = || StanzaError::from(Condition::NotAcceptable);
    let mut wanted = Vec::new();
    for one in asked.children().filter(|one| one.is("subscription", ns::PUBSUB_OWNER)) {
        // Without a state nothing is changed (§8.8.2.1).
        let Some(state) = one.attr("subscription") else {
            continue;
        };
        let jid = one.attr("jid").ok_or(Condition::BadRequest)?;
        wanted.push(NewState {
            subscriber: FullAddress::parse(jid).map_err(|_| not_acceptable())?,
            id: one.attr("subid").map(str::to_owned),
            state: match state {
                "none" => None,
                state => Some(NodeSubscriptionState::parse(state).ok_or_else(not_acceptable)?),
            },
        });
    }
    call.change(move |call, transaction| {
        let node = call.own_node(transaction, name.as_deref())?;
        wanted
            .iter()
            .try_for_each(|one| set_subscription(call, transaction, &node, one))
    })
    .await?;
    Ok(None)
}

fn set_subscription(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    wanted: &NewState,
) -> Result<(), Refusal> {
    let mut present = subscriptions_table::list_of(transaction, node, &wanted.subscriber.bare)?;
    present.retain(|one| one.subscriber == wanted.subscriber && wanted.id.as_ref().is_none_or(|id| *id == one.id));
    if present.is_empty() && (wanted.id.is_some() || wanted.state.is_none()) {
        return Err(Condition::NotAcceptable.into());
    }
    let Some(state) = wanted.state else {
        for one in present {
            subscriptions_table::remove(transaction, node, &one.id)?;
            tell_subscriber(call, transaction, node, &one, "none");
        }
        return Ok(());
    };
    if present.is_empty() {
        if affiliations_table::find(transaction, node, &wanted.subscriber.bare)? == NodeAffiliation::Outcast {
            return Err(Condition::NotAcceptable.into());
        }
        let made = NodeSubscription {
            subscriber: wanted.subscriber.clone(),
            id: alphanumeric(call.engine.random(), SUBSCRIPTION_ID),
            state,
            options: SubscriptionOptions::default(),
        };
        subscriptions_table::insert(transaction, node, &made, call.limits())?;
        tell_subscriber(call, transaction, node, &made, state.name());
        return Ok(());
    }
    for mut one in present {
        if one.state != state {
            one.state = state;
            subscriptions_table::put(transaction, node, &one)?;
            tell_subscriber(call, transaction, node, &one, state.name());
        }
    }
    Ok(())
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
    let affiliations = all.iter().map(|(address, affiliation)| {
        Element::new("affiliation", ns::PUBSUB_OWNER)
            .with_attr("jid", address)
            .with_attr("affiliation", affiliation.name())
    });
    let list = Element::new("affiliations", ns::PUBSUB_OWNER)
        .with_attr("node", node)
        .with_children(affiliations);
    Ok(Some(Element::new("pubsub", ns::PUBSUB_OWNER).with_child(list)))
}

pub async fn set_affiliations(call: Call, asked: &Element) -> Answer {
    let name = named(asked);
    node_id(name.as_deref())?;
    let mut wanted: Vec<(Address, NodeAffiliation)> = Vec::new();
    for one in asked.children().filter(|one| one.is("affiliation", ns::PUBSUB_OWNER)) {
        let Some(affiliation) = one.attr("affiliation") else {
            continue;
        };
        let jid = one.attr("jid").ok_or(Condition::BadRequest)?;
        let address = Address::parse(jid).map_err(|_| Condition::NotAcceptable)?;
        let affiliation = NodeAffiliation::parse(affiliation).ok_or(Condition::NotAcceptable)?;
        wanted.push((address, affiliation));
    }
    call.change(move |call, transaction| {
        let node = call.own_node(transaction, name.as_deref())?;
        for (address, affiliation) in &wanted {
            set_affiliation(call, transaction, &node, address, *affiliation)?;
        }
        // §8.9.2: somebody owns it, and at an account that is the account itself.
        let owners = affiliations_table::list(transaction, &node)?;
        let mut owners = owners.iter().filter(|(_, one)| *one == NodeAffiliation::Owner);
        let is_owned = match call.place.account {
            Some(_) => owners.any(|(owner, _)| *owner == call.place.address),
            None => owners.next().is_some(),
        };
        if !is_owned {
            let text = "a node has an owner; make somebody else one first";
            return Err(StanzaError::new(Condition::NotAcceptable).with_text(text).into());
        }
        Ok(())
    })
    .await?;
    Ok(None)
}

fn set_affiliation(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    address: &Address,
    affiliation: NodeAffiliation,
) -> Result<(), Refusal> {
    if affiliations_table::find(transaction, node, address)? == affiliation {
        return Ok(());
    }
    affiliations_table::set(transaction, node, address, affiliation, call.limits())?;
    if affiliation == NodeAffiliation::Outcast {
        for one in subscriptions_table::list_of(transaction, node, address)? {
            subscriptions_table::remove(transaction, node, &one.id)?;
            tell_subscriber(call, transaction, node, &one, "none");
        }
    }
    // §8.9.4
    let told = Element::new("affiliation", ns::PUBSUB)
        .with_attr("jid", address)
        .with_attr("affiliation", affiliation.name());
    let list = Element::new("affiliations", ns::PUBSUB)
        .with_attr("node", &node.address.name)
        .with_child(told);
    let content = Element::new("pubsub", ns::PUBSUB).with_child(list);
    send(call, transaction, address.clone().into(), content);
    Ok(())
}

/// The caller's own affiliations (§5.7).
pub async fn list_own(call: Call, asked: &Element) -> Answer {
    let name = named(asked);
    let wanted = name.clone();
    let found = call
        .read(move |call, connection| {
            if let Some(name) = &wanted {
                call.place.find(connection, Some(name), call.who())?;
            }
            let mut found = affiliations_table::list_of(connection, &call.place.address, call.who())?;
            found.retain(|(node, _)| wanted.as_ref().is_none_or(|wanted| wanted == node));
            Ok(found)
        })
        .await?;
    let affiliations = found.iter().map(|(node, affiliation)| {
        Element::new("affiliation", ns::PUBSUB)
            .with_attr("node", node)
            .with_attr("affiliation", affiliation.name())
    });
    let list = Element::new("affiliations", ns::PUBSUB)
        .with_optional_attr("node", name)
        .with_children(affiliations);
    Ok(Some(Element::new("pubsub", ns::PUBSUB).with_child(list)))
}
