//! What people have published (§ on PubSub and PEP nodes): how each node is configured, who may do what there, who is
//! subscribed, and its items.

use super::forms::{Form, text_of};
use crate::domain::pubsub::{Item, NodeContent};
use crate::engine::xml::{Element, Limits, ns, parse_element};

/// Of all items in one element, so that no reader meets an element that is too long for it.
const MOST_BYTES: usize = 256 * 1024;
const MOST_ITEMS: usize = 200;

/// The forms of one node. An item that is no XML has none.
pub fn node_forms(content: &NodeContent) -> Vec<Form> {
    let owner = Element::new("pubsub", ns::PUBSUB_OWNER).with_children(described(content));
    let mut forms = vec![text_of(&owner)];
    let (mut some, mut bytes) = (Vec::new(), 0);
    for item in &content.items {
        let Some(element) = item_form(item) else { continue };
        bytes += item.payload.as_ref().map_or(0, String::len);
        some.push(element);
        if bytes >= MOST_BYTES || some.len() >= MOST_ITEMS {
            forms.push(items_form(content, std::mem::take(&mut some)));
            bytes = 0;
        }
    }
    if !some.is_empty() {
        forms.push(items_form(content, some));
    }
    forms
}

fn described(content: &NodeContent) -> [Element; 3] {
    let about = |name: &'static str| Element::new(name, ns::PUBSUB_OWNER).with_attr("node", &content.node.address.name);
    let form_type = field(
        "FORM_TYPE",
        ["http://jabber.org/protocol/pubsub#node_config".to_owned()],
    );
    let fields = content.node.config.fields().map(|(name, values)| field(name, values));
    let form = Element::new("x", ns::DATA_FORMS)
        .with_attr("type", "submit")
        .with_child(form_type.with_attr("type", "hidden"))
        .with_children(fields);
    let affiliations = content.affiliations.iter().map(|(address, affiliation)| {
        Element::new("affiliation", ns::PUBSUB_OWNER)
            .with_attr("jid", address)
            .with_attr("affiliation", affiliation.name())
    });
    let subscriptions = content.subscriptions.iter().map(|subscription| {
        Element::new("subscription", ns::PUBSUB_OWNER)
            .with_attr("jid", &subscription.subscriber)
            .with_attr("subscription", subscription.state.name())
            .with_attr("subid", &subscription.id)
    });
    [
        about("configure").with_child(form),
        about("affiliations").with_children(affiliations),
        about("subscriptions").with_children(subscriptions),
    ]
}

fn field(name: &str, values: impl IntoIterator<Item = String>) -> Element {
    let values = values
        .into_iter()
        .map(|value| Element::new("value", ns::DATA_FORMS).with_text(value));
    Element::new("field", ns::DATA_FORMS)
        .with_attr("var", name)
        .with_children(values)
}

fn item_form(item: &Item) -> Option<Element> {
    let element = Element::new("item", ns::PUBSUB)
        .with_attr("id", &item.id)
        .with_attr("publisher", &item.publisher);
    match &item.payload {
        None => Some(element),
        Some(payload) => Some(element.with_child(parse_element(payload, Limits::OWN_TEXT).ok()?)),
    }
}

fn items_form(content: &NodeContent, items: Vec<Element>) -> Form {
    let items = Element::new("items", ns::PUBSUB)
        .with_attr("node", &content.node.address.name)
        .with_children(items);
    text_of(&Element::new("pubsub", ns::PUBSUB).with_child(items))
}
