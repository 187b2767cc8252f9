//! Items that are let in: stored, and told of.

use std::fmt::Display;

use super::Call;
use super::error::{Refusal, with};
use super::event::Event;
use super::item::shown;
use super::notice::Notice;
use super::telling::tell_all;
use crate::domain::pubsub::{Item, ItemReply, Node, NodeAffiliation};
use crate::engine::stanza::Condition;
use crate::engine::xml::{Element, ns};
use crate::storage::Transaction;
use crate::storage::pubsub::{affiliations, items};

/// An item as its publisher gives it.
#[derive(Clone)]
pub struct Given {
    pub id: String,
    pub payload: Option<Element>,
    pub has_several_payloads: bool,
}

/// Stores items and tells those who may know.
pub fn store_and_tell(
    call: &Call,
    transaction: &mut Transaction<'_>,
    node: &Node,
    given: &[Given],
) -> Result<(), Refusal> {
    let (mut stored, mut notified) = (Vec::new(), Vec::new());
    for given in given {
        let item = Item {
            id: given.id.clone(),
            publisher: call.who().clone(),
            at: call.engine.clock().now(),
            payload: given.payload.as_ref().map(ToString::to_string),
        };
        check_size(call, node, &item)?;
        notified.push(shown(node, &item, given.payload.clone(), ns::PUBSUB_EVENT));
        stored.push(item);
    }
    if node.config.persists {
        store(call, transaction, node, &stored)?;
    }
    if node.config.notifies {
        let reply = match node.config.item_reply {
            None => None,
            Some(ItemReply::Owner) => Some(reply_to(&node.creator)),
            Some(ItemReply::Publisher) => Some(reply_to(call.who())),
        };
        // Which of its clients an account publishes with is for those who see that client (XEP-0163 §4.3.1).
        let is_personal = reply.is_none() && call.place.account.is_some() && call.requester.resource.is_some();
        let mut notice = Notice::new(&call.engine, &call.place, node, Event::Published(notified), reply);
        if is_personal {
            notice = notice.with_more_for_contacts(reply_to(&call.requester));
        }
        tell_all(call, transaction, node, notice)?;
    }
    Ok(())
}

/// Where replies to an item are to go (XEP-0033).
fn reply_to(address: impl Display) -> Element {
    let address = Element::new("address", ns::ADDRESS)
        .with_attr("type", "replyto")
        .with_attr("jid", address);
    Element::new("addresses", ns::ADDRESS).with_child(address)
}

fn store(call: &Call, transaction: &mut Transaction<'_>, node: &Node, stored: &[Item]) -> Result<(), Refusal> {
    let now = call.engine.clock().now();
    items::expire(transaction, node, now)?;
    // Who is only let publish does not take the items of others away (§4.1); everybody else replaces what has the same
    // id (§7.1.3).
    let only_publishes = affiliations::find(transaction, node, call.who())? == NodeAffiliation::PublishOnly;
    for item in stored.iter().filter(|_| only_publishes) {
        let before = items::find(transaction, node, &item.id, now)?;
        if before.is_some_and(|before| before.publisher != *call.who()) {
            return Err(Condition::Forbidden.into());
        }
    }
    items::put(transaction, node, stored, kept_items(call, node), call.limits())?;
    Ok(())
}

/// How many items a node keeps: the last one in any case.
pub fn kept_items(call: &Call, node: &Node) -> u32 {
    node.config.max_items.unwrap_or(call.limits().items).max(1)
}

fn check_size(call: &Call, node: &Node, item: &Item) -> Result<(), Refusal> {
    let bytes = item.payload.as_ref().map_or(0, String::len) as u64;
    let most = match u64::from(node.config.max_payload) {
        0 => call.limits().bytes,
        most => most.min(call.limits().bytes),
    };
    if bytes > most {
        return Err(with(Condition::NotAcceptable, "payload-too-big").into());
    }
    Ok(())
}
