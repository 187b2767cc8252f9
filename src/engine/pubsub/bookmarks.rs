//! Bookmarks in three places that always say the same: an item per room (XEP-0402, `#compat` and `#compat-pep`), and one
//! list at a node (XEP-0048 §3) and in private XML (XEP-0048 §4, XEP-0049). The items count; what lists have beside rooms
//! stays with them.

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::Call;
use super::error::Refusal;
use super::event::Event;
use super::item::payload;
use super::private;
use super::telling::tell;
use crate::domain::Result;
use crate::domain::address::AccountAddress;
use crate::domain::private_xml::PrivateElement;
use crate::domain::pubsub::Node;
use crate::engine::Engine;
use crate::engine::xml::{Element, Limits, ns, parse_element};
use crate::storage::Transaction;
use crate::storage::private_xml;
use crate::storage::pubsub::{items, nodes};

/// The id of the one item with the list.
const LIST_ID: &str = "current";

/// Brings what an account has kept in lists into items, if that has not been done. Whether it has bookmarks, or had.
pub fn take_up(call: &Call, transaction: &mut Transaction<'_>) -> Result<bool, Refusal> {
    if nodes::find(transaction, &call.place.node(ns::BOOKMARKS2))?.is_some() {
        return Ok(true);
    }
    let list = match list_at_node(call, transaction)? {
        Some(list) => Some(list),
        None => private_list(call, transaction)?,
    };
    let Some(list) = list else { return Ok(false) };
    apply(call, transaction, &list)?;
    Ok(true)
}

/// The items have changed: both lists follow.
pub fn from_items(call: &Call, transaction: &mut Transaction<'_>) -> Result<(), Refusal> {
    let list = list_of_items(call, transaction)?;
    put_private(call, transaction, &list)?;
    put_at_node(call, transaction, list)
}

/// The list at the node has changed: the items and private XML follow.
pub fn from_node(call: &Call, transaction: &mut Transaction<'_>) -> Result<(), Refusal> {
    let list = list_at_node(call, transaction)?.unwrap_or_else(empty);
    apply(call, transaction, &list)?;
    put_private(call, transaction, &list)
}

/// A client has put bookmarks into private XML: the items and the list at the node follow.
pub fn from_private(
    engine: &Engine,
    transaction: &mut Transaction<'_>,
    account: &AccountAddress,
    element: &PrivateElement,
) -> Result<(), Refusal> {
    if element.namespace != ns::BOOKMARKS || element.name != "storage" {
        return Ok(());
    }
    let Ok(list) = parse_element(&element.xml, Limits::OWN_TEXT) else {
        return Ok(());
    };
    let call = Call::of_account(engine, account);
    apply(&call, transaction, &list)?;
    put_at_node(&call, transaction, list)
}

fn empty() -> Element {
    Element::new("storage", ns::BOOKMARKS)
}

/// Makes the items what a list says: one changes only if its room says something else.
fn apply(call: &Call, transaction: &mut Transaction<'_>, list: &Element) -> Result<(), Refusal> {
    let node = call.node_or_new(transaction, ns::BOOKMARKS2, private::of_many())?;
    let mut present = rooms(call, transaction, &node)?;
    for listed in list.children().filter(|child| child.is("conference", ns::BOOKMARKS)) {
        let Some(room) = listed.attr("jid") else { continue };
        let before = present.remove(room);
        let now = to_item(listed, before.as_ref());
        if before.as_ref() != Some(&now) {
            call.put_converted(transaction, &node, room, now)?;
        }
    }
    for gone in present.keys() {
        items::remove(transaction, &node, gone)?;
        tell(call, transaction, &node, Event::Retracted(vec![gone.clone()]))?;
    }
    Ok(())
}

/// The rooms of the items, by address.
fn rooms(call: &Call, connection: &Connection, node: &Node) -> Result<BTreeMap<String, Element>> {
    let most = call.limits().items as usize;
    let found = items::list_last(connection, node, most, call.engine.clock().now())?;
    let rooms = found.into_iter().filter_map(|item| {
        let room = payload(&item).filter(|room| room.is("conference", ns::BOOKMARKS2))?;
        Some((item.id, room))
    });
    Ok(rooms.collect())
}

/// All rooms as a list, with what the list in private XML has beside them.
fn list_of_items(call: &Call, connection: &Connection) -> Result<Element> {
    let mut list = private_list(call, connection)?.unwrap_or_else(empty);
    list.retain_children(|child| !child.is("conference", ns::BOOKMARKS));
    let Some(node) = nodes::find(connection, &call.place.node(ns::BOOKMARKS2))? else {
        return Ok(list);
    };
    for (address, room) in rooms(call, connection, &node)? {
        list.push(to_listed(&address, &room));
    }
    Ok(list)
}

/// A room as an item has it. What only items have is taken from the item before.
fn to_item(listed: &Element, before: Option<&Element>) -> Element {
    let extensions = before.and_then(|before| before.child("extensions", ns::BOOKMARKS2));
    room(listed, ns::BOOKMARKS, ns::BOOKMARKS2, None).with_optional_child(extensions.cloned())
}

/// A room as a list has it.
fn to_listed(address: &str, item: &Element) -> Element {
    room(item, ns::BOOKMARKS2, ns::BOOKMARKS, Some(address))
}

fn room(from: &Element, namespace: &'static str, to: &'static str, address: Option<&str>) -> Element {
    let autojoin = from
        .attr("autojoin")
        .filter(|autojoin| matches!(*autojoin, "1" | "true"));
    let text = |name: &'static str| {
        let text = from.child_text(name, namespace)?;
        Some(Element::new(name, to).with_text(text))
    };
    Element::new("conference", to)
        .with_optional_attr("jid", address)
        .with_optional_attr("name", from.attr("name"))
        .with_optional_attr("autojoin", autojoin.map(|_| "true"))
        .with_optional_child(text("nick"))
        .with_optional_child(text("password"))
}

fn list_at_node(call: &Call, connection: &Connection) -> Result<Option<Element>> {
    let Some(node) = nodes::find(connection, &call.place.node(ns::BOOKMARKS))? else {
        return Ok(None);
    };
    let last = items::find_last(connection, &node, call.engine.clock().now())?;
    let list = last.as_ref().and_then(payload);
    Ok(list.filter(|list| list.is("storage", ns::BOOKMARKS)))
}

fn put_at_node(call: &Call, transaction: &mut Transaction<'_>, list: Element) -> Result<(), Refusal> {
    let node = call.node_or_new(transaction, ns::BOOKMARKS, private::of_one())?;
    call.put_converted(transaction, &node, LIST_ID, list)
}

fn private_list(call: &Call, connection: &Connection) -> Result<Option<Element>> {
    let Some(account) = &call.place.account else {
        return Ok(None);
    };
    let kept = private_xml::find(connection, account, ns::BOOKMARKS, "storage")?;
    Ok(kept.and_then(|xml| parse_element(&xml, Limits::OWN_TEXT).ok()))
}

fn put_private(call: &Call, transaction: &mut Transaction<'_>, list: &Element) -> Result<(), Refusal> {
    let Some(account) = &call.place.account else {
        return Ok(());
    };
    let element = PrivateElement {
        namespace: ns::BOOKMARKS.to_owned(),
        name: "storage".to_owned(),
        xml: list.to_string(),
    };
    let limits = call.engine.settings().limits.private_xml;
    Ok(private_xml::put(transaction, account, &[element], &limits)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(text: &str) -> Element {
        parse_element(text, Limits::OWN_TEXT).unwrap()
    }

    #[test]
    fn a_room_says_the_same_in_a_list_and_as_an_item() {
        let listed = element(
            "<conference xmlns='storage:bookmarks' jid='r@c' name='Room' autojoin='1'><nick>n</nick>\
             <password>p</password></conference>",
        );
        let before = element(
            "<conference xmlns='urn:xmpp:bookmarks:1'><extensions><a xmlns='urn:a'/></extensions></conference>",
        );
        let item = to_item(&listed, Some(&before));
        let expected = element(
            "<conference xmlns='urn:xmpp:bookmarks:1' name='Room' autojoin='true'><nick>n</nick><password>p</password>\
             <extensions><a xmlns='urn:a'/></extensions></conference>",
        );
        assert!(item == expected, "{item}");
        let again = to_listed("r@c", &item);
        assert_eq!(again.attr("jid"), Some("r@c"));
        assert!(to_item(&again, Some(&item)) == item, "{again}");
    }
}
