//! Publishing and retracting items (XEP-0060 §7).

use super::audience::standing;
use super::error::{Refusal, with};
use super::event::Event;
use super::place::{check_name, is_seen_by, node_id};
use super::storing::{Given, kept_items, store_and_tell};
use super::telling::tell;
use super::{Answer, Call, bookmarks, check_persistent, convert, forms, named, private};
use crate::domain::pubsub::Node;
use crate::domain::random::alphanumeric;
use crate::engine::refusal::NOBODY;
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::Transaction;
use crate::storage::pubsub::{items, nodes};

/// Items that are published at once: they are stored together, and nobody else's changes before they are.
const MOST_AT_ONCE: usize = 1_000;

/// Letters and digits of the id of an item that is left to us.
const ITEM_ID: usize = 24;

pub async fn publish(call: Call, publish: &Element, options: Option<&Element>) -> Answer {
    let name = node_id(publish.attr("node"))?.to_owned();
    check_name(&name)?;
    let options = options.filter(|part| part.name() == "publish-options").cloned();
    let given = given(&call, publish)?;
    let mut answer = Element::new("publish", ns::PUBSUB).with_attr("node", &name);
    for given in &given {
        answer.push(Element::new("item", ns::PUBSUB).with_attr("id", &given.id));
    }
    call.change(move |call, transaction| {
        if name == ns::BOOKMARKS2 && call.place.address == *call.who() {
            bookmarks::take_up(call, transaction)?;
        }
        let node = node(call, transaction, &name, options.as_ref())?;
        check_may_publish(call, transaction, &node)?;
        check_items(&node, &given)?;
        check_room(call, &node, &given)?;
        store_and_tell(call, transaction, &node, &given)?;
        convert::changed(call, transaction, &node)
    })
    .await?;
    Ok(Some(Element::new("pubsub", ns::PUBSUB).with_child(answer)))
}

fn given(call: &Call, publish: &Element) -> Result<Vec<Given>, StanzaError> {
    let items: Vec<&Element> = publish.children().filter(|item| item.is("item", ns::PUBSUB)).collect();
    if items.len() > MOST_AT_ONCE {
        let text = format!("publish at most {MOST_AT_ONCE} items at once");
        return Err(StanzaError::new(Condition::PolicyViolation).with_text(text));
    }
    items
        .into_iter()
        .map(|item| {
            let id = match item.attr("id").filter(|id| !id.is_empty()) {
                Some(id) => id.to_owned(),
                None => alphanumeric(call.engine.random(), ITEM_ID),
            };
            check_name(&id)?;
            let mut payloads = item.children();
            Ok(Given {
                id,
                payload: payloads.next().cloned(),
                has_several_payloads: payloads.next().is_some(),
            })
        })
        .collect()
}

/// The node to publish at, as the options want it. At an account it is made by the first item.
fn node(
    call: &Call,
    transaction: &mut Transaction<'_>,
    name: &str,
    options: Option<&Element>,
) -> Result<Node, Refusal> {
    let most = call.most();
    let address = call.place.node(name);
    let found = nodes::find(transaction, &address)?;
    if let Some(node) = found {
        let Some(options) = options else { return Ok(node) };
        // Nobody learns by conditions how a node is configured that he cannot publish at.
        check_may_publish(call, transaction, &node)?;
        forms::check_preconditions(options, &node.config, most)?;
        return Ok(node);
    }
    match &call.place.account {
        None => return call.place.find(transaction, Some(name), call.who()),
        Some(_) if call.place.may_create(call.who()) => {}
        Some(account) if is_seen_by(transaction, account, call.who())? => return Err(Condition::Forbidden.into()),
        Some(_) => return Err(NOBODY.into()),
    }
    let mut config = private::config_of(name).unwrap_or_else(|| call.place.defaults());
    if let Some(options) = options {
        config = forms::demanded(options, config, most)?;
    }
    let now = call.engine.clock().now();
    Ok(nodes::insert(
        transaction,
        &address,
        call.who(),
        config,
        now,
        call.limits(),
    )?)
}

fn check_may_publish(call: &Call, transaction: &Transaction<'_>, node: &Node) -> Result<(), Refusal> {
    let standing = standing(&call.engine, transaction, node, call.who())?;
    if standing.may_publish(node.config.publish) {
        return Ok(());
    }
    Err(Condition::Forbidden.into())
}

/// Whether the items are what the node wants (§7.1.3.7).
fn check_items(node: &Node, given: &[Given]) -> Result<(), Refusal> {
    let refuse = |name| Err(with(Condition::BadRequest, name).into());
    let config = &node.config;
    if given.is_empty() {
        return match (config.persists, config.delivers_payloads) {
            (true, _) => refuse("item-required"),
            (false, true) => refuse("payload-required"),
            (false, false) => Ok(()),
        };
    }
    if !config.persists && !config.delivers_payloads {
        return refuse("item-forbidden");
    }
    given.iter().try_for_each(|given| match &given.payload {
        _ if given.has_several_payloads => refuse("invalid-payload"),
        None if config.delivers_payloads => refuse("payload-required"),
        _ => Ok(()),
    })
}

/// Of what is published at once everything is kept, or nothing is published (§12.11).
fn check_room(call: &Call, node: &Node, given: &[Given]) -> Result<(), Refusal> {
    let most = kept_items(call, node) as usize;
    if node.config.persists && given.len() > most {
        return Err(with(Condition::NotAllowed, "max-items-exceeded").into());
    }
    Ok(())
}

pub async fn retract(call: Call, retract: &Element) -> Answer {
    let name = named(retract);
    node_id(name.as_deref())?;
    let items = retract.children().filter(|item| item.is("item", ns::PUBSUB));
    let ids: Option<Vec<String>> = items.map(|item| item.attr("id").map(str::to_owned)).collect();
    let Some(ids) = ids.filter(|ids| !ids.is_empty() && ids.iter().all(|id| !id.is_empty())) else {
        return Err(with(Condition::BadRequest, "item-required"));
    };
    let notify = retract.attr("notify").map(|notify| matches!(notify, "1" | "true"));
    call.change(move |call, transaction| {
        let node = call.place.find(transaction, name.as_deref(), call.who())?;
        let standing = standing(&call.engine, transaction, &node, call.who())?;
        if !standing.may_publish(node.config.publish) {
            return Err(Condition::Forbidden.into());
        }
        check_persistent(&node)?;
        let now = call.engine.clock().now();
        for id in &ids {
            let Some(item) = items::find(transaction, &node, id, now)? else {
                return Err(Condition::ItemNotFound.into());
            };
            if !standing.is_owner() && item.publisher != *call.who() {
                return Err(Condition::Forbidden.into());
            }
            items::remove(transaction, &node, id)?;
        }
        if node.config.notifies && notify.unwrap_or(node.config.notifies_retract) {
            tell(call, transaction, &node, Event::Retracted(ids.clone()))?;
        }
        convert::changed(call, transaction, &node)
    })
    .await?;
    Ok(None)
}
