//! An item as it is shown.

use crate::domain::pubsub::{Item, ItemReply, Node};
use crate::engine::xml::{Element, Limits, ns, parse_element};

/// An item as it is shown in a notice or an answer.
pub fn shown(node: &Node, item: &Item, payload: Option<Element>, namespace: &'static str) -> Element {
    let is_notice = namespace == ns::PUBSUB_EVENT;
    let payload = payload.filter(|_| !is_notice || node.config.delivers_payloads);
    let publisher = (node.config.item_reply == Some(ItemReply::Publisher)).then_some(&item.publisher);
    Element::new("item", namespace)
        .with_attr("id", &item.id)
        .with_optional_attr("publisher", publisher)
        .with_optional_child(payload)
}

/// The payload of a stored item.
pub fn payload(item: &Item) -> Option<Element> {
    parse_element(item.payload.as_deref()?, Limits::OWN_TEXT).ok()
}
