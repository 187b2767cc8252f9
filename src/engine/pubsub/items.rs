//! Retrieving items (XEP-0060 §6.5), by their ids, the last ones, or in pages (XEP-0059).

use std::collections::HashSet;

use rusqlite::Connection;

use super::audience::standing;
use super::error::{Refusal, closed, with};
use super::item::{payload, shown};
use super::place::node_id;
use super::{Answer, Call, bookmarks, check_persistent, named};
use crate::domain::pubsub::{Item, Node};
use crate::engine::rsm::{self, PageWanted, Position};
use crate::engine::stanza::{Condition, StanzaError};
use crate::engine::xml::{Element, ns};
use crate::storage::pubsub::{items, subscriptions};

/// Items on a page where the request names no number.
const PAGE: usize = 50;

/// Bytes of the payloads of one answer, about; the first item comes whatever its size.
const ANSWER_BYTES: usize = 1024 * 1024;

/// What is asked for.
struct Wanted {
    ids: Vec<String>,
    last: Option<usize>,
    page: Option<PageWanted>,
    subscription: Option<String>,
}

pub async fn retrieve(call: Call, asked: &Element, pubsub: &Element) -> Answer {
    let name = named(asked);
    node_id(name.as_deref())?;
    let most = call.limits().items as usize;
    let ids = asked.children().filter(|item| item.is("item", ns::PUBSUB));
    let ids: Option<Vec<String>> = ids.map(|item| item.attr("id").map(str::to_owned)).collect();
    let wanted = Wanted {
        ids: ids.ok_or_else(|| with(Condition::BadRequest, "item-required"))?,
        last: match asked.attr("max_items") {
            Some(last) => Some(last.parse().map_err(|_| Condition::BadRequest)?),
            None => None,
        },
        page: PageWanted::read(pubsub, PAGE, most)?,
        subscription: asked.attr("subid").map(str::to_owned),
    };
    if name.as_deref() == Some(ns::BOOKMARKS2) && call.place.address == *call.who() {
        // Private XML answers an empty list to who never had bookmarks, and so do the items: Dino keeps none if it gets
        // an error here.
        if !call.change(bookmarks::take_up).await? {
            return Ok(Some(answer(
                Element::new("items", ns::PUBSUB).with_attr("node", ns::BOOKMARKS2),
                None,
            )));
        }
    }
    let (node, found, set) = call
        .read(move |call, connection| {
            let node = call.place.find_or_successor(connection, name.as_deref(), call.who())?;
            check(call, connection, &node, wanted.subscription.as_deref())?;
            let (found, set) = find(call, connection, &node, &wanted)?;
            Ok((node, found, set))
        })
        .await?;
    let items = found.iter().map(|item| shown(&node, item, payload(item), ns::PUBSUB));
    let items = Element::new("items", ns::PUBSUB)
        .with_attr("node", &node.address.name)
        .with_children(items);
    Ok(Some(answer(items, set)))
}

fn answer(items: Element, set: Option<Element>) -> Element {
    Element::new("pubsub", ns::PUBSUB)
        .with_child(items)
        .with_optional_child(set)
}

pub fn check_may_read(call: &Call, connection: &Connection, node: &Node) -> Result<(), Refusal> {
    let standing = standing(&call.engine, connection, node, call.who())?;
    Ok(standing.may_read(node.config.access).map_err(closed)?)
}

/// Whether the caller may read the node, and names the subscription if he has to (§6.5.9.1, §6.5.9.2).
fn check(call: &Call, connection: &Connection, node: &Node, subscription: Option<&str>) -> Result<(), Refusal> {
    check_may_read(call, connection, node)?;
    let own = subscriptions::list_of(connection, node, call.who())?;
    match subscription {
        None if own.len() > 1 && call.place.allows_several_subscriptions() && is_same_for_all(&own) => {
            Err(with(Condition::BadRequest, "subid-required").into())
        }
        Some(id) if !own.is_empty() && own.iter().all(|one| one.id != id) => {
            Err(with(Condition::NotAcceptable, "invalid-subid").into())
        }
        _ => check_persistent(node),
    }
}

/// Subscriptions of different resources are told apart by their addresses.
fn is_same_for_all(own: &[crate::domain::pubsub::NodeSubscription]) -> bool {
    own.windows(2).any(|pair| pair[0].subscriber == pair[1].subscriber)
}

fn find(
    call: &Call,
    connection: &Connection,
    node: &Node,
    wanted: &Wanted,
) -> Result<(Vec<Item>, Option<Element>), Refusal> {
    let now = call.engine.clock().now();
    if !wanted.ids.is_empty() {
        return Ok((by_ids(connection, node, &wanted.ids, now)?, None));
    }
    if let Some(page) = &wanted.page {
        return find_page(connection, node, page, now);
    }
    let most = wanted.last.unwrap_or(call.limits().items as usize);
    let mut found = items::list_last(connection, node, most, now)?;
    let left_out = left_out(&found);
    if left_out == 0 {
        return Ok((found, None));
    }
    // The newest ones fit, and the answer says that there are more.
    let count = items::count(connection, node)?;
    let found = found.split_off(left_out);
    let ends = (found.first(), found.last());
    let first = ends.0.map(|item| (item.id.as_str(), Some(left_out)));
    let set = rsm::given(first, ends.1.map(|item| item.id.as_str()), count);
    Ok((found, Some(set)))
}

/// §6.5.9.12: what is not there is no error, and what is named twice comes once.
fn by_ids(connection: &Connection, node: &Node, ids: &[String], now: jiff::Timestamp) -> Result<Vec<Item>, Refusal> {
    let mut named = HashSet::new();
    let ids = ids.iter().filter(|id| named.insert(id.as_str()));
    let (found, is_whole) = while_they_fit(connection, node, ids, now)?;
    if !is_whole {
        let text = "these items are too large for one answer; ask for fewer of them";
        return Err(StanzaError::new(Condition::PolicyViolation).with_text(text).into());
    }
    Ok(found)
}

/// A page ends where its items become too large for one answer, and the next one goes on there.
fn find_page(
    connection: &Connection,
    node: &Node,
    wanted: &PageWanted,
    now: jiff::Timestamp,
) -> Result<(Vec<Item>, Option<Element>), Refusal> {
    let all = items::list_ids(connection, node, now)?;
    let range = wanted.range(all.len(), |id| all.iter().position(|one| one == id))?;
    let page = &all[range.clone()];
    let is_backward = matches!(wanted.position, Position::Before(_));
    let (found, start) = if is_backward {
        let (mut found, _) = while_they_fit(connection, node, page.iter().rev(), now)?;
        found.reverse();
        let start = range.end - found.len();
        (found, start)
    } else {
        (while_they_fit(connection, node, page.iter(), now)?.0, range.start)
    };
    let first = found.first().map(|item| (item.id.as_str(), Some(start)));
    let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
    let set = rsm::given(first, found.last().map(|item| item.id.as_str()), count);
    Ok((found, Some(set)))
}

/// Those of these items that are there, as long as they fit into one answer, and whether they all do.
fn while_they_fit<'ids>(
    connection: &Connection,
    node: &Node,
    ids: impl Iterator<Item = &'ids String>,
    now: jiff::Timestamp,
) -> Result<(Vec<Item>, bool), Refusal> {
    let (mut found, mut bytes) = (Vec::new(), 0);
    for id in ids {
        let Some(item) = items::find(connection, node, id, now)? else {
            continue;
        };
        bytes += size(&item);
        if bytes > ANSWER_BYTES && !found.is_empty() {
            return Ok((found, false));
        }
        found.push(item);
    }
    Ok((found, true))
}

fn size(item: &Item) -> usize {
    item.id.len() + item.payload.as_ref().map_or(0, String::len)
}

/// How many of the oldest items do not fit into an answer.
fn left_out(found: &[Item]) -> usize {
    let mut bytes = 0;
    for (place, item) in found.iter().enumerate().rev() {
        bytes += size(item);
        if bytes > ANSWER_BYTES && place + 1 < found.len() {
            return place + 1;
        }
    }
    0
}
